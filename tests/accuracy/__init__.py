"""How exact the product is: its frictions against the labels of a simulated contact centre."""

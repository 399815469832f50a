"""Benches: what the product does in a second, against the least that could be done."""

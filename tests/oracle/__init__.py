"""Independent oracles: naive second implementations of the contract, sharing no code with the product."""

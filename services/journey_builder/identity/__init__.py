"""The identity stage: decides which names are one customer, and keeps why. By what rules: `core/identity`."""

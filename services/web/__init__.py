"""What the HTTP services over a database have in common: credential, refusals, parameters, health."""

"""What the HTTP services have in common: keys; over a database also refusals, parameters, health."""

"""What the stream runtime costs, measured beside its peers: see `make bench`."""

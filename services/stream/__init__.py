"""A small stream runtime on Faust: whole batches in and out, durable state, timers. Knows no journeys.

A `Stage` is a function over the records of one partition. The runtime gives it batches in order,
keeps its state in RocksDB and in a changelog, wakes it at its deadlines, and sees to the one law:
state and what is to be said of it become durable together in the changelog, then it is said, then
comes the local store, then the acknowledgement; any unexpected error ends the process.
"""

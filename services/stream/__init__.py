"""A small stream runtime on Faust: whole batches in and out, durable state, timers. Knows no journeys.

A `Stage` is a function over the records of one partition. The runtime gives it batches in order,
keeps its state in RocksDB and in a changelog, wakes it at its deadlines, and sees to the one law:
outputs are durable before the state that suppresses them; the changelog before the local store;
both before the acknowledgement; any unexpected error ends the process.
"""

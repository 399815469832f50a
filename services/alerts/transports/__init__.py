"""Ways to a receiver, one file each: `deliver(message)` returns once the other side has it, or raises."""

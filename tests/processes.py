"""What a process takes, as the system tells."""


def rss_mb(pid: int) -> float:
    """Memory it has at the moment."""
    with open(f"/proc/{pid}/status") as status:
        line = next(line for line in status if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024

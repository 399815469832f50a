"""Expressions that the rows of the pipeline's dashboard share."""

RATE = "$__rate_interval"
#: The ledger is kept of what comes from outside.
EVENTS = 'stage="contacts", topic=~"events[.].+"'


def rate(metric: str, by: str) -> str:
    return f"sum by ({by}) (rate({metric}[{RATE}]))"


def quantile(q: float, histogram: str, by: str = "") -> str:
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({q}, sum by ({labels}) (rate({histogram}_bucket[{RATE}])))"

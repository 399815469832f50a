"""How a contact was served, out of its summary: what KPIs count."""

from schemas.contacts import Service, Summary

#: Where a person is with the customer from his answer to the end. Mail and posts lie in between.
HANDLED = frozenset({"call", "chat"})


def service_of(summary: Summary) -> Service:
    """Of what is no contact, nothing."""
    if not summary.is_contact:
        return Service()
    last = summary.resolutions[-1] if summary.resolutions else None
    return Service(
        may_repeat=summary.may_repeat,
        may_be_repeated=summary.may_be_repeated,
        met_machine=summary.met_machine,
        is_contained=summary.contained is not None,
        reached_us=summary.reached[0].at_us if summary.reached else None,
        handled_us=_handled_us(summary),
        held_us=summary.held_us,
        transfers=summary.transfer_count,
        has_form=summary.brings is not None and summary.brings.touchpoint == "channel:web_form",
        resolved=last.word if last is not None else None,
        resolved_us=last.event.at_us if last is not None else None,
    )


def _handled_us(summary: Summary) -> int | None:
    if summary.channel not in HANDLED or not summary.reached or summary.end is None:
        return None
    since_us, until_us = summary.reached[0].at_us, summary.end.at_us
    waited_us = sum(
        max(0, min(wait.end_us or until_us, until_us) - wait.start_us)
        for wait in summary.waits
        if wait.start_us >= since_us
    )
    return max(0, until_us - since_us - waited_us)

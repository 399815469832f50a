"""Offers of another protocol in a head that comes in any pieces."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from services.ingest.offers import OfferFilter

_BODY = b"a\r\nupgrade: of the body\r\n\r\n\r\nUpgrade: b"
_LINES = st.sampled_from(
    [
        b"Upgrade: h2c",
        b"UPGRADE:h2c",
        b"X-Upgrade: h2c",
        b"Upgrades: h2c",
        b"upg",
        b"u",
        b"Host: upgrade:",
        b"X: \r",
    ]
)


def _fed(whole: bytes, cuts: list[int]) -> list[bytes]:
    offers = OfferFilter()
    bounds = [0, *sorted(cut % (len(whole) + 1) for cut in cuts), len(whole)]
    return [offers.feed(whole[start:end]) for start, end in pairwise(bounds)]


@given(st.lists(_LINES, max_size=4), st.lists(st.integers(0, 400), max_size=60))
def test_an_offer_is_renamed_wherever_the_head_is_cut(lines: list[bytes], cuts: list[int]) -> None:
    def written(lines: list[bytes]) -> bytes:
        return b"\r\n".join([b"POST / HTTP/1.1", *lines, b"", _BODY])

    is_offer = [line.lower().startswith(b"upgrade:") for line in lines]
    renamed = [b"x-grade" + line[7:] if offer else line for line, offer in zip(lines, is_offer, strict=True)]
    assert b"".join(_fed(written(lines), cuts)) == written(renamed)


def test_what_a_client_waits_behind_is_passed_at_once() -> None:
    """Byte by byte: of a head's line, only the beginning of the name is held; of its end, nothing."""
    head = b"POST / HTTP/1.1\r\nuX: 1\r\nUpgrade: h2c\r\n\r\n"
    passed = _fed(head + b"body", list(range(len(head + b"body"))))
    assert [len(piece) for piece in passed[1:] if len(piece) != 1] == [0, 2, *([0] * 7), 8]
    assert b"".join(passed) == head.replace(b"Upgrade", b"x-grade") + b"body"

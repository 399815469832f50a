"""National ids by which people are known to the state: how each is written, and its check digits."""

import re
from collections.abc import Callable

from stdnum.br import cpf
from stdnum.ca import sin
from stdnum.de import idnr
from stdnum.es import dni, nie
from stdnum.fr import nir
from stdnum.in_ import aadhaar
from stdnum.it import codicefiscale
from stdnum.pl import pesel
from stdnum.se import personnummer
from stdnum.us import ssn


def _written(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-]){pattern}(?![\w-])", re.ASCII | re.IGNORECASE)


def _always(_: str) -> bool:
    return True


#: By country: the pattern, and whether what looks like it is one.
NATIONAL_IDS: dict[str, tuple[re.Pattern[str], Callable[[str], bool]]] = {
    "br": (_written(r"\d{3}\.\d{3}\.\d{3}-\d{2}"), cpf.is_valid),
    "ca": (_written(r"\d{3}[- ]\d{3}[- ]\d{3}"), sin.is_valid),
    "de": (_written(r"\d{2} ?\d{3} ?\d{3} ?\d{3}"), idnr.is_valid),
    "es": (_written(r"\d{8}-?[A-Z]"), dni.is_valid),
    "es-nie": (_written(r"[XYZ]-?\d{7}-?[A-Z]"), nie.is_valid),
    "fr": (_written(r"[12] ?\d{2} ?\d{2} ?\d[\dAB] ?\d{3} ?\d{3} ?\d{2}"), nir.is_valid),
    # It has no check digit; letters that are never used tell it from other words.
    "gb": (
        _written(r"(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?(?:\d\d ?){3}[A-D]"),
        _always,
    ),
    "in": (_written(r"\d{4} \d{4} \d{4}"), aadhaar.is_valid),
    "it": (_written(r"[A-Z]{6}\d\d[A-Z]\d\d[A-Z]\d{3}[A-Z]"), codicefiscale.is_valid),
    "pl": (_written(r"\d{11}"), pesel.is_valid),
    "se": (_written(r"(?:\d\d)?\d{6}[-+]\d{4}"), personnummer.is_valid),
    "us": (_written(r"\d{3}-\d{2}-\d{4}"), ssn.is_valid),
}

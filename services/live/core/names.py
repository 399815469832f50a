"""Names of bounded size: what the read model keys, filters and looks up by.

The full texts stay in the JSON bodies. Event texts may be 64 KiB long or hold NUL, and PostgreSQL
refuses both in an index or a text; what cannot be written would stop the projection for ever.
"""

from hashlib import blake2b

from schemas.data import Contact

LABEL_MAX = 200
HASH_BYTES = 16
_PHONE_NOISE = str.maketrans("", "", " -()./\u00a0\u2011\u2013")


def label(text: str) -> str:
    """The text itself where it is short, else its beginning and its hash: equal texts, equal labels."""
    if len(text) > LABEL_MAX:
        head = text[: LABEL_MAX - 2 * HASH_BYTES - 1]
        text = f"{head}~{blake2b(text.encode(), digest_size=HASH_BYTES).hexdigest()}"
    return text.replace("\0", "\ufffd")


def maybe_label(text: str | None) -> str | None:
    return None if text is None else label(text)


def name_hash(*parts: str) -> bytes:
    # Lengths keep ("a", "bc") and ("ab", "c") apart, whatever the parts hold.
    return blake2b("".join(f"{len(part)}:{part}" for part in parts).encode(), digest_size=HASH_BYTES).digest()


def contact_hash(tenant: str, contact: Contact) -> bytes:
    return name_hash(tenant, contact.source, contact.subject)


def identifier_hash(kind: str, value: str) -> bytes:
    return name_hash(kind, normalised(kind, value))


def normalised(kind: str, value: str) -> str:
    """As identifiers compare: trimmed, e-mails lower-cased, phones without their punctuation."""
    value = value.strip()
    if kind == "email":
        return value.lower()
    return value.translate(_PHONE_NOISE) if kind == "phone" else value


def spellings(kind: str, value: str) -> tuple[str, ...]:
    """What a client may have meant: in a query string an unescaped `+` arrives as a blank."""
    value = normalised(kind, value)
    if kind == "phone" and value.isdigit():
        return (value, f"+{value}")
    return (value,)

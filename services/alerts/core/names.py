"""Names of bounded size, for columns that are keys: PostgreSQL refuses NUL and long index texts."""

from hashlib import blake2b

LABEL_MAX = 200
HASH_BYTES = 16


def label(text: str) -> str:
    """The text itself where it is short, else its beginning and its hash: equal texts, equal labels."""
    if len(text) > LABEL_MAX:
        text = f"{text[: LABEL_MAX - 2 * HASH_BYTES - 1]}~{digest(text)}"
    return text.replace("\0", "\ufffd")


def digest(*parts: str) -> str:
    # Lengths keep ("a", "bc") and ("ab", "c") apart, whatever the parts hold.
    joined = "".join(f"{len(part)}:{part}" for part in parts)
    return blake2b(joined.encode(errors="replace"), digest_size=HASH_BYTES).hexdigest()

"""What text may contain: anything a person can read, nothing that hides or reorders it."""

from __future__ import annotations

import re

# C0 and C1 controls except tab, line feed and carriage return; bidirectional embeddings, overrides and
# isolates (Unicode TR9), which make text read differently from what is stored; lone surrogates and
# non-characters, which no receiver can store.
_UNSAFE = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]",
)


def is_unsafe(text: str) -> bool:
    """Whether ``text`` has control characters, bidirectional overrides, or code points nobody can store."""
    return not (text.isascii() and text.isprintable()) and _UNSAFE.search(text) is not None


def visible(text: str) -> str:
    """Return ``text`` with every unsafe character written out as its code point, so that nothing is lost or hidden."""
    return _UNSAFE.sub(lambda match: f"\\u{ord(match.group()):04x}", text)

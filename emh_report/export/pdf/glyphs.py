"""Characters that no installed font has: printed as their code points, never as nothing."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

MOST_NAMED: Final = 12
"""Code points that the note on the first page names; a text in a script without a font has many more."""


def named(character: str) -> str:
    """Return a character by its code point, as the Unicode standard writes it."""
    return f"U+{ord(character):04X}"


def spelled(text: str, missing: Collection[str]) -> str:
    """Return ``text`` with each of the ``missing`` characters as its code point in brackets."""
    return text.translate({ord(character): f"[{named(character)}]" for character in missing})


def note(missing: Collection[str]) -> str:
    """Return what the first page says about ``missing`` characters."""
    found = sorted(named(character) for character in missing)
    more = f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    listed = ", ".join(found[:MOST_NAMED])
    return (
        f"No font of this installation has the characters {listed}{more}. They stand as code points in brackets here; "
        "the text and data of the report have them as they are."
    )

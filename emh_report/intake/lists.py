"""Long lists of short words, as they stand in a specification."""

from __future__ import annotations


def listed(*lines: str) -> tuple[str, ...]:
    """Return the words of ``lines``, which white space separates."""
    return tuple(word for line in lines for word in line.split())

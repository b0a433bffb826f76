"""Texts that a department uses often (templates/macros.toml): data, put into a text of the form by abbreviation."""

from __future__ import annotations

from typing import NamedTuple


class Macro(NamedTuple):
    """One text; ``fields`` are the ids of the text questions that it is for."""

    id: str
    abbreviation: str
    label: str
    fields: tuple[str, ...]
    text: str

"""Texts that people read at the form: said in English, and put into another language where a page is made.

A text that is no phrase is data or a clinical word, and is never translated (docs/adr/0049).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from string import Formatter
from typing import Self


class Phrase(str):
    """A text of the form: English as it stands, with what it takes to say it in another language."""

    __slots__ = ("msgid", "values")
    msgid: str
    values: Mapping[str, object]

    def __new__(cls, msgid: str, values: Mapping[str, object]) -> Self:
        """Return the phrase of ``msgid``, whose places in braces ``values`` fill."""
        made = super().__new__(cls, msgid.format(**values) if values else msgid)
        made.msgid, made.values = msgid, values
        return made

    def given(self, **values: object) -> Phrase:
        """Return the phrase with more of its places filled, also in the phrases it consists of."""
        parts = {name: one.given(**values) if isinstance(one, Phrase) else one for name, one in self.values.items()}
        return Phrase(self.msgid, parts | values)


class Line(str):
    """Texts one behind the other, each of its own kind: as it stands, and said part by part."""

    __slots__ = ("between", "parts")
    parts: tuple[str, ...]
    between: str

    def __new__(cls, *parts: str, between: str = "") -> Self:
        """Return ``parts`` with ``between`` between them."""
        made = super().__new__(cls, between.join(parts))
        made.parts, made.between = parts, between
        return made


def phrase(msgid: str, **values: object) -> Phrase:
    """Return a text of the form. Extraction finds its literal (docs/adr/0049)."""
    return Phrase(msgid, values)


def together(*parts: str) -> Phrase:
    """Return sentences as one text."""
    values = {f"part{number}": part for number, part in enumerate(parts)}
    return Phrase(" ".join(f"{{{name}}}" for name in values), values)


def is_ours(text: str) -> bool:
    """Whether a text has words of the form, which are in the language of the page."""
    return isinstance(text, Phrase) or (isinstance(text, Line) and any(map(is_ours, text.parts)))


def found(text: str, known: Iterable[Phrase]) -> Phrase | None:
    """Return ``text`` as the first phrase that it may be, its places filled; None where it is none of them."""
    for one in known:
        match = _pattern(one).fullmatch(text)
        if match:
            return one.given(**match.groupdict())
    return None


@lru_cache(maxsize=256)
def _pattern(known: Phrase) -> re.Pattern[str]:
    parts = Formatter().parse(known.msgid)
    return re.compile("".join(re.escape(text) + (f"(?P<{name}>.+?)" if name else "") for text, name, _, _ in parts))

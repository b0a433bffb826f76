"""Terms and levels as text. A text that means several terms is read as none of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Final

from emh_report.draft import Coded, Levels
from emh_report.search import fold
from emh_report.vocabulary import Vocabulary

LEVELS: Final = "vertebral-level"
NUMBERINGS: Final = "level-numbering"
SEPARATOR: Final = ": "
"""Between a term and what was written beside it: "Other (free text required): splenule"."""

_RANGE = re.compile(r"\s*(?:[-–—]|\b(?:to|thru|through|bis)\b)\s*", re.IGNORECASE)
_NUMBERING = re.compile(r"(.*?)\s*\((.*)\)", re.DOTALL)
_VERTEBRA = re.compile(r"([A-Za-z]+) ?(\d+)", re.ASCII)
REGIONS: Final = {
    **dict.fromkeys(("c", "cervical", "hwk"), "C"),
    **dict.fromkeys(("t", "th", "d", "thoracic", "dorsal", "bwk"), "T"),
    **dict.fromkeys(("l", "lumbar", "lwk"), "L"),
    **dict.fromkeys(("s", "sacral", "swk"), "S"),
}
"""What people call the vertebrae of a region before their number. A disc, L5/S1, is no vertebra: it stays as typed."""


def ends(text: str) -> tuple[str, str, str]:
    """Return upper and lower end of a range, and how levels were counted, all as typed; of T5-11 the lower is T11."""
    found = _NUMBERING.fullmatch(text)
    levels, counted = found.groups() if found else (text, "")
    parts = [part for part in _RANGE.split(levels.strip(), maxsplit=1) if part] or [""]
    upper, lower = parts[0], parts[-1]
    named = _VERTEBRA.fullmatch(upper)
    return upper, f"{named[1]}{lower}" if lower.isdigit() and named else lower, counted


def vertebra(text: str) -> str:
    """Return a vertebra by its usual name, T5 for "BWK 5"; empty for what nobody calls a vertebra."""
    found = _VERTEBRA.fullmatch(text)
    region = REGIONS.get(found[1].casefold(), "") if found else ""
    return f"{region}{found[2]}" if found and region else ""


class Index:
    """The texts of one vocabulary: which of them mean exactly one term."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        """Fold every text once."""
        self._codes = vocabulary.terms
        self._displays = _unique((term.display.casefold(), term.code) for term in vocabulary.terms.values())
        texts = ((fold(text), term.code) for term in vocabulary.terms.values() for text in (term.display, term.code))
        self._folded = _unique(texts)
        said = (
            (fold(text), term.code)
            for term in vocabulary.terms.values()
            for text in (term.display, term.code, *term.synonyms)
        )
        self._said = _unique(said)

    def named(self, text: str) -> str:
        """Return the code of the term whose code or display ``text`` is; empty where there is none or several."""
        return text if text in self._codes else self._displays.get(text.casefold(), "")

    def code(self, text: str) -> str:
        """Return the code that ``text`` means, by whatever name; empty where it means none or several."""
        folded = fold(text)
        return self.named(text) or self._folded.get(folded) or self._said.get(folded) or ""


def _unique(pairs: Iterator[tuple[str, str]]) -> Mapping[str, str]:
    """Keep the texts that belong to one term only."""
    found: dict[str, str] = {}
    for text, code in pairs:
        found[text] = code if text and found.get(text, code) == code else ""
    return found


class Terms:
    """Reads and writes terms of any vocabulary of a catalog."""

    def __init__(self, vocabularies: Mapping[str, Vocabulary]) -> None:
        """Index each vocabulary when it is first needed."""
        self._vocabularies = vocabularies
        self._indexes: dict[str, Index] = {}

    def _index(self, vocabulary: Vocabulary) -> Index:
        if vocabulary.id not in self._indexes:
            self._indexes[vocabulary.id] = Index(vocabulary)
        return self._indexes[vocabulary.id]

    @cached_property
    def _levels(self) -> Index:
        return self._index(self._vocabularies[LEVELS])

    @cached_property
    def _numberings(self) -> Index:
        return self._index(self._vocabularies[NUMBERINGS])

    def read(self, vocabulary: Vocabulary | None, text: str) -> Coded:
        """Return the choice in ``text``; where it is none, the text stands as its code."""
        if vocabulary is None:
            return Coded(text)
        index = self._index(vocabulary)
        whole = text.strip()
        named = index.named(whole)
        if named:
            return Coded(named)
        for match in re.finditer(re.escape(SEPARATOR), text):
            code = index.code(text[: match.start()])
            if code:
                return Coded(code, text=text[match.end() :])
        return Coded(index.code(whole) or whole)

    def shown(self, vocabulary: Vocabulary | None, value: Coded) -> str:
        """Return a choice as text: the display of its term where that alone says which one it is."""
        term = vocabulary.terms.get(value.code) if vocabulary else None
        plain = Coded(value.code, text=value.text)
        for name in (term.display, value.code) if term else (value.code,):
            shown = f"{name}{SEPARATOR}{value.text}" if value.text else name
            if self.read(vocabulary, shown) == plain:
                return shown
        return shown

    def read_levels(self, text: str) -> Levels:
        """Return a range such as "T5-T11", "t5-11" or "L2 (numbering)"; what is no level stands as typed."""
        upper, lower, counted = ends(text)
        return Levels(self._level(upper), self._level(lower), self._numberings.code(counted) or counted)

    def _level(self, text: str) -> str:
        return self._levels.code(text) or self._levels.code(vertebra(text)) or text

    def shown_levels(self, value: Levels) -> str:
        """Return a range of levels as text."""
        levels = value.upper if value.upper == value.lower else f"{value.upper}-{value.lower}"
        term = self._vocabularies[NUMBERINGS].terms.get(value.numbering)
        named = term.display if term and self._numberings.code(term.display) == term.code else value.numbering
        return f"{levels} ({named})" if named else levels

"""Finding terms by what people type: codes, displays, synonyms, British or American, abbreviations.

A search never selects: an ambiguous text ("cord", "MM") returns every candidate.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from emh_report.vocabulary import Term, Vocabulary

SPELLING = (
    ("haem", "hem"),
    ("oedem", "edem"),
    ("aemia", "emia"),
    ("oesoph", "esoph"),
    ("tumour", "tumor"),
    ("leuka", "leuke"),
    ("centre", "center"),
    ("fibre", "fiber"),
    ("paed", "ped"),
    ("thalassaem", "thalassem"),
    ("sulph", "sulf"),
    ("foet", "fet"),
    ("isation", "ization"),
    ("ischaem", "ischem"),
    ("dyspnoea", "dyspnea"),
    ("grey", "gray"),
    ("2*", "2 star"),
    ("\u03b1", " alpha "),
    ("\u03b2", " beta "),
    ("\u03b4", " delta "),
)
"""British to American, and signs to their names (T2* is not T2), applied to both sides, so that either finds both."""

_SEPARATORS = re.compile(r"[^0-9a-z]+")


class Match(NamedTuple):
    """A term that was found, and the text of it that matched."""

    term: Term
    matched: str


def fold(text: str) -> str:
    """Return ``text`` in the form in which it is compared: lower case, one spelling, single spaces."""
    folded = text.casefold()
    for british, american in SPELLING:
        folded = folded.replace(british, american)
    return _SEPARATORS.sub(" ", folded).strip()


class SearchIndex:
    """Every text of every term, folded once."""

    def __init__(self, vocabularies: Mapping[str, Vocabulary]) -> None:
        """Index the terms of ``vocabularies``."""
        self._entries: dict[str, list[tuple[str, str, Term]]] = {
            vocabulary.id: [entry for term in vocabulary.terms.values() for entry in _texts(term)]
            for vocabulary in vocabularies.values()
        }

    def search(self, query: str, vocabulary_id: str = "") -> list[Match]:
        """Return the terms that match, best first: whole text, beginning, beginning of a word, anywhere.

        ``vocabulary_id`` limits the search to one vocabulary; an unknown one or an empty query finds nothing.
        """
        wanted = fold(query)
        if not wanted:
            return []
        chosen = [vocabulary_id] if vocabulary_id else sorted(self._entries)
        entries = (entry for name in chosen for entry in self._entries.get(name, ()))
        return _best(wanted, entries)


def _texts(term: Term) -> Iterable[tuple[str, str, Term]]:
    for text in dict.fromkeys((term.display, *term.synonyms, term.code)):
        yield lines([fold(text)]), text, term


def _best(wanted: str, entries: Iterable[tuple[str, str, Term]]) -> list[Match]:
    best: dict[tuple[str, str], tuple[int, int, Match]] = {}
    for position, (folded, text, term) in enumerate(entries):
        place = rank(wanted, folded)
        key = (term.vocabulary_id, term.code)
        if place is not None and (key not in best or place < best[key][0]):
            best[key] = (place, position, Match(term, text))
    return [match for _, _, match in sorted(best.values(), key=lambda entry: entry[:2])]


def lines(folded: Iterable[str]) -> str:
    """Return folded texts as `rank` looks through them: a line each, between line ends."""
    return "\n" + "".join(f"{text}\n" for text in folded)


def rank(wanted: str, folded: str) -> int | None:
    """Return how well the best of several texts fits; `lines` makes one of them, in which no text has a line end.

    0 the whole, 1 its beginning, 2 that of a word, 3 anywhere, 4 all words, at beginnings of words.
    """
    if wanted in folded:
        if f"\n{wanted}\n" in folded:
            return 0
        if f"\n{wanted}" in folded:
            return 1
        return 2 if f" {wanted}" in folded else 3
    words = [f" {word}" for word in wanted.split()]
    apart = len(words) > 1 and any(all(word in f" {text}" for word in words) for text in folded.split("\n"))
    return 4 if apart else None

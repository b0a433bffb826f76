"""Which template fits a study (templates/suggestions.toml). A suggestion: every other template can be chosen."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

WORD: Final = re.compile(r"[^\W\d_]+")
"""What descriptions are searched by."""


class Suggestion(NamedTuple):
    """One row: the template for studies whose modalities are all in ``modalities``, among them those of ``needs``.

    ``words``: one of them is in the body part or the description; empty: whatever they are.
    """

    template: str
    modalities: frozenset[str]
    needs: frozenset[str]
    words: frozenset[str]


class Suggestions(NamedTuple):
    """The rows in their order, modalities that only accompany images, and the template where no row fits."""

    rows: tuple[Suggestion, ...]
    accompanying: frozenset[str]
    otherwise: str

    def template(self, modalities: Iterable[str], texts: Iterable[str]) -> str:
        """Return the id of the template for a study of ``modalities`` (DICOM codes) that ``texts`` describe."""
        read = frozenset(modalities) - self.accompanying
        words = {word for text in texts for word in WORD.findall(text.lower())}
        fitting = (
            row.template
            for row in self.rows
            if read and row.needs <= read <= row.modalities and (not row.words or not row.words.isdisjoint(words))
        )
        return next(fitting, self.otherwise)

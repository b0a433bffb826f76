"""Lists of answers: value sets that the Questionnaire carries with their expansion, so that no form asks a server.

Answers are chosen by the project's own codes. One answer is one code; several standard codes may belong to it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from emh_report.codes import Code
from emh_report.export.questionnaire.datatypes import Json, coding
from emh_report.linkids import ABSENT, NO, YES, own_code
from emh_report.vocabulary import Vocabulary

EXPANDED: Final = "2026-01-01T00:00:00Z"
"""FHIR wants to know when a value set was expanded. These are lists, the same at any time; no clock is read."""

YES_NO: Final = "yes-no"
"""Id of the value set of yes/no questions."""

REASONS: Final = "no-answer"
"""Id of the value set of reasons for having no answer."""


class ValueSets:
    """The value sets that a Questionnaire has come to need."""

    def __init__(self) -> None:
        """Start without any."""
        self._found: dict[str, Json] = {}

    def of(self, vocabulary: Vocabulary, *, reasons: bool = True) -> Json:
        """Return the element that offers the terms of a vocabulary; ``reasons``: and reasons for having no answer."""
        id_ = vocabulary.id if reasons else f"{vocabulary.id}-terms"
        return self._add(id_, vocabulary.title, map(own_code, vocabulary.terms.values()), reasons=reasons)

    def yes_no(self) -> Json:
        """Return the element that offers yes, no, and reasons for having no answer."""
        return self._add(YES_NO, "Yes or no", (YES, NO), reasons=True)

    def reasons(self) -> Json:
        """Return the element that offers reasons for having no answer."""
        return self._add(REASONS, "Reason for having no answer", (), reasons=True)

    def _add(self, id_: str, title: str, codes: Iterable[Code], *, reasons: bool) -> Json:
        if id_ not in self._found:
            self._found[id_] = _value_set(id_, title, [*codes, *(ABSENT.values() if reasons else ())])
        return {"answerValueSet": f"#{id_}"}

    def contained(self) -> list[Json]:
        """Return all of them by id."""
        return [self._found[id_] for id_ in sorted(self._found)]


def _value_set(id_: str, title: str, codes: list[Code]) -> Json:
    systems: dict[str, list[Json]] = {}
    for code in codes:
        concept: Json = {"code": code.code, "display": code.display}
        systems.setdefault(code.system, []).append(concept)
    return {
        "resourceType": "ValueSet",
        "id": id_,
        "title": title,
        "status": "active",
        "compose": {"include": [{"system": system, "concept": found} for system, found in systems.items()]},
        "expansion": {
            "timestamp": EXPANDED,
            "parameter": [{"name": "used-codesystem", "valueUri": system} for system in systems],
            "contains": [coding(code) for code in codes],
        },
    }

"""Lists of answers: on the question itself, or for long ones as a value set that the Questionnaire carries expanded.

Answers are chosen by the project's own codes. One answer is one code; several standard codes may belong to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from emh_report.codes import Code
from emh_report.export.questionnaire.datatypes import Json, coding, core, extended
from emh_report.linkids import ABSENT, NO, YES, own_code
from emh_report.template import Field
from emh_report.vocabulary import Vocabulary

SHORT: Final = 12
"""Terms that a list on the question has at most, unless some of them exclude others: only there can that be said."""

EXPANDED: Final = "2026-01-01T00:00:00Z"
"""FHIR wants to know when a value set was expanded. These are lists, the same at any time; no clock is read."""

REASONS: Final = tuple(ABSENT.values())


class Offer(NamedTuple):
    """One answer in a list; ``alone``: it excludes every other."""

    code: Code
    alone: bool = False


class ValueSets:
    """The value sets that a Questionnaire has come to need."""

    def __init__(self) -> None:
        """Start without any."""
        self._found: dict[str, Json] = {}

    def of(self, field: Field) -> Json:
        """Return the element that offers the answers of a question, and the reasons for having none."""
        vocabulary = field.vocabulary
        if vocabulary is None:
            return listed(*_offers(YES, NO), *_offers(*REASONS))
        if len(vocabulary.terms) > SHORT and not field.repeats:
            return self._carried(vocabulary.id, vocabulary, REASONS)
        terms = [Offer(own_code(term), term.stands_alone and field.repeats) for term in vocabulary.terms.values()]
        return listed(*terms, *(Offer(code, field.repeats) for code in REASONS))

    def terms(self, vocabulary: Vocabulary) -> Json:
        """Return the element that offers the terms of a vocabulary and nothing else."""
        if len(vocabulary.terms) > SHORT:
            return self._carried(f"{vocabulary.id}-terms", vocabulary, ())
        return listed(*_offers(*map(own_code, vocabulary.terms.values())))

    def _carried(self, id_: str, vocabulary: Vocabulary, more: Sequence[Code]) -> Json:
        if id_ not in self._found:
            self._found[id_] = _value_set(id_, vocabulary, more)
        return {"answerValueSet": f"#{id_}"}

    def contained(self, others: Iterable[Json] = ()) -> Json:
        """Return the element with all of them by id, and ``others`` after them; nothing where there are none."""
        found = [*(self._found[id_] for id_ in sorted(self._found)), *others]
        return {"contained": found} if found else {}


def reasons() -> Json:
    """Return the element that offers reasons for having no answer."""
    return listed(*_offers(*REASONS))


def listed(*offers: Offer) -> Json:
    """Return the element that offers answers on the question itself."""
    return {"answerOption": [{**_exclusive(offer), "valueCoding": coding(offer.code)} for offer in offers]}


def offers(codes: Iterable[Code]) -> tuple[Offer, ...]:
    """Return answers none of which excludes another."""
    return _offers(*codes)


def _offers(*codes: Code) -> tuple[Offer, ...]:
    return tuple(Offer(code) for code in codes)


def _exclusive(offer: Offer) -> Json:
    return extended(core("questionnaire-optionExclusive", "Boolean", value=True)) if offer.alone else {}


def _value_set(id_: str, vocabulary: Vocabulary, more: Sequence[Code]) -> Json:
    codes = [*map(own_code, vocabulary.terms.values()), *more]
    systems: dict[str, list[Json]] = {}
    for code in codes:
        systems.setdefault(code.system, []).append({"code": code.code, "display": code.display})
    own = f"{vocabulary.url}|{vocabulary.version}"
    used = [own if system == vocabulary.url else system for system in systems]
    return {
        "resourceType": "ValueSet",
        "id": id_,
        "title": vocabulary.title,
        "status": "active",
        "compose": {"include": [{"system": system, "concept": found} for system, found in systems.items()]},
        "expansion": {
            "timestamp": EXPANDED,
            "parameter": [
                {"name": "excludeNested", "valueBoolean": True},
                *({"name": "used-codesystem", "valueUri": system} for system in used),
            ],
            "contains": [coding(code) for code in codes],
        },
    }

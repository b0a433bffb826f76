"""Questions of a template by the codes that a bundle names them with."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from emh_report.intake.content import Json
from emh_report.intake.versions import Asked
from emh_report.own_codes import OBSERVABLES, PARTS
from emh_report.template import Field, GroupDefinition, Kind, Role

_CACHED: Final = 1 << 10


class Question(NamedTuple):
    """A question, and the part of its answer that an Observation has (empty: all of it)."""

    field: Field
    part: str = ""


@lru_cache(_CACHED)
def _by_code(definition: GroupDefinition) -> Mapping[str, Field]:
    return {field.concept.code: field for field in definition.fields.values() if field.concept.system == OBSERVABLES}


def question(definition: GroupDefinition, concept: Json) -> Question | None:
    """Return which question of a group a CodeableConcept names; None where it names none."""
    field, part = None, ""
    for coding in concept.get("coding", ()):
        system = coding.get("system")
        if system == OBSERVABLES:
            field = _by_code(definition).get(coding.get("code", ""))
        elif system == PARTS:
            part = coding.get("code", "").rpartition(".")[2]
    return Question(field, part) if field else None


@lru_cache(_CACHED)
def asked(definition: GroupDefinition, which: Asked) -> Field | None:
    """Return the question of a group with a role or of a kind, the first one; or the one with an id."""
    fields = definition.fields.values()
    if isinstance(which, Role):
        return next((field for field in fields if field.role is which), None)
    if isinstance(which, Kind):
        return next((field for field in fields if field.kind is which), None)
    return definition.fields.get(which)

"""Where each question of a group stands in its paragraph, compiled once per group from the roles of its fields.

Order of a paragraph: what is seen, how it changed, what it is thought to be, what else it could be, anything
further, what is beside it, images, remark. Measurements and features stay where the template asks them; those
asked after the certainty of a diagnosis belong to the diagnosis.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import Final

from emh_report.export.narrative.phrases import Form, Phrase, compile_phrase
from emh_report.template import Field, GroupDefinition, Kind, Role


class Part(IntEnum):
    """Parts of a paragraph, in order."""

    DESCRIPTION = 0
    CHANGE = 1
    CONCLUSION = 2
    DIFFERENTIAL = 3
    FURTHER = 4
    IMAGE = 5
    REMARK = 6


OWN_PART: Final[Mapping[Role, Part]] = {
    Role.CHANGE: Part.CHANGE,
    Role.CERTAINTY: Part.CONCLUSION,
    Role.BASIS: Part.CONCLUSION,
    Role.DIFFERENTIAL: Part.DIFFERENTIAL,
    Role.IMAGE: Part.IMAGE,
    Role.REMARK: Part.REMARK,
}
OPENING: Final[Mapping[Role, frozenset[Role]]] = {
    Role.FINDING: frozenset({Role.SITE, Role.LATERALITY, Role.LEVELS, Role.PRESENCE}),
    Role.ORGAN: frozenset({Role.ORGAN, Role.LATERALITY}),
    Role.COMPLICATION: frozenset({Role.COMPLICATION, Role.LATERALITY, Role.LEVELS, Role.PRESENCE}),
    Role.CAUSE: frozenset({Role.CAUSE_STATUS}),
    Role.IMPRESSION: frozenset({Role.IMPRESSION, Role.CERTAINTY}),
}
"""By the role of a group: the roles whose first field opens its paragraph (openings.py)."""
PREVIOUSLY: Final = "previously "
"""What a phrase starts with that says how the whole lesion was before."""
SITE_PART: Final = "site-part"
"""Vocabulary of the parts of a site, which stand with the site of a lesion."""
BESIDE: Final = frozenset({"cord-signal", "canal "})
"""Vocabulary, or what a phrase starts with, of what is seen beside a lesion."""
UNNAMED: Final = frozenset(
    {Role.PROCEDURE, Role.HISTORY, Role.IMPRESSION, Role.RECOMMENDATION, Role.COMMUNICATION, Role.CRITICAL}
)
"""Groups whose section says what they are."""
NUMBERED: Final = frozenset({Role.FINDING, Role.OTHER})
"""Repeating groups whose instances are told apart by number."""


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """One question: its wording, its part of the paragraph, the question it continues, the role it opens with."""

    field: Field
    phrase: Phrase
    part: Part
    antecedent: Field | None
    opens: Role | None
    joined: bool
    """Whether several answers are said together."""
    rank: tuple[Part, bool]
    """Where it stands; true for what is beside a lesion, which stands behind all that is of the lesion."""


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """One group: its questions, and what its instances are called."""

    places: Mapping[Field, Place]
    measured: Mapping[str, Field]
    """By what they measure in words ("midline shift"): questions that say it with their number."""
    asks_presence: bool
    name: str
    numbered: bool


@lru_cache(maxsize=1024)
def layout_of(definition: GroupDefinition) -> Layout:
    """Return the layout of a group."""
    role = definition.role
    unnamed = role in UNNAMED or (role is Role.COMPARISON and not definition.repeats)
    places = _places(definition)
    return Layout(
        places=places,
        measured={
            place.phrase.one[0].strip(): field for field, place in places.items() if field.role is Role.MEASUREMENT
        },
        asks_presence=any(field.role is Role.PRESENCE for field in definition.fields.values()),
        name="" if unnamed else definition.title,
        numbered=role in NUMBERED,
    )


def _places(definition: GroupDefinition) -> Mapping[Field, Place]:
    places: dict[Field, Place] = {}
    antecedent: Field | None = None
    part, openers = Part.DESCRIPTION, set(OPENING.get(definition.role, ()))
    for field in definition.fields.values():
        own = OWN_PART.get(field.role)
        if own is Part.CONCLUSION or (part is Part.CONCLUSION and own is not None):
            part = own if own is Part.CONCLUSION else Part.FURTHER
        opens = field.role if field.role in openers else None
        openers.discard(field.role)
        if definition.role is Role.FINDING and field.vocabulary and field.vocabulary.id == SITE_PART:
            opens = Role.FEATURE
        joined = field.repeats and field.kind is not Kind.TEXT
        phrase = compile_phrase(field)
        stands = part if own is None else own
        whole = phrase.one == ("", "") or phrase.one[0].startswith(PREVIOUSLY)
        named = definition.role is Role.FINDING and stands is Part.CHANGE and not whole
        beside = named or not BESIDE.isdisjoint({field.vocabulary.id if field.vocabulary else "", phrase.one[0][:6]})
        rank = (Part.FURTHER if beside else stands, beside)
        places[field] = Place(field, phrase, stands, antecedent, opens, joined, rank)
        if phrase.form is not Form.CONTINUATION:
            antecedent = field
    return places

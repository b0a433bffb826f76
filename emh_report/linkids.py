"""How questions of a template stand in a FHIR Questionnaire: link ids, and codes of answers that no vocabulary has.

The Questionnaire is written, and responses to it are written and read, by these tables alone, so that an answer finds
its way back. A link id is ``group``, ``group.field`` or ``group.field.part``. No id of a template has a point or a
colon in it, so nothing collides; a colon marks what no question asks for.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from emh_report.codes import CANONICAL, Code
from emh_report.conditions import Clause
from emh_report.context import Focus, Sex
from emh_report.draft import Absent, ReportMode
from emh_report.own_codes import ABSENT_REASONS
from emh_report.template import Field, Kind, Template
from emh_report.values import MAX_AXES
from emh_report.vocabulary import Term, code_system_url

QUESTIONNAIRES: Final = f"{CANONICAL}/Questionnaire/"
UCUM: Final = "http://unitsofmeasure.org"

# HL7 table 0532 and data-absent-reason, read in hl7.terminology 7.3.0; "looked at, but cannot be judged"
# has no code of HL7.
YES: Final = Code("http://terminology.hl7.org/CodeSystem/v2-0532", "Y", "Yes")
NO: Final = Code("http://terminology.hl7.org/CodeSystem/v2-0532", "N", "No")
_REASONS: Final = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
ABSENT: Final = {
    Absent.UNKNOWN: Code(_REASONS, "unknown", "Unknown"),
    Absent.NOT_EVALUABLE: ABSENT_REASONS[0],
    Absent.NOT_APPLICABLE: Code(_REASONS, "not-applicable", "Not Applicable"),
}

CHOICES: Final = frozenset({Kind.CODED, Kind.BOOLEAN})
"""Questions whose list of answers has the absent reasons in it. Others have a question of their own for the reason."""
COMPOSITE: Final = frozenset({Kind.LEVELS, Kind.MEASUREMENT, Kind.IMAGE})
"""Questions that are a group of items: their answers have parts."""

DATES: Final = frozenset({Kind.DATE, Kind.DATE_TIME})

AXES: Final = tuple(f"axis-{number}" for number in range(1, MAX_AXES + 1))
UNIT: Final = "unit"
LEVELS: Final = (("upper", "Upper level"), ("lower", "Lower level"), ("numbering", "Numbering of levels"))


class ImagePart(NamedTuple):
    """One part of an image address: its name in the link id, words, attribute of the answer, type of the item."""

    name: str
    label: str
    attribute: str
    type: str


IMAGE: Final = (
    ImagePart("study-instance-uid", "Study Instance UID", "study_instance_uid", "string"),
    ImagePart("series-instance-uid", "Series Instance UID", "series_instance_uid", "string"),
    ImagePart("sop-class-uid", "SOP Class UID", "sop_class_uid", "string"),
    ImagePart("sop-instance-uid", "SOP Instance UID", "sop_instance_uid", "string"),
    ImagePart("frame", "Frame", "frames", "integer"),
    ImagePart("series-number", "Series number", "series_number", "integer"),
    ImagePart("instance-number", "Image number", "instance_number", "integer"),
)

DRAFT: Final = ":draft"
MODE: Final = ":draft.mode"
HASH: Final = ":draft.template-hash"
OVERRIDE: Final = ":draft.override"
OVERRIDE_PARTS: Final = ("rule", "group", "reason")
CONTEXT: Final = ":context"
CONTEXT_CODES: Final = {"focus": Focus, "sex": Sex, "mode": ReportMode}
"""Facts of the context that are one of a few codes."""
WORDS_PARTS: Final = ("field", "code", "text")


def canonical(template: Template) -> str:
    """Return the canonical URL of a template's Questionnaire."""
    return f"{QUESTIONNAIRES}{template.id}"


def question(group_id: str, field_id: str, part: str = "") -> str:
    """Return the link id of a question, or of a part of its answer."""
    return f"{group_id}.{field_id}.{part}" if part else f"{group_id}.{field_id}"


def words_of(group_id: str, field_id: str, code: str) -> str:
    """Return the link id of the words that go with a term that asks for them."""
    return question(group_id, field_id, f"text.{code}")


def absent(group_id: str, field_id: str) -> str:
    """Return the link id of the reason why a question has no answer, where it is not among the answers themselves."""
    return question(group_id, field_id, "absent")


def time(group_id: str, field_id: str) -> str:
    """Return the link id of a date with its time of day.

    Forms that ask for a dateTime make midnight of a date alone, in their own time zone: another statement, and for
    some readers another day. So a date alone and a date with a time are two items.
    """
    return question(group_id, field_id, "time")


def partial(group_id: str, field_id: str) -> str:
    """Return the link id of a date of which only the year or month is known.

    FHIR dates may be partial, but forms are known to make the first of January of a year: a date nobody stated. So
    what is less than a day is an item of its own, with text that no form touches.
    """
    return question(group_id, field_id, "partial")


def uid(group_id: str) -> str:
    """Return the link id of the identity of a group instance."""
    return f"{group_id}:uid"


def words(group_id: str) -> str:
    """Return the link id of words beside answers that do not ask for any."""
    return f"{group_id}:words"


def fact(name: str) -> str:
    """Return the link id of a fact of the context."""
    return f"{CONTEXT}.{name}"


def context_code(name: str, code: str) -> Code:
    """Return the code of a fact of the context."""
    return Code(code_system_url(name), code, code.capitalize())


def instead(group_id: str, field: Field) -> tuple[str, ...]:
    """Return the link ids by which a question may be answered instead of by its own item."""
    if field.kind in CHOICES:
        return ()
    dates = (partial(group_id, field.id),) if field.kind in DATES else ()
    moments = (time(group_id, field.id),) if field.kind is Kind.DATE_TIME else ()
    return (*dates, *moments, absent(group_id, field.id))


def own_code(term: Term) -> Code:
    """Return the code that an answer is chosen by: its identity, never one of several standard codes."""
    return Code(term.concept.system, term.code, term.display)


def speaking(field: Field) -> tuple[Term, ...]:
    """Return the terms of a question that ask for words."""
    return tuple(term for term in field.vocabulary.terms.values() if term.needs_text) if field.vocabulary else ()


def only_unit(field: Field) -> str:
    """Return the unit of a question that has one; empty where the unit is part of the answer."""
    return next(iter(field.units)) if field.units and len(field.units) == 1 else ""


def facts_read(template: Template) -> tuple[str, ...]:
    """Return the facts of the context that conditions of questions read, sorted: a form has to know them."""
    parts = (
        part
        for group in template.groups.values()
        for field in group.fields.values()
        if field.when
        for part in field.when.parts
    )
    return tuple(sorted({part.field for part in parts if isinstance(part, Clause) and part.group == "context"}))

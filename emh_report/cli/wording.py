"""Conditions of questions in words, as a template author or a radiologist would say them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from emh_report.conditions import Answer, Clause, Condition
from emh_report.template import Field, GroupDefinition, Kind, Template

CONTEXT: Final[Mapping[str, str]] = {
    "sex": "the sex of the patient",
    "age-years": "the age in years",
    "age-days": "the age in days",
    "focus": "the focus of the examination",
    "modality": "the modality of a study",
    "study-instance-uid": "the Study Instance UID of a study",
    "mode": "the mode of the report",
    "exam-date": "the date of the examination",
    "issued": "the time of release",
}
"""Facts of the context that a condition may read."""

NUMBERS: Final = {">": "is more than", "<": "is less than", ">=": "is at least", "<=": "is at most"}
DATES: Final = {">": "is after", "<": "is before", ">=": "is on or after", "<=": "is on or before"}
DATED: Final = (Kind.DATE, Kind.DATE_TIME)


def in_words(condition: Condition, template: Template, group: GroupDefinition) -> str:
    """Return the condition of a field of ``group``. Those of fields are flat: the catalog refuses others."""
    join = ", and " if condition.behavior == "all" else ", or "
    return join.join(_clause(part, template, group) for part in condition.parts if isinstance(part, Clause))


def _clause(clause: Clause, template: Template, group: GroupDefinition) -> str:
    if clause.group == "context":
        return f"{CONTEXT[clause.field]} {_predicate(clause, None)}"
    place = template.groups[clause.group] if clause.group else group
    field = place.fields[clause.field]
    return f'"{field.label}"{_of(place, group)} {_predicate(clause, field)}'


def _of(place: GroupDefinition, group: GroupDefinition) -> str:
    if place is group:
        return ""
    return f" of any {place.title}" if place.repeats else f" ({place.title})"


def _predicate(clause: Clause, field: Field | None) -> str:
    operator = clause.operator
    if operator == "exists":
        return "has no answer" if clause.answers == (False,) else "has an answer"
    words = list(dict.fromkeys(_answers(clause.answers, field)))
    if operator in NUMBERS:
        dated = field.kind in DATED if field else clause.field in ("exam-date", "issued")
        unit = f" {field.reference_unit.display}" if field and field.reference_unit else ""
        return f"{(DATES if dated else NUMBERS)[operator]} {words[0]}{unit}"
    several = field is not None and field.repeats
    if operator == "=":
        return f"{'includes' if several else 'is'} {alternatives(words)}"
    if several:
        return f"does not include {alternatives(words)}"
    return f"is not {words[0]}" if len(words) == 1 else f"is neither {' nor '.join(words)}"


def _answers(answers: Sequence[Answer], field: Field | None) -> Iterator[str]:
    terms = field.vocabulary.terms if field and field.vocabulary else {}
    for answer in answers:
        if isinstance(answer, bool):
            yield "yes" if answer else "no"
        elif isinstance(answer, str):
            yield terms[answer].phrase if answer in terms else answer
        else:
            yield f"{answer:f}"


def alternatives(words: Sequence[str], last: str = " or ") -> str:
    """Return "a, b or c"; where a word has a comma of its own, "a or b or c"."""
    if any("," in word for word in words):
        return last.join(words)
    return last.join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)

"""Conditions of questions as enableWhen.

A question is shown once what its condition reads is answered and the condition is not known to be false: a
controlling question that was answered "unknown" decides nothing, and the service takes an answer then. Where a flat
enableWhen cannot say this, the question is shown more often, never less; the service names every answer to a
question that is not asked.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, NamedTuple

from emh_report.codes import Code
from emh_report.conditions import Answer, Clause, Condition
from emh_report.draft import Absent
from emh_report.export.questionnaire.datatypes import Json, coding
from emh_report.linkids import (
    ABSENT,
    AXES,
    CHOICES,
    CONTEXT_CODES,
    IMAGE,
    LEVELS,
    NO,
    YES,
    context_code,
    fact,
    instead,
    only_unit,
    own_code,
    question,
)
from emh_report.template import Field, Kind, Template

FIRST_PART: Final = {Kind.MEASUREMENT: AXES[0], Kind.LEVELS: LEVELS[0][0], Kind.IMAGE: IMAGE[-1].name}
"""The part of a composite answer that shows whether there is one."""

UNDECIDED: Final = (ABSENT[Absent.UNKNOWN], ABSENT[Absent.NOT_EVALUABLE])
FULL_DATE: Final = len("YYYY-MM-DD")


class When(NamedTuple):
    """Comparisons joined by ``all`` or ``any``."""

    behavior: str
    tests: tuple[Json, ...]

    def joins(self, behavior: str) -> bool:
        """Whether the comparisons may stand among others that are joined by ``behavior``."""
        return len(self.tests) == 1 or self.behavior == behavior


def enable_when(template: Template, group_id: str, field: Field) -> When | None:
    """Return when a question is shown; None: always."""
    if field.when is None:
        return None
    clauses = [part for part in field.when.parts if isinstance(part, Clause)]  # those of questions are flat
    if len(clauses) == 1:
        return _clause(template, group_id, clauses[0], lenient=True)
    return _joined(template, group_id, field.when, clauses)


def can_be_undecided(field: Field) -> bool:
    """Whether a question can be shown while its condition is undecided: the service demands no answer then."""
    parts = field.when.parts if field.when else ()
    return any(isinstance(part, Clause) and part.group != "context" for part in parts)


def _joined(template: Template, group_id: str, condition: Condition, clauses: list[Clause]) -> When:
    any_of = condition.behavior == "any"
    parts = [_clause(template, group_id, clause, lenient=any_of) for clause in clauses]
    fitting = [part for part in parts if part.joins(condition.behavior)]
    if any_of and len(fitting) < len(parts):  # one that cannot be said would hide the question
        answered = [_exists(template, group_id, clause) for clause in clauses]
        return When("any", tuple(test for one in answered for test in one.tests))
    if not fitting:
        return parts[0]
    return When(condition.behavior, tuple(test for part in fitting for test in part.tests))


def with_test(when: When | None, test: Json) -> When | None:
    """Return ``when`` and a further comparison that must hold too; None where enableWhen cannot say it."""
    if when is None:
        return When("all", (test,))
    return When("all", (*when.tests, test)) if when.joins("all") else None


def without_answer(link_id: str) -> Json:
    """Return the comparison that holds while a question has no answer."""
    return _test(link_id, "exists", "Boolean", value=False)


def chosen(link_id: str, code: Code) -> When:
    """Return the condition that a code was chosen."""
    return When("all", (_test(link_id, "=", "Coding", coding(code)),))


def answered(link_id: str) -> When:
    """Return the condition that a question has an answer."""
    return When("all", (_test(link_id, "exists", "Boolean", value=True),))


def elements(when: When | None) -> Json:
    """Return the elements of an item; none for one that is always shown."""
    if when is None:
        return {}
    behavior: Json = {"enableBehavior": when.behavior} if len(when.tests) > 1 else {}
    return {"enableWhen": list(when.tests), **behavior}


def _test(link_id: str, operator: str, kind: str, value: object) -> Json:
    return {"question": link_id, "operator": operator, f"answer{kind}": value}


def _clause(template: Template, group_id: str, clause: Clause, *, lenient: bool) -> When:
    """Return one clause. ``lenient``: it also holds where the controlling question was answered without a value."""
    if clause.group == "context":
        return _context(clause)
    group = clause.group or group_id
    field = template.groups[group].fields[clause.field]
    link_id = question(group, field.id)
    if clause.operator == "exists" or field.kind not in _ANSWERS:
        return _exists(template, group_id, clause)
    if clause.operator == "=":
        tests = [_test(link_id, "=", *_answer(field, answer)) for answer in clause.answers]
        if lenient and field.kind in CHOICES:
            tests += [_test(link_id, "=", "Coding", coding(code)) for code in UNDECIDED]
        return When("any", tuple(tests))
    if clause.operator == "!=":
        others = [_test(link_id, "!=", *_answer(field, answer)) for answer in clause.answers]
        return When("all", (_test(link_id, "exists", "Boolean", value=True), *others))
    if not _is_comparable(field, clause.answers[0]):
        return _exists(template, group_id, clause)
    return When("all", (_test(link_id, clause.operator, *_answer(field, clause.answers[0])),))


def _exists(template: Template, group_id: str, clause: Clause) -> When:
    """Return whether a question has an answer; a reason for having none is one too."""
    group = clause.group or group_id
    if group == "context":
        return answered(fact(clause.field))
    field = template.groups[group].fields[clause.field]
    link_ids = (question(group, field.id, FIRST_PART.get(field.kind, "")), *instead(group, field))
    wanted = clause.operator != "exists" or clause.answers != (False,)
    tests = tuple(_test(link_id, "exists", "Boolean", wanted) for link_id in link_ids)
    return When("any" if wanted else "all", tests)


def _context(clause: Clause) -> When:
    link_id = fact(clause.field)
    if clause.operator == "exists":
        return When("all", (_test(link_id, "exists", "Boolean", clause.answers != (False,)),))
    tests = tuple(_test(link_id, clause.operator, *_context_answer(clause.field, one)) for one in clause.answers)
    return When("any" if clause.operator == "=" else "all", tests)


def _context_answer(name: str, answer: Answer) -> tuple[str, object]:
    if name in CONTEXT_CODES:
        return "Coding", coding(context_code(name, str(answer)))
    if isinstance(answer, Decimal):
        return "Integer", int(answer)
    return ("DateTime", answer) if name in ("exam-date", "issued") else ("String", answer)


_ANSWERS: Final = {
    Kind.CODED: "Coding",
    Kind.BOOLEAN: "Coding",
    Kind.INTEGER: "Integer",
    Kind.QUANTITY: "Decimal",
    Kind.DATE: "Date",
}


def _answer(field: Field, answer: Answer) -> tuple[str, object]:
    """Return type and value that an answer of ``field`` is compared with."""
    kind = _ANSWERS[field.kind]
    if isinstance(answer, bool):
        return kind, coding(YES if answer else NO)
    if field.vocabulary is not None:
        return kind, coding(own_code(field.vocabulary.terms[str(answer)]))
    return kind, int(answer) if field.kind is Kind.INTEGER and isinstance(answer, Decimal) else answer


def _is_comparable(field: Field, answer: Answer) -> bool:
    """Whether an order of numbers or dates means the same to a form: one unit, and a whole date."""
    if field.kind is Kind.QUANTITY:
        return bool(only_unit(field))
    return field.kind is Kind.INTEGER or len(str(answer)) == FULL_DATE

"""Critical findings: what triggers found, in the words of the answers that set them off, every fact once.

A trigger is a rule with an urgency. What it found is said with the polarity, side and level that were
answered, never with the title of the rule, which may say more or less.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from string import ascii_lowercase
from typing import Final

from emh_report.conditions import Answer, Clause, Condition, Facts, Row, Test, compile_clause, compile_condition
from emh_report.critical.same import merged
from emh_report.critical.told import Told
from emh_report.critical.words import JOINED, SUBJECT, Fact, fact, inside, value_words
from emh_report.draft import Absent, Boolean, Integer
from emh_report.report import Amount, Choice, CriticalFinding, Resolved
from emh_report.resolve import Answered, Reading
from emh_report.rules import Rule
from emh_report.template import Field, Role

__all__ = ["Trigger", "critical_findings"]

Trigger = tuple[Rule, Answered]
"""A rule with an urgency that fired, and the group instance it fired for."""

WHERE: Final = frozenset({"head-compartment", "cranial-location"})
"""Questions of where a lesion is, told first: behind an obstructed vein it would be the vein that is there."""
POSITIVE: Final = frozenset({"=", ">", ">=", "<", "<=", "exists"})
"""Comparisons that are true of something that was answered; others are true of what was not."""


def critical_findings(
    triggers: Sequence[Trigger], reading: Reading, facts: Facts, not_asked: Collection[tuple[str, str]]
) -> list[CriticalFinding]:
    """Return what somebody has to be told, once: of triggers A01a, A01b, ... of a group instance the most urgent.

    Every trigger that fired stays an issue. ``not_asked`` has the path of a group instance and the field of answers
    that the report does not keep.
    """
    if not_asked:
        triggers, reading = _as_kept(triggers, reading, not_asked)
    by_kind: dict[tuple[str, str], list[Trigger]] = {}
    for rule, about in triggers:
        by_kind.setdefault((rule.id.rstrip(ascii_lowercase), about.uid), []).append((rule, about))
    told = [_told(kind, alike, reading, facts) for (kind, _), alike in by_kind.items()]
    return _once([one.finding() for one in (merged(told) if len(told) > 1 else told)])


def _as_kept(
    triggers: Sequence[Trigger], reading: Reading, not_asked: Collection[tuple[str, str]]
) -> tuple[list[Trigger], Reading]:
    """Return both without the sides, levels and details that were not asked: a report does not claim them.

    What set off a trigger stays whether asked or not, so that it is told.
    """

    def kept(one: Answered) -> Answered:
        items = [item for item in one.items if (one.path, item.field.id) not in not_asked or not _adds(item.field)]
        return replace(one, items=items)

    groups = {one.path: kept(one) for one in reading.groups}
    return [(rule, groups[about.path]) for rule, about in triggers], replace(reading, groups=list(groups.values()))


def _adds(field: Field) -> bool:
    """Whether an answer only says more of what is told; without its complication nothing would be."""
    return field.role in SUBJECT - {Role.COMPLICATION} or field.phrase.startswith(JOINED)


def _once(findings: list[CriticalFinding]) -> list[CriticalFinding]:
    """Return findings of several rows of the table of complications that say the same of one group once."""
    found: dict[tuple[str, str], CriticalFinding] = {}
    for finding in findings:
        known = found.setdefault((finding.group_uid, finding.label), finding)
        if finding.urgency < known.urgency:
            found[finding.group_uid, finding.label] = finding
    return list(found.values())


def _told(kind: str, alike: Sequence[Trigger], reading: Reading, facts: Facts) -> Told:
    """Return what triggers of one kind tell of one group instance."""
    urgent, about = min(alike, key=lambda trigger: trigger[0].urgency)
    instances = [answered for answered in reading.groups if answered.definition is about.definition]
    several = len(instances) > 1 and about.definition.role in (Role.FINDING, Role.OTHER)
    number = 1 + next(place for place, one in enumerate(instances) if one is about) if several else 0
    told = Told(urgent.id, urgent.urgency, kind, urgent.title, about, number)
    answers: dict[str, list[Resolved]] = {}
    for item in about.items:
        answers.setdefault(item.field.id, []).append(item.value)
    own: dict[str, list[Resolved]] = {}
    beside: dict[str, Fact] = {}
    for rule, _ in alike:
        for clause in _reasons(rule.told)(about.row, facts) if rule.told else ():
            if clause.group:
                beside |= {said.words: said for said in _beside(clause, reading)}
            elif clause.field in answers:
                _add(own.setdefault(clause.field, []), _chosen(answers[clause.field], clause))
        for name in rule.reads:
            if name in answers:
                _add(own.setdefault(name, []), answers[name])
    for name, field in about.definition.fields.items():
        if name in own and field.role not in SUBJECT:
            chosen = _unsaid(own[name], field, told.facts)
            told.facts += [fact(about.definition, field, about.items, value) for value in chosen]
    told.facts = [one for one in told.facts if not _is_part(one, told.facts)]
    told.facts.sort(key=lambda one: one.key not in WHERE)
    said = {one.words for one in told.facts}
    told.beside += [one for one in beside.values() if one.words not in said]
    return told


def _unsaid(values: Sequence[Resolved], field: Field, facts: Sequence[Fact]) -> list[Resolved]:
    """Return the answers that are given, without those the fact before says too: "sellar at the sella"."""
    before = facts[-1].words if facts and field.phrase.startswith(JOINED) else ""
    given = [value for value in values if not isinstance(value, Absent)]
    return [value for value in given if not (words := value_words(value)) or words not in before]


def _is_part(one: Fact, facts: Sequence[Fact]) -> bool:
    """Whether another fact says the same and more: "midline shift" beside "midline shift 6 mm"."""
    return any(other.words.startswith(f"{one.words} ") for other in facts)


def _add(values: list[Resolved], more: Sequence[Resolved]) -> None:
    values += [value for value in more if value not in values]


Reasons = Callable[[Row, Facts], tuple[Clause, ...]]
"""The comparisons by which a condition came true; none where it did not."""


@lru_cache(maxsize=4096)
def _reasons(part: Condition | Clause) -> Reasons:
    """Return ``part`` as a function, put together once for all requests."""
    if isinstance(part, Clause):
        affirms = part.operator in POSITIVE and not any(answer is False for answer in part.answers)
        return _one(part, compile_clause(part)) if affirms else _nothing
    return _several(compile_condition(part), tuple(_reasons(piece) for piece in part.parts))


def _nothing(_row: Row, _facts: Facts) -> tuple[Clause, ...]:
    return ()


def _one(clause: Clause, test: Test) -> Reasons:
    return lambda row, facts: (clause,) if test(row, facts) is True else ()


def _several(test: Test, parts: tuple[Reasons, ...]) -> Reasons:
    def true(row: Row, facts: Facts) -> tuple[Clause, ...]:
        return tuple(clause for part in parts for clause in part(row, facts)) if test(row, facts) is True else ()

    return true


def _chosen(values: Sequence[Resolved], clause: Clause) -> Sequence[Resolved]:
    """Return the answers to its question that a comparison is true of."""
    if clause.operator != "=":
        return values
    return [value for value in values if _is_one_of(value, clause.answers)]


def _is_one_of(value: Resolved, answers: Collection[Answer]) -> bool:
    """Whether an answer is one of ``answers``; an amount, in whichever unit, is the only one to its question."""
    match value:
        case Choice(term):
            return term.code in answers
        case Boolean(said) | Integer(said):
            return said in answers
        case _:
            return isinstance(value, Amount)


def _beside(clause: Clause, reading: Reading) -> Iterator[Fact]:
    """Yield what another group says, one answer each; what is said of a lesion is told with that lesion."""
    for answered in reading.groups:
        definition = answered.definition
        if definition.id != clause.group or definition.role is Role.FINDING:
            continue
        field = definition.fields.get(clause.field)
        if field is None or field.role in SUBJECT:
            continue
        for value in _chosen([item.value for item in answered.items if item.field.id == clause.field], clause):
            said = fact(definition, field, answered.items, value)
            yield said._replace(words=inside(said.words))

"""What is missing from a draft, and what should not be there or not together: answers, conditions, modality."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from emh_report.assessment import Assessment
from emh_report.conditions import Fact, Facts
from emh_report.issues import Issue, Severity, Where
from emh_report.plan import Demand
from emh_report.resolve import Answered
from emh_report.template import Field, GroupDefinition

MODALITY_FIELDS = (("context", "modality"), ("procedure", "modality"))
"""Where the modalities that were read are stated: Modalities in Study (0008,0061), and the author's answer."""

_ERROR: Final = Severity.ERROR

ABSENT = "draft.groups"
"""Path of an issue of a group that the draft does not have."""


class Asked(NamedTuple):
    """What one group instance is surely not asked and surely needs; ``path`` is ABSENT for one that is not there."""

    path: str
    group_id: str
    unasked: frozenset[str]
    needed: frozenset[str]


def asked(found: Assessment, facts: Facts) -> Iterator[Asked]:
    """Yield what is asked of every group instance, and of groups without one that occur once."""
    present = {answered.definition.id for answered in found.reading.groups}
    missing = [
        Answered(plan, group_id, ABSENT)
        for group_id, plan in found.plan.groups.items()
        if group_id not in present and not plan.definition.repeats
    ]
    for answered in (*found.reading.groups, *missing):
        row, plan = answered.row, answered.plan
        unasked = frozenset(field_id for field_id, denied in plan.unasked.items() if denied(row, facts))
        needed = (demand.field_id for demand in plan.demands if demand.needed is None or demand.needed(row, facts))
        yield Asked(answered.path, answered.definition.id, unasked, frozenset(needed))


def check_completeness(found: Assessment, facts: Facts) -> None:
    """Find required questions without an answer, and answers to questions that are not asked."""
    present: dict[str, list[Answered]] = {}
    for answered in found.reading.groups:
        present.setdefault(answered.definition.id, []).append(answered)
        _unasked_answers(found, answered, facts)
        _missing_answers(found, answered, facts)
        _contradictory_answers(found, answered)
    for plan in found.plan.obliging:
        definition = plan.definition
        instances = present.get(definition.id, [])
        if not instances and not definition.repeats:
            _missing_answers(found, Answered(plan, definition.id, ABSENT), facts)
        if definition.at_least or definition.required_keys:
            _missing_instances(found, instances, definition)


def check_modality(found: Assessment, facts: Facts) -> None:
    """Find a template that is meant for none of the modalities that were read."""
    meant = found.plan.template.modalities
    if not meant:
        return
    read_ = {code for group, name in MODALITY_FIELDS for row in facts.get(group, ()) for code in _codes(row.get(name))}
    if read_ and read_.isdisjoint(meant):
        where, message = Where("draft.template_id"), "this template is meant for other modalities than those read"
        issue = Issue("template-modality", Severity.WARNING, where, message, meant, overridable=True)
        found.issues.append(issue)


def _codes(fact: Fact | None) -> frozenset[str]:
    return fact if isinstance(fact, frozenset) else frozenset()


def _unasked_answers(found: Assessment, answered: Answered, facts: Facts) -> None:
    row, unasked = answered.row, answered.plan.unasked
    for field_id in row:
        if field_id in unasked and unasked[field_id](row, facts):
            found.not_asked.add((answered.path, field_id))
            label = answered.definition.fields[field_id].label
            message = f"{label} is not asked here, since its condition is not met"
            found.issues.append(Issue("not-asked", Severity.ERROR, answered.where(field_id), message))


def _contradictory_answers(found: Assessment, answered: Answered) -> None:
    """Find "none" and the like beside other answers. All are kept: which of them is wrong only the author knows."""
    row = answered.row
    for field_id, alone in answered.plan.alone.items():
        fact = row.get(field_id)
        if not isinstance(fact, frozenset) or len(fact) == 1 or fact.isdisjoint(alone):
            continue
        field = answered.definition.fields[field_id]
        names = " and ".join(f"'{_phrase(field, code)}'" for code in sorted(fact & alone))
        message = f"{field.label}: {names} cannot stand beside another answer"
        found.issues.append(Issue("exclusive-answer", _ERROR, answered.where(field_id), message, tuple(sorted(fact))))


def _missing_answers(found: Assessment, answered: Answered, facts: Facts) -> None:
    row, there, missing = answered.row, 0, 0
    for demand in answered.plan.demands:
        field_id, needed, _, _ = demand
        if field_id in row:
            there += 1
        elif needed is None or needed(row, facts):
            missing += 1
            if (answered.path, field_id) not in found.reading.refused:
                found.issues.append(_missing(answered, demand))
    found.required += there + missing
    found.required_answered += there


def _missing(answered: Answered, demand: Demand) -> Issue:
    definition = answered.plan.definition
    where = Where(answered.path, definition.id, answered.uid, demand.field_id)
    place = f"{definition.title}: " if answered.path == ABSENT else ""  # no entry that a form could mark
    return Issue("missing-required", _ERROR, where, place + demand.message, demand.accepted)


def _missing_instances(found: Assessment, instances: list[Answered], definition: GroupDefinition) -> None:
    where = Where(ABSENT, definition.id)
    if len(instances) < definition.at_least:
        message = f"{definition.title}: at least {definition.at_least} needed"
        found.issues.append(Issue("missing-required", Severity.ERROR, where, message))
    keys = {answered.row.get(definition.key) for answered in instances} if definition.key else set()
    for key in definition.required_keys:
        found.required += 1
        if key in keys:
            found.required_answered += 1
            continue
        message = f"{definition.title}: a statement about {_phrase(definition.fields[definition.key], key)} is needed"
        where_key = where._replace(field_id=definition.key)
        found.issues.append(Issue("missing-required", Severity.ERROR, where_key, message, (key,)))


def _phrase(field: Field, code: str) -> str:
    return field.vocabulary.terms[code].phrase if field.vocabulary else code

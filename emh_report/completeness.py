"""What is missing from a draft, and what should not be there or not together: answers, conditions, modality."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from emh_report.assessment import Assessment
from emh_report.conditions import Fact, Facts
from emh_report.issues import Issue, Severity, Where
from emh_report.plan import Demand, Examined, compile_questions
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
        needed, unasked = compile_questions(answered.definition)(answered.row, facts)
        names = frozenset(field_id for fields in unasked for field_id in fields)
        yield Asked(answered.path, answered.definition.id, names, frozenset(needed))


def check_answers(found: Assessment, answered: Answered, examined: Examined) -> None:
    """Record required questions without an answer, and answers that should not be there or not together."""
    definition, path, row, refused = answered.definition, answered.path, answered.row, found.reading.refused
    missing, unasked, _ = examined
    there = len(row.keys() & answered.plan.demanded)
    found.required += there + len(missing)
    found.required_answered += there
    for demand in missing:
        if (path, demand.field_id) not in refused:
            found.issues.append(_missing(definition, demand, path, answered.uid))
    if not answered.plan.alone.keys().isdisjoint(row):
        _contradictory_answers(found, answered)
    for field in [field for fields in unasked for field in fields.values() if field.id in row]:
        found.not_asked.add((path, field.id))
        message = f"{field.label} is not asked here, since its condition is not met"
        found.issues.append(Issue("not-asked", _ERROR, answered.where(field.id), message))


def check_groups(found: Assessment, facts: Facts) -> None:
    """Find groups, and entries of them, that are missing altogether."""
    present: dict[str, list[Answered]] = {}
    for answered in found.reading.groups:
        present.setdefault(answered.definition.id, []).append(answered)
    for plan in found.plan.obliging:
        definition = plan.definition
        instances = present.get(definition.id, [])
        if not instances and not definition.repeats:
            missing = plan.missing({}, facts)
            found.required += len(missing)
            found.issues += [_missing_in_absent(definition, demand) for demand in missing]
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


def _missing(definition: GroupDefinition, demand: Demand, path: str, uid: str) -> Issue:
    field_id, message, accepted = demand
    return Issue("missing-required", _ERROR, Where(path, definition.id, uid, field_id), message, accepted)


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


@lru_cache(maxsize=4096)
def _missing_in_absent(definition: GroupDefinition, demand: Demand) -> Issue:
    message = f"{definition.title}: {demand.message}"
    return _missing(definition, demand._replace(message=message), ABSENT, definition.id)


def _missing_instances(found: Assessment, instances: list[Answered], definition: GroupDefinition) -> None:
    if len(instances) < definition.at_least:
        message = f"{definition.title}: at least {definition.at_least} needed"
        found.issues.append(Issue("missing-required", _ERROR, Where(ABSENT, definition.id), message))
    keys = {answered.row.get(definition.key) for answered in instances} if definition.key else set()
    for key in definition.required_keys:
        found.required += 1
        if key in keys:
            found.required_answered += 1
        else:
            found.issues.append(_missing_instance(definition, key))


@lru_cache(maxsize=1024)
def _missing_instance(definition: GroupDefinition, key: str) -> Issue:
    phrase = _phrase(definition.fields[definition.key], key)
    message = f"{definition.title}: a statement about {phrase} is needed"
    return Issue("missing-required", _ERROR, Where(ABSENT, definition.id, "", definition.key), message, (key,))


def _phrase(field: Field, code: str) -> str:
    return field.vocabulary.terms[code].phrase if field.vocabulary else code

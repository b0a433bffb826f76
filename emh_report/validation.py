"""One pass over a draft that finds everything, and the only place where a Report is built.

`assess` collects; `build_report` builds on the same assessment and raises what it found, so the two
agree by construction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from emh_report import context as contexts
from emh_report.conditions import Fact, Facts, Row
from emh_report.context import Context, ReportStatus
from emh_report.draft import Draft, Group, Item, Override
from emh_report.errors import InvalidReportError
from emh_report.issues import Issue, Severity, Where, sort_key
from emh_report.plan import GroupPlan, Plan
from emh_report.report import CriticalFinding, Report, ReportGroup, ReportItem, Unresolved
from emh_report.resolve import Answered, Reading, as_typed, read
from emh_report.rules import Rule, ask, fired, undecided
from emh_report.template import Field, GroupDefinition

PENDING_FIELDS = ("critical", "communication-status", "communication-pending-reason")
"""Group and fields by which a report says that a critical result is still to be communicated."""


@dataclass(slots=True)
class Assessment:
    """Everything that one pass found out about a draft."""

    plan: Plan
    draft: Draft
    context: Context
    reading: Reading
    issues: list[Issue] = field(default_factory=list)
    critical: list[CriticalFinding] = field(default_factory=list)
    not_asked: set[tuple[str, str]] = field(default_factory=set)
    required: int = 0
    required_answered: int = 0

    @property
    def can_release_preliminary(self) -> bool:
        """Whether there is a template to read the draft by and a patient to file it under."""
        return not any(issue.blocking for issue in self.issues)

    @property
    def can_finalize(self) -> bool:
        """Whether a complete report may be signed: no errors at all."""
        return not any(issue.severity is Severity.ERROR for issue in self.issues)

    @property
    def pending_reason(self) -> str:
        """Why the communication of a critical result is still open; empty when it is not."""
        group_id, status, reason = PENDING_FIELDS
        for answered in self.reading.groups:
            if answered.definition.id == group_id and answered.row.get(status) == "pending":
                return str(answered.row.get(reason, ""))
        return ""


def assess(plan: Plan, draft: Draft, context: Context) -> Assessment:
    """Return every issue of ``draft``, errors first, and what may be done with it."""
    reading = read(plan, draft)
    found = Assessment(plan, draft, context, reading, reading.issues)
    facts = _facts(reading, contexts.facts(context, draft.mode.value))
    found.issues += contexts.context_issues(context)
    _completeness(found, facts)
    _ask_rules(found, facts)
    found.issues = _overridden(found.issues, draft.overrides)
    found.issues.sort(key=sort_key)
    return found


def _facts(reading: Reading, context: Mapping[str, Fact]) -> Facts:
    facts: dict[str, list[Mapping[str, Fact]]] = {"context": [context]}
    for answered in reading.groups:
        facts.setdefault(answered.definition.id, []).append(answered.row)
    return facts


def _completeness(found: Assessment, facts: Facts) -> None:
    """Find required questions without an answer, and answers to questions that are not asked."""
    present: dict[str, list[Answered]] = {}
    for answered in found.reading.groups:
        present.setdefault(answered.definition.id, []).append(answered)
        _not_asked_answers(found, answered, facts)
        _missing_answers(found, answered, facts)
    for plan in found.plan.obliging:
        definition = plan.definition
        instances = present.get(definition.id, [])
        if not instances and not definition.repeats:
            _missing_answers(found, Answered(plan, definition.id, "draft.groups"), facts)
        if definition.at_least or definition.required_keys:
            _missing_instances(found, instances, definition)


def _not_asked_answers(found: Assessment, answered: Answered, facts: Facts) -> None:
    row, gated = answered.row, answered.definition.gated
    for field_id in row:
        if field_id in gated:
            asked = gated[field_id].asked
            if asked is not None and asked(row, facts) is False:
                found.not_asked.add((answered.path, field_id))
                message = f"{gated[field_id].label} is not asked here, since its condition is not met"
                found.issues.append(Issue("not-asked", Severity.ERROR, answered.where(field_id), message))


def _missing_answers(found: Assessment, answered: Answered, facts: Facts) -> None:
    row = answered.row
    for definition in answered.definition.demanding:
        if definition.id in row:
            found.required += 1
            found.required_answered += 1
        elif _is_needed(definition, row, facts):
            found.required += 1
            if not _was_rejected(found, answered, definition):
                found.issues.append(_missing(answered, definition))


def _is_needed(definition: Field, row: Row, facts: Facts) -> bool:
    """Whether a question without an answer needs one: surely asked and required, or surely required now."""
    if definition.required and (definition.surely_asked is None or definition.surely_asked(row, facts)):
        return True
    if definition.surely_needed is None or not definition.surely_needed(row, facts):
        return False
    return definition.asked is None or definition.asked(row, facts) is not False


def _was_rejected(found: Assessment, answered: Answered, definition: Field) -> bool:
    """Whether there is an answer that was not accepted: it has an issue of its own already."""
    return any(
        lost.where.field_id == definition.id and lost.where.path.startswith(f"{answered.path}.")
        for lost in found.reading.unresolved
    )


def _missing(answered: Answered, definition: Field) -> Issue:
    where = Where(answered.path, answered.definition.id, answered.uid, definition.id)
    message = f"{definition.label} needs an answer (unknown and not evaluable are answers)"
    accepted = tuple(islice(definition.vocabulary.terms, 12)) if definition.vocabulary else (definition.kind.value,)
    return Issue("missing-required", Severity.ERROR, where, message, accepted)


def _missing_instances(found: Assessment, instances: list[Answered], definition: GroupDefinition) -> None:
    where = Where("draft.groups", definition.id)
    if len(instances) < definition.at_least:
        message = f"{definition.title}: at least {definition.at_least} needed"
        found.issues.append(Issue("missing-required", Severity.ERROR, where, message))
    keys = {answered.row.get(definition.key) for answered in instances} if definition.key else set()
    for key in definition.required_keys:
        found.required += 1
        if key in keys:
            found.required_answered += 1
            continue
        message = f"{definition.title}: a statement about {key} is needed"
        where_key = where._replace(field_id=definition.key)
        found.issues.append(Issue("missing-required", Severity.ERROR, where_key, message, (key,)))


def _ask_rules(found: Assessment, facts: Facts) -> None:
    for rule in found.plan.report_rules:
        truth = ask(rule, {}, facts)
        if truth is not False:
            _record(found, rule, truth, _target(found, rule))
    for answered in found.reading.groups:
        row = answered.row
        for rule in _candidates(answered.plan, row):
            truth = ask(rule, row, facts)
            if truth is not False:
                _record(found, rule, truth, answered.where(rule.target))


def _candidates(plan: GroupPlan, row: Row) -> Iterator[Rule]:
    """Yield the rules that could fire for a row with these answers; the others are not asked."""
    yield from plan.always
    by_field, by_answer = plan.by_field, plan.by_answer
    for field_id, fact in row.items():
        if field_id in by_field:
            yield from by_field[field_id]
        if type(fact) is frozenset:
            yield from dict.fromkeys(rule for code in fact for rule in by_answer.get((field_id, code), ()))
        elif type(fact) is str or type(fact) is bool:
            yield from by_answer.get((field_id, fact), ())


def _target(found: Assessment, rule: Rule) -> Where:
    """Return where a report-wide rule points: its field in the first instance that has it, else in the first one."""
    group_id, _, field_id = rule.target.rpartition(".")
    instances = [answered for answered in found.reading.groups if answered.definition.id == group_id]
    chosen = next((answered for answered in instances if field_id in answered.row), None) or next(iter(instances), None)
    return chosen.where(field_id) if chosen else Where("draft.groups", group_id, "", field_id)


def _record(found: Assessment, rule: Rule, truth: bool | None, where: Where) -> None:  # noqa: FBT001 - three-valued
    if truth is None:
        found.issues.append(undecided(rule, where))
    elif truth:
        found.issues.append(fired(rule, where))
        if rule.urgency:
            found.critical.append(CriticalFinding(rule.id, rule.urgency, rule.title, where.group_uid))


def _overridden(issues: list[Issue], overrides: tuple[Override, ...]) -> list[Issue]:
    """Mark warnings the author decided to keep; refuse overrides of anything else or without a reason."""
    if not overrides:
        return issues
    reasons: dict[tuple[str, str], tuple[int, str]] = {}
    refused: list[Issue] = []
    for position, override in enumerate(overrides):
        where = Where(f"draft.overrides[{position}]", "", override.group_uid)
        if not override.reason.strip():
            refused.append(Issue("override-without-reason", Severity.ERROR, where, "an override needs a reason"))
        reasons[override.rule_id, override.group_uid] = (position, override.reason)
    marked = []
    for issue in issues:
        _, reason = reasons.get((issue.rule_id, issue.where.group_uid), (0, ""))
        marked.append(issue._replace(override_reason=reason) if reason and issue.overridable else issue)
    refused += _useless_overrides(reasons, marked)
    return marked + refused


def _useless_overrides(reasons: Mapping[tuple[str, str], tuple[int, str]], issues: list[Issue]) -> Iterator[Issue]:
    raised = {(issue.rule_id, issue.where.group_uid): issue.overridable for issue in issues}
    for key, (position, _) in reasons.items():
        where = Where(f"draft.overrides[{position}]", "", key[1])
        overridable = raised.get(key)
        if overridable is None:
            message = "this override matches no issue of the draft"
            yield Issue("override-unused", Severity.INFORMATION, where, message)
        elif not overridable:
            message = "only warnings can be overridden"
            yield Issue("override-refused", Severity.ERROR, where, message)


def build_report(found: Assessment) -> Report:
    """Return the report in the state its context names.

    Raises InvalidReportError with every issue: for a complete state when there is any error, for any
    state when there is nothing to read the draft by or nobody to file it under.
    """
    status = found.context.report.status
    if status in contexts.COMPLETE_STATUSES and not found.can_finalize:
        raise InvalidReportError(found.issues)
    if not found.can_release_preliminary:
        raise InvalidReportError(found.issues)
    return Report(
        template=found.plan.template,
        context=found.context,
        mode=found.draft.mode,
        groups=_groups(found),
        critical=tuple(found.critical),
        issues=tuple(found.issues),
        unresolved=tuple(found.reading.unresolved) + tuple(_not_asked(found)),
        pending_reason=found.pending_reason if status is not ReportStatus.CANCELLED else "",
    )


def _groups(found: Assessment) -> tuple[ReportGroup, ...]:
    """Groups in the order of the template's sections; items in the order of its fields."""
    order = {group_id: position for position, group_id in enumerate(found.plan.groups)}
    answered = sorted(found.reading.groups, key=lambda group: order[group.definition.id])
    return tuple(
        ReportGroup(group.definition, group.uid, tuple(sorted(_kept(found, group), key=_position(group))))
        for group in answered
    )


def _position(group: Answered) -> Callable[[ReportItem], int]:
    order = group.plan.order
    return lambda item: order[item.field.id]


def _kept(found: Assessment, group: Answered) -> list[ReportItem]:
    return [
        ReportItem(definition, value)
        for definition, value in group.items
        if (group.path, definition.id) not in found.not_asked
    ]


def _not_asked(found: Assessment) -> Iterator[Unresolved]:
    """Answers to questions whose condition is false, as typed."""
    for path, field_id in sorted(found.not_asked):
        group: Group = found.draft.groups[int(path.removeprefix("draft.groups[").removesuffix("]"))]
        for item in group.items:
            if item.field_id == field_id:
                yield _carried(found, group, item, path)


def _carried(found: Assessment, group: Group, item: Item, path: str) -> Unresolved:
    label = found.plan.groups[group.group_id].definition.fields[item.field_id].label
    return Unresolved(Where(path, group.group_id, group.uid, item.field_id), label, as_typed(item.value), "not-asked")

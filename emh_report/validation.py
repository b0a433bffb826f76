"""One pass over a draft that finds everything, and the only place where a Report is built.

`assess` collects; `build_report` builds on the same assessment and raises what it found, so the two
agree by construction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from emh_report import context as contexts
from emh_report.assessment import Assessment
from emh_report.completeness import Asked, asked, check_answers, check_groups, check_modality
from emh_report.conditions import Fact, Facts
from emh_report.context import Context, ReportStatus
from emh_report.context_issues import context_issues, stated
from emh_report.critical import Trigger, critical_findings
from emh_report.draft import Draft, Group, Item
from emh_report.errors import InvalidReportError
from emh_report.issues import Issue, Where, sort_key
from emh_report.overrides import overridden
from emh_report.plan import Plan, compile_questions
from emh_report.report import Report, ReportGroup, ReportItem, Unresolved
from emh_report.resolve import Answered, Reading, as_typed, read
from emh_report.rules import Rule, fired, undecided
from emh_report.study import answers_of, study_type
from emh_report.template import Role
from emh_report.urgency import check_urgency
from emh_report.vocabulary import Term


def assess(
    plan: Plan, draft: Draft, context: Context, known: Sequence[Issue] = (), compared: Sequence[Issue] = ()
) -> Assessment:
    """Return every issue of ``draft`` and those ``known`` before, errors first, and what may be done with it.

    ``compared`` are warnings from a comparison with earlier reports, which the author may keep as any other.
    """
    reading = read(plan, draft)
    issues = context_issues(context)
    context = stated(context) if issues else context
    found = Assessment(plan, draft, context, reading, reading.issues)
    facts = _facts(reading, contexts.facts(context, draft.mode.value))
    found.issues += issues
    triggers = _examine(found, facts)
    check_groups(found, facts)
    check_modality(found, facts)
    if triggers:
        found.critical = critical_findings(triggers, reading, facts, found.not_asked)
    check_urgency(found, facts)
    found.issues += compared
    found.issues = overridden(found.issues, draft.overrides)
    found.issues += known
    found.issues.sort(key=sort_key)
    return found


def questions(found: Assessment) -> tuple[Asked, ...]:
    """Return what is asked of every group instance of an assessed draft."""
    return tuple(asked(found, _facts(found.reading, contexts.facts(found.context, found.draft.mode.value))))


def _facts(reading: Reading, context: Mapping[str, Fact]) -> Facts:
    facts: dict[str, list[Mapping[str, Fact]]] = {"context": [context]}
    for answered in reading.groups:
        facts.setdefault(answered.definition.id, []).append(answered.row)
    return facts


def _examine(found: Assessment, facts: Facts) -> list[Trigger]:
    """Record what is wrong with the answers and what rules say; return the triggers of critical findings that fired."""
    triggers: list[Trigger] = []
    for rule in found.plan.speaking({}, facts):
        truth = rule.test({}, facts)
        if truth is not False:
            _record(found, rule, truth, _target(found, rule, facts))
    for answered in found.reading.groups:
        row = answered.row
        examined = answered.plan.examine(row, facts)
        check_answers(found, answered, examined)
        for rule in examined[2]:
            truth = rule.test(row, facts)
            _record(found, rule, truth, answered.where(rule.target))
            if truth and rule.urgency:
                triggers.append((rule, answered))
    return triggers


def _target(found: Assessment, rule: Rule, facts: Facts) -> Where:
    """Return where a report-wide rule points: the first instance that has its field, is asked it, or is one."""
    group_id, _, field_id = rule.target.rpartition(".")
    instances = [answered for answered in found.reading.groups if answered.definition.id == group_id]
    having = (answered for answered in instances if field_id in answered.row)
    asking = (answered for answered in instances if _asks(answered, field_id, facts))
    chosen = next(having, None) or next(asking, None) or next(iter(instances), None)
    return chosen.where(field_id) if chosen else Where("draft.groups", group_id, "", field_id)


def _asks(answered: Answered, field_id: str, facts: Facts) -> bool:
    """Whether a field is, or may be, asked of a group instance."""
    _, unasked = compile_questions(answered.definition)(answered.row, facts)
    return all(field_id not in fields for fields in unasked)


def _record(found: Assessment, rule: Rule, truth: bool | None, where: Where) -> None:  # noqa: FBT001 - three-valued
    if truth is None:
        found.issues.append(undecided(rule, where))
    elif truth:
        found.issues.append(fired(rule, where))


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
        study_type=_study_type(found),
        groups=_groups(found),
        critical=tuple(found.critical),
        issues=tuple(found.issues),
        unresolved=tuple(found.reading.unresolved) + tuple(_not_asked(found)),
        pending_reason=found.pending_reason if status is not ReportStatus.CANCELLED else "",
    )


def _study_type(found: Assessment) -> Term:
    rows = [group.row for group in found.reading.groups if group.definition.role is Role.PROCEDURE]
    modalities = frozenset(code for study in found.context.studies for code in study.modalities)
    return study_type(found.plan.template, answers_of(rows, modalities))


def _groups(found: Assessment) -> tuple[ReportGroup, ...]:
    """Groups in the order of the template's sections; items in the order of its fields."""
    order = {group_id: position for position, group_id in enumerate(found.plan.groups)}
    answered = sorted(found.reading.groups, key=lambda group: order[group.definition.id])
    return tuple([ReportGroup(group.definition, group.uid, _items(found, group)) for group in answered])


def _items(found: Assessment, group: Answered) -> tuple[ReportItem, ...]:
    order, items = group.plan.order, _kept(found, group)
    places = [order[item[0].id] for item in items]
    if places != sorted(places):  # a form sends them in order
        items = sorted(items, key=lambda item: order[item[0].id])
    return tuple(items)


def _kept(found: Assessment, group: Answered) -> list[ReportItem]:
    if not found.not_asked:
        return group.items
    return [item for item in group.items if (group.path, item.field.id) not in found.not_asked]


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

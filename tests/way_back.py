"""What a draft should be after it left as FHIR and came back: the answers of its report, by the template."""

from __future__ import annotations

from dataclasses import replace

from emh_report.context import Context, Focus, Order, Organization, Practitioner, Study
from emh_report.draft import Coded, Draft, Group, Item, Levels, Measurement, Override, Quantity, ReportMode, Value
from emh_report.plan import Plan
from emh_report.report import Amount, Axes, Choice, LevelRange, Report, Resolved


def typed(value: Resolved) -> Value:
    """Return a resolved value as a form would have sent it."""
    match value:
        case Choice():
            return Coded(value.term.code, text=value.text)
        case Amount():
            return Quantity(value.text, value.unit.code)
        case Axes():
            return Measurement(value.texts, value.unit.code)
        case LevelRange():
            return Levels(value.upper.code, value.lower.code, value.numbering.code if value.numbering else "")
        case _:
            return value


def draft_of(report: Report) -> Draft:
    """Return the draft that says what a report says."""
    groups = (
        Group(group.definition.id, group.uid, tuple(Item(field.id, typed(value)) for field, value in group.items))
        for group in report.groups
        if group.items
    )
    kept = {(one.rule_id, one.where.group_uid): one.override_reason for one in report.issues if one.override_reason}
    overrides = tuple(Override(rule, uid, reason) for (rule, uid), reason in sorted(kept.items()))
    template = report.template
    return Draft(template.id, template.version, tuple(groups), template.content_hash, report.mode, overrides)


def ordered(plan: Plan, draft: Draft) -> Draft:
    """Return a draft with groups and answers in the order of the template and the hash of the template."""
    order = {group_id: position for position, group_id in enumerate(plan.groups)}
    groups = [
        group._replace(
            items=tuple(sorted(group.items, key=lambda item: plan.groups[group.group_id].order[item.field_id]))
        )
        for group in draft.groups
    ]
    groups.sort(key=lambda group: order[group.group_id])
    return draft._replace(groups=tuple(groups), template_hash=plan.template.content_hash)


def carried(context: Context, mode: ReportMode, content: bytes) -> Context:
    """Return what of a context a bundle with the patient carries: a companion names order and study only.

    A fetus is named, and the study of a companion, by what was seen on the images; where nothing was, neither is.
    """
    if b'"Fetus of the patient"' not in content:
        context = replace(context, focus=Focus.PATIENT)
    if mode is not ReportMode.COMPANION:
        return context
    orders = tuple(Order(one.accession) if one.accession.value else Order(placer=one.placer) for one in context.orders)
    studies = tuple(Study(one.study_instance_uid) for one in context.studies if b'"category"' in content)
    return replace(
        context, orders=orders, studies=studies, author=Practitioner(), supervisor=None, organization=Organization()
    )

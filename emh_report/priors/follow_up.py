"""A follow-up begun from an earlier report: its lesions are taken over, its measurements only as what was before.

Whether a lesion is still there, how large it is and what changed are left to the author: nothing that this examination
has to show is copied. Every answer that was taken over is listed with where it comes from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final, NamedTuple

from emh_report.context import Context
from emh_report.dates import is_partial_date
from emh_report.draft import Boolean, Coded, Date, Draft, Group, Item, ReportMode, Text
from emh_report.plan import Plan
from emh_report.prefill import prefill
from emh_report.priors.examined import Examined, Lesion
from emh_report.report import Amount, Axes
from emh_report.resolve import Answered
from emh_report.template import GroupDefinition, Role
from emh_report.validation import assess

FOLLOW_UP: Final = "emh-followup"
"""The template of follow-ups."""

PLACE: Final = ("site", "laterality", "levels", "site-part", "site-detail", "tracking-id")
"""What stays the same of a lesion."""

BEFORE: Final = {"size": "prior-size", "t2-signal": "prior-t2-signal", "dwi-signal": "prior-dwi-signal"}
"""What was found then, and the question that asks what was before."""

CAUSE: Final = ("cause", "cause-status", "cause-source", "cause-primary", "cause-since", "driver-mutation")


class Carried(NamedTuple):
    """An answer of the new draft that was taken over, and where it stood in the earlier report."""

    group_uid: str
    field_id: str
    prior_group_uid: str
    prior_field_id: str


class Offered(NamedTuple):
    """A measurement of the earlier report, to be shown beside the same question of the new draft: not an answer."""

    group_uid: str
    field_id: str
    text: str


class FollowUp(NamedTuple):
    """A draft, what in it was taken over, what is shown beside it, and what the template has no place for."""

    draft: Draft
    carried: tuple[Carried, ...]
    offered: tuple[Offered, ...]
    left: tuple[Carried, ...]


class Taken(NamedTuple):
    """One instance of a group with where each of its answers comes from."""

    group: Group
    sources: tuple[Carried, ...]


def follow_up(plan: Plan, prior: Examined, context: Context, mode: ReportMode = ReportMode.STANDALONE) -> FollowUp:
    """Return the draft of a follow-up of ``prior``, by the template of ``plan``.

    Lesions that the earlier report calls absent are not taken over. What the template does not ask, or would not
    accept, is listed as left.
    """
    template = plan.template
    begun = prefill(template, context, mode)
    taken = list(_taken(template.groups, prior))
    there = {taking.group.uid for taking in taken}
    groups = [group for group in begun.groups if group.uid not in there] + [taking.group for taking in taken]
    order = {group_id: number for number, group_id in enumerate(template.groups)}
    whole = begun._replace(groups=tuple(sorted(groups, key=lambda group: order[group.group_id])))
    draft, refused = _accepted(plan, whole, context)
    sources = [source for taking in taken for source in taking.sources]
    return FollowUp(
        draft=draft,
        carried=tuple(one for one in sources if (one.group_uid, one.field_id) not in refused),
        offered=tuple(_offered(template.groups, prior)),
        left=tuple(_left(template.groups, prior)) + tuple(one for one in sources if one[:2] in refused),
    )


def _accepted(plan: Plan, draft: Draft, context: Context) -> tuple[Draft, set[tuple[str, str]]]:
    """Return the draft without answers that are not accepted, or not asked of this examination, and which they were."""
    found = assess(plan, draft, context)
    paths = {f"draft.groups[{number}]": group.uid for number, group in enumerate(draft.groups)}
    refused = {(paths[path], field_id) for path, field_id in found.reading.refused | found.not_asked}
    groups = (
        group._replace(items=tuple(item for item in group.items if (group.uid, item.field_id) not in refused))
        for group in draft.groups
    )
    return draft._replace(groups=tuple(groups)), refused


def _taken(groups: Mapping[str, GroupDefinition], prior: Examined) -> Iterator[Taken]:
    for found in prior.groups:
        if found.definition.id == "cause" and "cause" in groups:
            yield _taking(groups["cause"], found, {name: name for name in CAUSE})
    if "comparison-statement" in groups:
        group = Group(
            "comparison-statement", "comparison-statement", (Item("comparison-available", Boolean(value=True)),)
        )
        yield Taken(group, (Carried(group.uid, "comparison-available", "", ""),))
    if "comparison" in groups:
        yield from _comparisons(groups["comparison"], prior)
    if "followup" in groups:
        yield from _course(groups["followup"], prior)
    if "finding" in groups:
        yield from (_lesion(groups["finding"], lesion) for lesion in prior.lesions if lesion.there)


def _taking(target: GroupDefinition, found: Answered, names: Mapping[str, str]) -> Taken:
    """Take over the answers to the questions in ``names``, each as the answer to the question it maps to."""
    items = [
        (item, names[item.field_id])
        for item in found.typed
        if item.field_id in names and names[item.field_id] in target.fields and item.field_id in found.row
    ]
    return Taken(
        Group(target.id, found.uid, tuple(Item(name, item.value) for item, name in items)),
        tuple(dict.fromkeys(Carried(found.uid, name, found.uid, item.field_id) for item, name in items)),
    )


def _lesion(target: GroupDefinition, lesion: Lesion) -> Taken:
    names = {name: name for name in PLACE} | BEFORE
    taken = _taking(target, lesion.answered, names)
    uid = lesion.tracking_uid or lesion.own_uid
    if not uid or "tracking-uid" not in target.fields:
        return taken
    group = taken.group._replace(items=(*taken.group.items, Item("tracking-uid", Text(uid))))
    return Taken(group, (*taken.sources, Carried(group.uid, "tracking-uid", lesion.uid, "tracking-uid")))


def _comparisons(target: GroupDefinition, prior: Examined) -> Iterator[Taken]:
    """One entry for each study of the earlier examination, one without UID where none is known."""
    vocabulary = target.fields["prior-modality"].vocabulary
    known = vocabulary.terms if vocabulary else {}
    uids = [study.study_instance_uid for study in prior.context.studies] or [""]
    for number, uid in enumerate(uids, start=1):
        items = [Item("prior-date", Date(prior.date))] if is_partial_date(prior.date) else []
        items += [Item("prior-modality", Coded(code)) for code in sorted(prior.modalities) if code in known]
        items += [Item("prior-study-uid", Text(uid))] if uid else []
        group = Group(target.id, f"{target.id}-{number}", tuple(items))
        names = dict.fromkeys(item.field_id for item in items)
        yield Taken(group, tuple(Carried(group.uid, name, "", "") for name in names))


def _course(target: GroupDefinition, prior: Examined) -> Iterator[Taken]:
    """What the earlier report says about volume and sums, as what was before."""
    found = [
        (name, *one)
        for name, one in (("spleen-volume-prior", _volume(prior)), ("diameter-sum-prior", _sum(prior)))
        if one
    ]
    kept = [one for one in found if one[0] in target.fields]
    if kept:
        items = tuple(Item(name, item.value) for name, _, item in kept)
        sources = tuple(Carried(target.id, name, uid, item.field_id) for name, uid, item in kept)
        yield Taken(Group(target.id, target.id, items), sources)


def _volume(prior: Examined) -> tuple[str, Item] | None:
    if "spleen-volume" not in prior.spleen:
        return None
    entries = ((group, item) for group in prior.groups for item in group.typed if item.field_id == "spleen-volume")
    return next(((group.uid, item) for group, item in entries), None)


def _sum(prior: Examined) -> tuple[str, Item] | None:
    """Return the smaller of the sums that the earlier report states: its own, and the smallest before it."""
    group = prior.instance("followup")
    if group is None:
        return None
    stated = [item for item in group.typed if isinstance(group.row.get(item.field_id), Decimal)]
    sums = [item for item in stated if item.field_id in ("diameter-sum", "diameter-sum-prior")]
    rows = group.row
    found = min(sums, key=lambda item: Decimal(str(rows[item.field_id])), default=None)
    return (group.uid, found) if found is not None else None


def _offered(groups: Mapping[str, GroupDefinition], prior: Examined) -> Iterator[Offered]:
    """Measurements of the lesions that were taken over."""
    target = groups.get("finding")
    for lesion in prior.lesions if target is not None else ():
        for item in lesion.answered.items if lesion.there else ():
            if item.field.role is Role.MEASUREMENT and target is not None and item.field.id in target.fields:
                yield Offered(lesion.uid, item.field.id, _shown(item.value))


def _shown(value: object) -> str:
    if isinstance(value, Axes):
        return f"{' × '.join(value.texts)} {value.unit.display}"
    return f"{value.text} {value.unit.display}" if isinstance(value, Amount) else ""


def _left(groups: Mapping[str, GroupDefinition], prior: Examined) -> Iterator[Carried]:
    """Answers about the place of a lesion that the template has no question for."""
    target = groups.get("finding")
    for lesion in prior.lesions:
        for item in lesion.answered.typed if lesion.there else ():
            if item.field_id in PLACE and (target is None or item.field_id not in target.fields):
                yield Carried("", "", lesion.uid, item.field_id)

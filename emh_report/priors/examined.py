"""One report as a point in the course of a disease: when, how, which lesions, and how large the spleen was."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from emh_report.catalog import Catalog
from emh_report.codes import CANONICAL
from emh_report.conditions import Span
from emh_report.context import Context, Identifier
from emh_report.draft import Boolean, Date, DateTime, Draft, Text
from emh_report.report import Amount, Axes, Choice, Resolved
from emh_report.resolve import Answered, read
from emh_report.vocabulary import Term

MEASURES: Final = ("size", "size-largest")
"""Fields that give the size of a lesion, the usual one first. Before and now are taken from the same one."""

SPLEEN: Final = "spleen"
_NAMES: Final = uuid.uuid5(uuid.NAMESPACE_URL, f"{CANONICAL}/tracking")
_DAY: Final = len("YYYY-MM-DD")


@dataclass(frozen=True, slots=True, eq=False)
class Lesion:
    """One entry of the group "finding". What was not answered is empty or None.

    ``tracking_uid`` is the DICOM Tracking Unique Identifier as stated, ``own_uid`` the one that belongs to this entry
    of this report where none is stated: a follow-up begun from it states that.
    """

    uid: str
    answered: Answered
    presence: str
    site: Term | None
    laterality: str
    levels: Span | None
    parts: frozenset[Term]
    tracking_uid: str
    own_uid: str
    tracking_id: str
    sizes: Mapping[str, Axes]

    @property
    def there(self) -> bool:
        """Whether the report says, or leaves open, that there is a lesion."""
        return self.presence != "absent"


class Comparison(NamedTuple):
    """An examination that a report says it was compared with."""

    date: str
    study: str
    same_technique: bool | None


@dataclass(frozen=True, slots=True, eq=False)
class Examined:
    """A report, read. ``date`` has the precision that is known.

    ``modalities`` and ``regions`` (of the body) are empty where nothing tells them.
    ``report_id`` and ``version`` name the report where it is a stored one.
    """

    draft: Draft
    context: Context
    groups: tuple[Answered, ...]
    date: str
    modalities: frozenset[str]
    regions: frozenset[str]
    lesions: tuple[Lesion, ...]
    spleen: Mapping[str, Amount]
    comparisons: tuple[Comparison, ...]
    report_id: str = ""
    version: int = 0

    def instance(self, group_id: str) -> Answered | None:
        """Return the first instance of a group."""
        return next((group for group in self.groups if group.definition.id == group_id), None)


def examine(catalog: Catalog, draft: Draft, context: Context, report_id: str = "", version: int = 0) -> Examined:
    """Read a report by its own template. Raises NotFoundError where that is not installed.

    Answers that the template does not accept are not compared; validation tells of them.
    """
    groups = tuple(read(catalog.plan(draft.template_id, draft.template_version), draft).groups)
    own = context.report.identifier
    procedures = [group for group in groups if group.definition.id == "procedure"]
    return Examined(
        draft=draft,
        context=context,
        groups=groups,
        date=next(_dates(procedures), context.exam_date)[:_DAY],
        modalities=frozenset(_codes(procedures, "modality")) or _studied(context),
        regions=frozenset(_codes(procedures, "body-region")),
        lesions=tuple(_lesion(group, own) for group in groups if group.definition.id == "finding"),
        spleen=_spleen(groups),
        comparisons=tuple(_comparison(group) for group in groups if group.definition.id == "comparison"),
        report_id=report_id,
        version=version,
    )


def tracking_uid(report: Identifier, group_uid: str) -> str:
    """Return the Tracking UID that belongs to a lesion of a report: the same whenever it is asked for.

    A UID made of a name-based UUID (DICOM PS3.5 B.2, RFC 9562 version 5). Empty for a report without an identifier.
    """
    if not (report.system and report.value):
        return ""
    return f"2.25.{uuid.uuid5(_NAMES, chr(31).join((report.system, report.value, group_uid))).int}"


def values(group: Answered, field_id: str) -> Iterator[Resolved]:
    """Yield what was answered to one question."""
    return (item.value for item in group.items if item.field.id == field_id)


def text(group: Answered, field_id: str) -> str:
    """Return the words answered to one question; empty where there are none."""
    return next((value.value.strip() for value in values(group, field_id) if isinstance(value, Text)), "")


def code(group: Answered, field_id: str) -> str:
    """Return the code chosen for one question; empty where none is."""
    return next(_codes([group], field_id), "")


def _codes(groups: Iterable[Answered], field_id: str) -> Iterator[str]:
    for group in groups:
        yield from (value.term.code for value in values(group, field_id) if isinstance(value, Choice))


def _dates(procedures: Iterable[Answered]) -> Iterator[str]:
    for group in procedures:
        yield from (value.value for value in values(group, "exam-date") if isinstance(value, (Date, DateTime)))


def _studied(context: Context) -> frozenset[str]:
    return frozenset(modality for study in context.studies for modality in study.modalities)


def _lesion(group: Answered, report: Identifier) -> Lesion:
    site = next((value.term for value in values(group, "site") if isinstance(value, Choice)), None)
    levels = group.row.get("levels")
    return Lesion(
        uid=group.uid,
        answered=group,
        presence=code(group, "presence"),
        site=site,
        laterality=code(group, "laterality"),
        levels=levels if isinstance(levels, Span) else None,
        parts=frozenset(value.term for value in values(group, "site-part") if isinstance(value, Choice)),
        tracking_uid=text(group, "tracking-uid"),
        own_uid=tracking_uid(report, group.uid),
        tracking_id=text(group, "tracking-id"),
        sizes=dict(_sizes(group)),
    )


def _sizes(group: Answered) -> Iterator[tuple[str, Axes]]:
    for measure in MEASURES:
        for value in values(group, measure):
            if isinstance(value, Axes):
                yield measure, value
            elif isinstance(value, Amount):
                yield measure, Axes((value.text,), value.unit, (value.number,))


def _spleen(groups: Iterable[Answered]) -> dict[str, Amount]:
    """Return length and volume of the spleen, where one entry gives them; two entries contradict each other."""
    entries = [group for group in groups if group.definition.id == "organ" and code(group, "organ") == SPLEEN]
    if len(entries) != 1:
        return {}
    return {
        field_id: value
        for field_id in ("spleen-length", "spleen-volume")
        for value in values(entries[0], field_id)
        if isinstance(value, Amount)
    }


def _comparison(group: Answered) -> Comparison:
    date = next((value.value for value in values(group, "prior-date") if isinstance(value, Date)), "")
    same = next((v.value for v in values(group, "prior-same-technique") if isinstance(v, Boolean)), None)
    return Comparison(date, text(group, "prior-study-uid"), same)

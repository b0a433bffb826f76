"""Sections of a report as paragraphs, in the order of its template."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from emh_report.context import Focus
from emh_report.draft import Boolean
from emh_report.export.narrative.conclusions import FINDINGS as OF_FINDINGS
from emh_report.export.narrative.conclusions import lesion_by_lesion, subject
from emh_report.export.narrative.layout import layout_of
from emh_report.export.narrative.openings import complication_name, organ_name, paragraph
from emh_report.export.narrative.paragraphs import Paragraph
from emh_report.export.narrative.references import as_told
from emh_report.export.narrative.repeats import told_once
from emh_report.report import Report, ReportGroup
from emh_report.template import Role
from emh_report.vocabulary import Term

FINDINGS, IMPRESSION = "findings", "impression"
PASTED: Final = (FINDINGS, IMPRESSION, "recommendation", "communication")
"""Sections that a companion report hands over to the main report."""
DENIED: Final = Boolean(value=False)
BY_AUTHOR: Final = "Marked by the author"
OF_FETUS: Final = Paragraph("", ("All findings refer to the fetus.",))

Section = tuple[Term, list[Paragraph]]


def group_names(report: Report) -> Mapping[str, str]:
    """Return what each group instance is called, by uid: "Lesion 1", "Right pleura"; empty where it needs no name."""
    numbers: dict[str, list[str]] = {}
    names: dict[str, str] = {}
    for group in report.groups:
        definition = group.definition
        role, layout = definition.role, layout_of(definition)
        own = _OWN_NAMES[role](group) if role is Role.ORGAN or role is Role.COMPLICATION else ""
        names[group.uid] = own or layout.name
        if layout.numbered and definition.repeats:
            numbers.setdefault(definition.id, []).append(group.uid)
    for uids in numbers.values():
        if len(uids) > 1:
            names |= {uid: f"{names[uid]} {number}" for number, uid in enumerate(uids, 1)}
    return names


_OWN_NAMES: Final[Mapping[Role, Callable[[ReportGroup], str]]] = {
    Role.ORGAN: organ_name,
    Role.COMPLICATION: complication_name,
}


def sections(report: Report, names: Mapping[str, str], critical: Sequence[Paragraph]) -> list[Section]:
    """Return every section that has something to say; critical findings open the impression."""
    by_section: dict[str, list[Paragraph]] = {}
    groups, once = as_told(report, FINDINGS)
    for group in told_once(groups):
        name = _name(group, names, report)
        beside = lesion_by_lesion(report, group, names) if name == OF_FINDINGS else ""
        by_section.setdefault(group.definition.section, []).extend(_paragraphs(group, name, beside))
    if once:
        by_section[FINDINGS] = [*once, *by_section[FINDINGS]]
    if report.context.focus is Focus.FETUS and FINDINGS in by_section:
        by_section[FINDINGS].insert(0, OF_FETUS)
    if critical:
        by_section[IMPRESSION] = [*critical, *by_section.get(IMPRESSION, [])]
    return [(term, by_section[term.code]) for term in report.template.sections if by_section.get(term.code)]


def _name(group: ReportGroup, names: Mapping[str, str], report: Report) -> str:
    """Return what a paragraph starts with: for a conclusion that is of which lesions it is.

    Where rules found something critical that the author denies, the denial is said to be the author's.
    """
    role = group.definition.role
    if role is Role.CRITICAL and report.critical and any(item.value == DENIED for item in group.items):
        return BY_AUTHOR
    return subject(report, group) if role is Role.IMPRESSION else names[group.uid]


def _paragraphs(group: ReportGroup, name: str, beside: str) -> list[Paragraph]:
    """Return the paragraph of a group; none for one that says nothing. ``beside`` ends what is said of the findings."""
    if not group.items:
        return []
    said = paragraph(group, name)
    if not said.sentences:
        return []
    if beside and said.sentences[0].startswith(f"{OF_FINDINGS} "):
        said = said._replace(sentences=[f"{said.sentences[0].removesuffix('.')} ({beside}).", *said.sentences[1:]])
    return [said]

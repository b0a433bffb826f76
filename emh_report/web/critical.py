"""A critical finding on the form: who has to be told how soon, and the record that somebody was."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from emh_report.context import Context
from emh_report.plan import Plan
from emh_report.report import CriticalFinding
from emh_report.web import sheet as sheets
from emh_report.web.language import phrase
from emh_report.web.sheet import Entry, Sheet

GROUP, COMMUNICATION = "critical", "communication"
WITHIN: Final = {"cat-1": phrase("within minutes"), "cat-2": phrase("within hours"), "cat-3": phrase("within days")}


def lines(found: Sequence[CriticalFinding]) -> list[tuple[str, str]]:
    """Return label and time of each finding, once, most urgent first."""
    ordered = sorted(found, key=lambda one: one.urgency)
    return list(dict.fromkeys((one.label, WITHIN.get(one.urgency, one.urgency)) for one in ordered))


def recorded(sheet: Sheet) -> bool:
    """Whether the form says that somebody was told, or why not yet."""
    return any(_text(entry, "communication-status") for entry in sheet.of(GROUP))


def record(
    plan: Plan, sheet: Sheet, found: Sequence[CriticalFinding], context: Context, *, told: bool
) -> tuple[Sheet, str]:
    """Return the sheet with the finding marked and a record begun, and the name of the question to answer next."""
    entries = sheet.of(GROUP)
    if not entries or GROUP not in plan.template.groups:
        return sheet, ""
    fields = plan.template.groups[GROUP].fields
    for entry in entries:
        entry.texts["critical-present"] = ("yes",)
        category = fields.get("critical-category")
        urgent = min((one.urgency for one in found), default="")
        if category and category.vocabulary and urgent in category.vocabulary.terms:
            _answer(entry, "critical-category", category.vocabulary.terms[urgent].display)
        entry.texts["communication-status"] = ("Communicated" if told else "Pending",)
    if not told:
        return sheet, f"{GROUP}.1.communication-pending-reason"
    if not sheet.of(COMMUNICATION):
        sheet, _ = sheets.added(plan, sheet, COMMUNICATION)
        author = ", ".join(part for part in (context.author.family, " ".join(context.author.given)) if part)
        _answer(sheet.of(COMMUNICATION)[0], "communicated-by", author)
    return sheet, f"{COMMUNICATION}.1.communicated-to"


def _text(entry: Entry, field_id: str) -> str:
    return next((text for text in entry.texts.get(field_id, ()) if text.strip()), "")


def _answer(entry: Entry, field_id: str, text: str) -> None:
    """Answer a question that has no answer yet."""
    if field_id in entry.definition.fields and not _text(entry, field_id):
        entry.texts[field_id] = (text,)

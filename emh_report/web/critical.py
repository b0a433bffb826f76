"""A critical finding on the form: who has to be told how soon, and the record that somebody was."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final

from emh_report.draft import Coded
from emh_report.phrases import phrase
from emh_report.plan import Plan
from emh_report.report import CriticalFinding
from emh_report.web import sheet as sheets
from emh_report.web.messages import Message
from emh_report.web.sheet import Entry, Sheet
from emh_report.web.typed import Words

GROUP, COMMUNICATION = "critical", "communication"
STATUS: Final = "communication-status"
WITHIN: Final = {"cat-1": phrase("within minutes"), "cat-2": phrase("within hours"), "cat-3": phrase("within days")}


def lines(found: Sequence[CriticalFinding]) -> list[tuple[str, str]]:
    """Return label and time of each finding, once, most urgent first."""
    ordered = sorted(found, key=lambda one: one.urgency)
    return list(dict.fromkeys((one.label, WITHIN.get(one.urgency, one.urgency)) for one in ordered))


class Told(StrEnum):
    """What the form says about who was told."""

    NOTHING = "nothing"
    PENDING = "pending"
    INCOMPLETE = "incomplete"
    RECORDED = "recorded"


def told(sheet: Sheet, words: Words, messages: Iterable[Message]) -> Told:
    """Return what is known: recorded only where the form says so and nothing about it is wrong or missing."""
    said = [_status(entry, words) for entry in sheet.of(GROUP) if _text(entry, STATUS)]
    if not said:
        return Told.NOTHING
    if "pending" in said:
        return Told.PENDING
    wrong = any(_about(message) and message.kind in ("error", "missing") for message in messages)
    return Told.INCOMPLETE if wrong or set(said) != {"communicated"} else Told.RECORDED


def record(plan: Plan, sheet: Sheet, found: Sequence[CriticalFinding], by: str, *, told: bool) -> tuple[Sheet, str]:
    """Return the sheet with the finding marked and a record begun, and the name of the question to answer next.

    ``by`` is the name of who pressed the button: nobody else is said to have told.
    """
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
        entry.texts[STATUS] = ("Communicated" if told else "Pending",)
    if not told:
        return sheet, f"{GROUP}.1.communication-pending-reason"
    if not sheet.of(COMMUNICATION):
        sheet, _ = sheets.added(plan, sheet, COMMUNICATION)
        _answer(sheet.of(COMMUNICATION)[0], "communicated-by", by)
    return sheet, f"{COMMUNICATION}.1.communicated-to"


def _status(entry: Entry, words: Words) -> str:
    value = words.read(entry.definition.fields[STATUS], _text(entry, STATUS))
    return value.code if isinstance(value, Coded) else ""


def _about(message: Message) -> bool:
    return message.target.removeprefix("group-").partition(".")[0] in (GROUP, COMMUNICATION)


def _text(entry: Entry, field_id: str) -> str:
    return next((text for text in entry.texts.get(field_id, ()) if text.strip()), "")


def _answer(entry: Entry, field_id: str, text: str) -> None:
    """Answer a question that has no answer yet."""
    if field_id in entry.definition.fields and not _text(entry, field_id):
        entry.texts[field_id] = (text,)

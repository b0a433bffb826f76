"""Warnings that the author has read and decided to keep: which rule, what it says, and the reason given."""

from __future__ import annotations

from typing import Final

from emh_report.codes import Code, Concept
from emh_report.export.fhir.datatypes import Json, clean, coding, concept
from emh_report.export.fhir.writer import Writer
from emh_report.issues import Issue, Where
from emh_report.own_codes import RULES, STATEMENTS
from emh_report.report import Report

SECTION: Final = "kept-warnings"
KEPT: Final = Concept(STATEMENTS, "kept-warning", "Warning kept by the author")
NO_RULES: Final = frozenset({"critical-unflagged", "critical-left-out", "template-modality"})
"""Warnings that come from no rule file, so that their codes are not among those of rules."""


def kept_warnings(writer: Writer) -> None:
    """Add an Observation for every kept warning: the rule as its value, the reason as a note, its group as focus."""
    alike: dict[tuple[str, ...], int] = {}
    for issue in _kept(writer.report):
        system = STATEMENTS if issue.rule_id in NO_RULES else RULES
        rule: Json = {"coding": [coding(Code(system, issue.rule_id, ""))], "text": issue.message}
        body: Json = {"valueCodeableConcept": rule, "note": [{"text": clean(issue.override_reason)}]}
        about = _about(writer, issue.where)
        if about is not None:
            body["focus"] = [about]
        parts = (issue.rule_id, issue.where.group_uid, issue.where.field_id)
        number = (str(alike[parts]),) if parts in alike else ()
        alike[parts] = alike.get(parts, 0) + 1
        name = writer.name("", KEPT.code, *parts, *number)
        writer.result(SECTION, writer.observe(name, writer.stated, concept(KEPT), body))


def _about(writer: Writer, where: Where) -> Json | None:
    """Return the reference to what a warning is about; by identifier where none of its answers left as a resource."""
    if where.group_uid in writer.groups or not (where.group_id and where.group_uid):
        return writer.groups.get(where.group_uid)
    return {"identifier": writer.instance(where.group_id, where.group_uid)}


def words(report: Report) -> str:
    """Return the kept warnings with their reasons, two lines each; empty when there are none."""
    return "\n".join(
        f"{issue.message} ({issue.rule_id})\nReason given: {clean(issue.override_reason)}" for issue in _kept(report)
    )


def _kept(report: Report) -> list[Issue]:
    return [issue for issue in report.issues if issue.override_reason]

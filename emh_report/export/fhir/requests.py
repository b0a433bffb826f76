"""Advice and messages: what should happen next, and who was told."""

from __future__ import annotations

from typing import Final

from emh_report.export.fhir.answers import add_statement, choices, date, text
from emh_report.export.fhir.datatypes import Json
from emh_report.export.fhir.observations import panel
from emh_report.export.fhir.writer import Writer
from emh_report.report import Amount, ReportGroup

ACTION: Final = "recommendation"
MODALITY: Final = "recommendation-modality"
INTERVAL: Final = "recommendation-interval"
CONDITION: Final = "recommendation-contingency"
SENDER: Final = "communicated-by"
RECIPIENT: Final = "communicated-to"
METHOD: Final = "communication-method"
TIME: Final = "communication-time"
CONTENT: Final = "communication-content"
STATUS: Final = "communication-status"
REASON: Final = "communication-pending-reason"
PENDING: Final = "pending"


def recommendation(writer: Writer, group: ReportGroup) -> None:
    """Add advice as a ServiceRequest that nobody has ordered yet (status draft, intent proposal)."""
    actions = choices(group, ACTION)
    if not actions:
        panel(writer, group)
        return
    body: Json = {
        "status": writer.state("draft"),
        "intent": "proposal",
        "code": actions[0],
        "subject": writer.subject,
        **_interval(group),
        **_issued(writer),
        "reasonReference": [writer.document("DiagnosticReport")],
    }
    condition = text(group, CONDITION)
    elements = {
        ACTION: ("", True),
        MODALITY: ("orderDetail", choices(group, MODALITY)),
        CONDITION: ("asNeededCodeableConcept", {"text": condition} if condition else None),
    }
    add_statement(writer, group, "ServiceRequest", body, "supportingInfo", elements)


def _interval(group: ReportGroup) -> Json:
    """Return when, in words: relative to an examination, so no date. The exact interval is supporting information."""
    interval = next((item.value for item in group.of(INTERVAL) if isinstance(item.value, Amount)), None)
    if interval is None:
        return {}
    return {"occurrenceTiming": {"code": {"text": f"in {interval.text} {interval.unit.display}"}}}


def _issued(writer: Writer) -> Json:
    """Return who asks for something and since when."""
    issued = writer.report.context.report.issued
    found: Json = {"authoredOn": issued} if issued else {}
    return found | {"requester": writer.authors[0]} if writer.authors else found


def communication(writer: Writer, group: ReportGroup) -> None:
    """Add a message that was given: by whom, to whom, how, when, what."""
    about = [writer.document("DiagnosticReport")]
    body: Json = {"status": writer.state("completed"), "subject": writer.subject, "reasonReference": about}
    sender, recipient, content = text(group, SENDER), text(group, RECIPIENT), text(group, CONTENT)
    elements = {
        SENDER: ("sender", {"display": sender} if sender else None),
        RECIPIENT: ("recipient", [{"display": recipient}] if recipient else None),
        METHOD: ("medium", choices(group, METHOD)),
        TIME: ("sent", date(group, TIME)),
        CONTENT: ("payload", [{"contentString": content}] if content else None),
    }
    add_statement(writer, group, "Communication", body, "about", elements)


def pending(writer: Writer, group: ReportGroup) -> None:
    """Add the critical findings and, while they are not communicated, the task to do so."""
    panel(writer, group)
    if group.code(STATUS) != PENDING:
        return
    body: Json = {
        "status": writer.state("requested"),
        "intent": "plan",
        "code": {"text": "Communicate critical result"},
        "focus": writer.document("DiagnosticReport"),
        "for": writer.subject,
        "reasonReference": writer.roots[group.uid],
        **_issued(writer),
    }
    reason = text(group, REASON)
    if reason:
        body["statusReason"] = {"text": reason}
    writer.place(group.definition.section, writer.add("Task", writer.name(group.uid, "", "task"), body))

"""Advice and messages: what should happen next, and who was told."""

from __future__ import annotations

from typing import Final

from emh_report.export.fhir.answers import add_statement, choices, date, text
from emh_report.export.fhir.datatypes import Json
from emh_report.export.fhir.diagnosis import ABSENT
from emh_report.export.fhir.observations import panel
from emh_report.export.fhir.writer import Writer
from emh_report.report import Amount, ReportGroup
from emh_report.template import Role

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


def pending(writer: Writer) -> None:
    """Add the task to communicate critical findings while that is not done.

    It is added last, since what it refers to has to be there. A report that is called off leaves no task.
    """
    for group in writer.report.in_role(Role.CRITICAL):
        if writer.status.statements and group.code(STATUS) == PENDING:
            _task(writer, group)


def _task(writer: Writer, group: ReportGroup) -> None:
    body: Json = {
        "status": writer.state("requested"),
        "intent": "plan",
        "code": {"text": "Communicate critical result"},
        "focus": _focus(writer, group),
        "for": writer.subject,
        "reasonReference": writer.roots[group.uid],
        **_issued(writer),
    }
    reason = text(group, REASON)
    if reason:
        body["statusReason"] = {"text": reason}
    writer.place(group.definition.section, writer.add("Task", writer.name(group.uid, "", "task"), body))


def _focus(writer: Writer, group: ReportGroup) -> Json:
    """Return what is to be communicated: the report, or what a companion has in its place.

    That is the most urgent finding that a rule recognised, else the first lesion that is not absent, else the
    study, else what the author stated about critical findings.
    """
    if not writer.companion:
        return writer.document("DiagnosticReport")
    urgent = sorted(writer.report.critical, key=lambda finding: finding.urgency)
    lesions = [lesion.uid for lesion in writer.lesions.values() if lesion.presence != ABSENT]
    known = (writer.roots.get(uid) for uid in (*(finding.group_uid for finding in urgent), *lesions))
    found = next((root for root in known if root is not None), None)
    return found or next(iter(writer.studies), writer.roots[group.uid])

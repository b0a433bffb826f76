"""The audit as AuditEvent resources of FHIR R4, for an audit repository: one entry, one resource.

What a store calls an action is the name ``action`` of the entity's details; its FHIR interaction is create, update,
read or search-type, as it would be over REST. No profile is claimed: IHE BALP asks for the address of the caller,
which the audit has not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from emh_report.codes import Code
from emh_report.context import Identifier
from emh_report.export.fhir import fixed
from emh_report.export.fhir.datatypes import Json, clean, coded, coding, identifier
from emh_report.lifecycle import Action
from emh_report.reads import OperatorAction, ReadAction
from emh_report.records import AuditEntry

_THO = "http://terminology.hl7.org/CodeSystem"
REST: Final = coding(Code(f"{_THO}/audit-event-type", "rest", "RESTful Operation"))
USER: Final = coded(Code(f"{_THO}/extra-security-role-type", "humanuser"))
"""Without a display: copies of this code system disagree on its capitals."""
APPLICATION: Final = coded(fixed.APPLICATION)
SERVER: Final = coding(Code(f"{_THO}/security-source-type", "4", "Application Server"))
OBJECT: Final = coding(Code(f"{_THO}/audit-entity-type", "2", "System Object"))
REPORT: Final = coding(Code(f"{_THO}/object-role", "3", "Report"))
QUERY: Final = coding(Code(f"{_THO}/object-role", "24", "Query"))
TRAIL: Final = coding(Code(f"{_THO}/object-role", "13", "Security Resource"))
REPOSITORY: Final = coding(Code(f"{_THO}/object-role", "17", "Data Repository"))
SAID: Final = [{"text": "named by the program that called, not authenticated"}]


class How(NamedTuple):
    """The letter of DICOM (PS3.15 A.5: create, read, update, execute), the interaction of FHIR, and with what."""

    action: str
    interaction: Json
    role: Json = REPORT


_INTERACTIONS: Final = "http://hl7.org/fhir/restful-interaction"
CHANGED: Final = How("U", coding(Code(_INTERACTIONS, "update", "update")))
ALL_REPORTS: Final = How("E", coding(Code(_INTERACTIONS, "operation", "operation")), REPOSITORY)
HOW: Final[Mapping[str, How]] = {
    Action.CREATE: How("C", coding(Code(_INTERACTIONS, "create", "create"))),
    ReadAction.READ: How("R", coding(Code(_INTERACTIONS, "read", "read"))),
    ReadAction.EXPORT: How("R", coding(Code(_INTERACTIONS, "read", "read"))),
    ReadAction.SEARCH: How("E", coding(Code(_INTERACTIONS, "search-type", "search-type")), QUERY),
    ReadAction.AUDIT: How("R", coding(Code(_INTERACTIONS, "read", "read")), TRAIL),
    **dict.fromkeys(OperatorAction, ALL_REPORTS),
}
"""By what a store calls it; everything else changes a report."""

SOFTWARE: Final = "emh_report"
SUCCESS: Final = "0"
"""AuditEvent.outcome: what failed was not written, and is not in the audit."""


def audit_event(entry: AuditEntry) -> Json:
    """Return an entry as AuditEvent; its id is the digest of its link, so that it can be held against the chain."""
    how = HOW.get(entry.action, CHANGED)
    return {
        "resourceType": "AuditEvent",
        "id": entry.hash,
        "type": REST,
        "subtype": [how.interaction],
        "action": how.action,
        "recorded": entry.at,
        "outcome": SUCCESS,
        "agent": _agents(entry),
        "source": {"observer": {"display": SOFTWARE}, "type": [SERVER]},
        "entity": [_entity(entry)],
    }


def _agents(entry: AuditEntry) -> list[Json]:
    """Return who did it. Of a program that had to show nothing, no more is said than that it was one."""
    found = [*([_person(entry)] if entry.actor.value else []), *([_program(entry)] if entry.program.value else [])]
    found = found or [{"type": APPLICATION, "requestor": True}]
    return [*found, *([_said(entry)] if entry.on_behalf_of.value else [])]


def _person(entry: AuditEntry) -> Json:
    rank: Json = {"role": [{"text": clean(entry.rank)}]} if entry.rank else {}
    return {"type": USER, **rank, "who": {"identifier": identifier(entry.actor)}, "requestor": True}


def _program(entry: AuditEntry) -> Json:
    """Return what called. Where a person is known that one began it: there is one requestor at most."""
    return {
        "type": APPLICATION,
        "who": {"type": "Device", "identifier": identifier(entry.program)},
        "requestor": not entry.actor.value,
    }


def _said(entry: AuditEntry) -> Json:
    """Return for whom a program called: a person whom nobody here has seen, so never the requestor."""
    return {"type": USER, "role": SAID, "who": {"identifier": identifier(entry.on_behalf_of)}, "requestor": False}


def _entity(entry: AuditEntry) -> Json:
    details = {
        "number": str(entry.seq),
        "action": entry.action,
        "status": entry.status,
        "sha256": entry.sha256,
        "request_id": entry.request_id,
        "found": str(entry.found) if entry.found or entry.action == ReadAction.SEARCH else "",
    }
    what: Json = {"what": _what(entry)} if entry.report_id else {}
    return {
        **what,
        "type": OBJECT,
        "role": HOW.get(entry.action, CHANGED).role,
        "detail": [{"type": name, "valueString": clean(value)} for name, value in details.items() if value],
    }


def _what(entry: AuditEntry) -> Json:
    """Return what was changed: a released version has an address over HTTP, a draft has none."""
    if not entry.version:
        return {"type": "DiagnosticReport", "identifier": identifier(Identifier("", entry.report_id))}
    return {"reference": f"DiagnosticReport/{entry.report_id}/_history/{entry.version}"}

"""The audit as AuditEvent resources of FHIR R4, for an audit repository: one entry, one resource.

What a store calls an action is the name ``action`` of the entity's details; its FHIR interaction is create or update,
as it would be over REST. No profile is claimed: IHE BALP asks for the address of the caller, which the audit has not.
"""

from __future__ import annotations

from typing import Final

from emh_report.codes import Code
from emh_report.context import Identifier
from emh_report.export.fhir import fixed
from emh_report.export.fhir.datatypes import Json, clean, coded, coding, identifier
from emh_report.lifecycle import Action
from emh_report.records import AuditEntry

_THO = "http://terminology.hl7.org/CodeSystem"
REST: Final = coding(Code(f"{_THO}/audit-event-type", "rest", "RESTful Operation"))
CREATE: Final = coding(Code("http://hl7.org/fhir/restful-interaction", "create", "create"))
UPDATE: Final = coding(Code("http://hl7.org/fhir/restful-interaction", "update", "update"))
USER: Final = coded(Code(f"{_THO}/extra-security-role-type", "humanuser"))
"""Without a display: copies of this code system disagree on its capitals."""
APPLICATION: Final = coded(fixed.APPLICATION)
SERVER: Final = coding(Code(f"{_THO}/security-source-type", "4", "Application Server"))
OBJECT: Final = coding(Code(f"{_THO}/audit-entity-type", "2", "System Object"))
REPORT: Final = coding(Code(f"{_THO}/object-role", "3", "Report"))

SOFTWARE: Final = "emh_report"
SUCCESS: Final = "0"
"""AuditEvent.outcome: what failed was not written, and is not in the audit."""


def audit_event(entry: AuditEntry) -> Json:
    """Return an entry as AuditEvent; its id is the digest of its link, so that it can be held against the chain."""
    created = entry.action == Action.CREATE
    return {
        "resourceType": "AuditEvent",
        "id": entry.hash,
        "type": REST,
        "subtype": [CREATE if created else UPDATE],
        "action": "C" if created else "U",
        "recorded": entry.at,
        "outcome": SUCCESS,
        "agent": [_person(entry), *([_program(entry)] if entry.program.value else [])],
        "source": {"observer": {"display": SOFTWARE}, "type": [SERVER]},
        "entity": [_entity(entry)],
    }


def _person(entry: AuditEntry) -> Json:
    rank: Json = {"role": [{"text": clean(entry.rank)}]} if entry.rank else {}
    return {"type": USER, **rank, "who": {"identifier": identifier(entry.actor)}, "requestor": True}


def _program(entry: AuditEntry) -> Json:
    """Return what called. The person began it: there is one requestor at most."""
    return {"type": APPLICATION, "who": {"type": "Device", "identifier": identifier(entry.program)}, "requestor": False}


def _entity(entry: AuditEntry) -> Json:
    details = {
        "number": str(entry.seq),
        "action": entry.action,
        "status": entry.status,
        "sha256": entry.sha256,
        "request_id": entry.request_id,
    }
    return {
        "what": _what(entry),
        "type": OBJECT,
        "role": REPORT,
        "detail": [{"type": name, "valueString": clean(value)} for name, value in details.items() if value],
    }


def _what(entry: AuditEntry) -> Json:
    """Return what was changed: a released version has an address over HTTP, a draft has none."""
    if not entry.version:
        return {"type": "DiagnosticReport", "identifier": identifier(Identifier("", entry.report_id))}
    return {"reference": f"DiagnosticReport/{entry.report_id}/_history/{entry.version}"}

"""Provenance: who wrote a report and who answers for it, or who ended it; and the signature of its stored version.

The signature is over the document of the store, whose bytes are what the signer saw; it is carried along as it is,
never made again over FHIR. ``GetReportVersion`` and ``emh-report reports show`` give these bytes.
"""

from __future__ import annotations

import base64
from typing import Final

from emh_report.context import COMPLETE_STATUSES, ReportIdentity, ReportStatus
from emh_report.export.fhir import fixed
from emh_report.export.fhir.datatypes import Json, coded, coding
from emh_report.export.fhir.sources import NOT_KNOWN_WHO, practitioner
from emh_report.export.fhir.versions import composition_status, in_version
from emh_report.export.fhir.writer import Writer

AUTHOR: Final = coded(fixed.AUTHOR)
ATTESTER: Final = coded(fixed.ATTESTER)
PERFORMER: Final = coded(fixed.PERFORMER)
SIGNED: Final = coded(fixed.LEGALLY_AUTHENTICATED)
CREATED: Final = coded(fixed.CREATED)
REVISED: Final = coded(fixed.REVISED)
ENDED: Final = {
    ReportStatus.CANCELLED: coded(fixed.CANCELLED),
    ReportStatus.ENTERED_IN_ERROR: coded(fixed.NULLIFIED),
}
"""What was done to a report that says nothing more."""

SIGNATURE_TYPE: Final = [coding(fixed.VERIFICATION_SIGNATURE)]
FORMATS: Final = {"targetFormat": "application/json", "sigFormat": "application/jose"}
"""Media types of what was signed and of the signature (R4 datatypes, Signature)."""


def provenance(writer: Writer) -> None:
    """Add who made this version of a report, and when.

    A Provenance has no identifier that a server could find it by. So a transaction has one only for a signature, found
    by its tag and time (a chain to the report is a search that servers refuse, or do not follow when they create); a
    document has one wherever somebody is named.
    """
    if not (writer.kind.document or writer.options.signature):
        return
    composed = composition_status(writer.status, writer.kind.version)
    targets = ("Composition", "DiagnosticReport") if composed else ("DiagnosticReport",)
    body = _body(writer, [writer.document(target) for target in targets])
    if body:
        identity = writer.report.context.report
        about = f"recorded={identity.issued.replace('+', '%2B')}"
        writer.add_unnamed("Provenance", writer.name("", "provenance", str(identity.version)), body, about)


def contained(writer: Writer) -> list[Json]:
    """Return the same for a signature within the report that it is about, where a bundle has no entry for it."""
    if not writer.options.signature:
        return []
    body = in_version(writer.kind.version, "Provenance", _body(writer, [{"reference": "#"}]))
    return [{"resourceType": "Provenance", "id": "provenance", **body}]


def _body(writer: Writer, targets: list[Json]) -> Json:
    """Return the elements of a Provenance; nothing where nobody is named and nothing is signed."""
    identity, signature = writer.report.context.report, writer.options.signature
    agents = _agents(writer)
    if not agents:
        if not signature:
            return {}
        agents = [{"type": PERFORMER, "who": NOT_KNOWN_WHO}]
    body: Json = {"target": targets, "recorded": identity.issued, "activity": _activity(identity), "agent": agents}
    return {**body, "signature": [_signature(writer, signature, agents[-1]["who"])]} if signature else body


def _activity(identity: ReportIdentity) -> Json:
    if identity.status in COMPLETE_STATUSES:
        return SIGNED
    return ENDED.get(identity.status) or (CREATED if identity.version == 1 else REVISED)


def _agents(writer: Writer) -> list[Json]:
    """Return who wrote the report and, last, who answers for this version of it.

    Nobody attests to a preliminary report. Whoever may end a report need not be named in it.
    """
    status = writer.report.context.report.status
    if status in ENDED:
        actor = writer.options.actor
        who = practitioner(writer, actor) if actor else None
        return [{"type": PERFORMER, "who": who}] if who else []
    wrote: list[Json] = [{"type": AUTHOR, "who": one} for one in writer.authors[:1]]
    signed: list[Json] = [{"type": ATTESTER, "who": one} for one in writer.authors[-1:]]
    return [*wrote, *signed] if status in COMPLETE_STATUSES else wrote


def _signature(writer: Writer, signature: str, who: object) -> Json:
    data = base64.b64encode(signature.encode()).decode()
    when = writer.report.context.report.issued
    return {"type": SIGNATURE_TYPE, "when": when, "who": who, **FORMATS, "data": data}

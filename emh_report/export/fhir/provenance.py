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
ENDED: Final[dict[ReportStatus, Json]] = {
    ReportStatus.CANCELLED: {"coding": [coding(fixed.CANCELLED), coding(fixed.REVISED)]},
    ReportStatus.ENTERED_IN_ERROR: coded(fixed.NULLIFIED),
}
"""What was done to a report that says nothing more. For a cancellation R4's value set has the broader code only."""

SIGNATURE_TYPE: Final = [coding(fixed.VERIFICATION_SIGNATURE)]
FORMATS: Final = {"targetFormat": "application/json", "sigFormat": "application/jose"}
"""Media types of what was signed and of the signature (R4 datatypes, Signature)."""


def provenance(writer: Writer) -> None:
    """Add who made this version of a report, and when; a companion is no report, so it is about what it says.

    A Provenance has no identifier that a server could find it by. So a transaction has one only for a stored version,
    found by its tag and time (a chain to the report is a search that servers refuse, or do not follow when they
    create); a document has one wherever somebody is named.
    """
    if not (writer.kind.document or _stored(writer)):
        return
    body = _body(writer, _targets(writer))
    if body:
        identity = writer.report.context.report
        about = f"recorded={identity.issued.replace('+', '%2B')}"
        writer.add_unnamed("Provenance", writer.name("", "provenance", str(identity.version)), body, about)


def contained(writer: Writer) -> list[Json]:
    """Return the same within the report that it is about, where a bundle has no entry for it."""
    body = _body(writer, [{"reference": "#"}]) if _stored(writer) else {}
    resource = in_version(writer.kind.version, "Provenance", body)
    return [{"resourceType": "Provenance", "id": "provenance", **resource}] if resource else []


def _stored(writer: Writer) -> bool:
    """Whether this is a version of a store: somebody made it."""
    return bool(writer.options.signature or writer.options.actor)


def _targets(writer: Writer) -> list[Json]:
    if writer.companion:
        return list(writer.groups.values())
    composed = composition_status(writer.status, writer.kind.version)
    targets = ("Composition", "DiagnosticReport") if composed else ("DiagnosticReport",)
    return [writer.document(target) for target in targets]


def _body(writer: Writer, targets: list[Json]) -> Json:
    """Return the elements of a Provenance; nothing where nobody is named and nothing is signed, or about nothing."""
    identity, signature = writer.report.context.report, writer.options.signature
    agents = _agents(writer)
    if not agents and signature:
        agents = [{"type": PERFORMER, "who": NOT_KNOWN_WHO}]
    if not (agents and targets):
        return {}
    body: Json = {"target": targets, "recorded": identity.issued, "activity": _activity(identity), "agent": agents}
    return {**body, "signature": [_signature(writer, signature, agents[-1]["who"])]} if signature else body


def _activity(identity: ReportIdentity) -> Json:
    if identity.status in COMPLETE_STATUSES:
        return SIGNED
    return ENDED.get(identity.status) or (CREATED if identity.version == 1 else REVISED)


def _agents(writer: Writer) -> list[Json]:
    """Return who wrote the report and, last, who answers for this version of it or made it.

    Nobody attests to a preliminary report: who released it is named where that is not its author. Whoever may end a
    report need not be named in it.
    """
    status = writer.report.context.report.status
    if status in ENDED:
        return _acted(writer)
    wrote: list[Json] = [{"type": AUTHOR, "who": one} for one in writer.authors[:1]]
    if status in COMPLETE_STATUSES:
        signed: list[Json] = [{"type": ATTESTER, "who": one} for one in writer.authors[-1:]]
        return wrote + signed
    actor = writer.options.actor
    return wrote if actor and actor.identifier == writer.report.context.author.identifier else wrote + _acted(writer)


def _acted(writer: Writer) -> list[Json]:
    actor = writer.options.actor
    who = practitioner(writer, actor) if actor else None
    return [{"type": PERFORMER, "who": who}] if who else []


def _signature(writer: Writer, signature: str, who: object) -> Json:
    data = base64.b64encode(signature.encode()).decode()
    when = writer.report.context.report.issued
    return {"type": SIGNATURE_TYPE, "when": when, "who": who, **FORMATS, "data": data}

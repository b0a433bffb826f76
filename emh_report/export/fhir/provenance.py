"""Provenance: who wrote a complete report, who answers for it, and the signature of its stored version if it has one.

The signature is over the document of the store, whose bytes are what the signer saw; it is carried along as it is,
never made again over FHIR. ``GetReportVersion`` and ``emh-report reports show`` give these bytes.
"""

from __future__ import annotations

import base64
from typing import Final

from emh_report.context import COMPLETE_STATUSES
from emh_report.export.fhir import fixed
from emh_report.export.fhir.datatypes import Json, coded, coding
from emh_report.export.fhir.writer import Writer

AUTHOR: Final = coded(fixed.AUTHOR)
ATTESTER: Final = coded(fixed.ATTESTER)
SIGNED: Final = coded(fixed.LEGALLY_AUTHENTICATED)
SIGNATURE_TYPE: Final = [coding(fixed.VERIFICATION_SIGNATURE)]
FORMATS: Final = {"targetFormat": "application/json", "sigFormat": "application/jose"}
"""Media types of what was signed and of the signature (R4 datatypes, Signature)."""


def provenance(writer: Writer) -> None:
    """Add who wrote and who signed a complete report, and when.

    A Provenance has no identifier that a server could find it by. So a transaction has one only for a signature, found
    by its tag and time (a chain to the report is a search that servers refuse, or do not follow when they create); a
    document always has one.
    """
    identity = writer.report.context.report
    signature = writer.options.signature
    if identity.status not in COMPLETE_STATUSES or not writer.authors or not (writer.kind.document or signature):
        return
    targets = ("Composition", "DiagnosticReport")
    body: Json = {
        "target": [writer.document(target) for target in targets],
        "recorded": identity.issued,
        "activity": SIGNED,
        "agent": [{"type": AUTHOR, "who": writer.authors[0]}, {"type": ATTESTER, "who": writer.authors[-1]}],
    }
    if signature:
        body["signature"] = [_signature(writer, signature)]
    about = f"recorded={identity.issued.replace('+', '%2B')}"
    writer.add_unnamed("Provenance", writer.name("", "provenance", str(identity.version)), body, about)


def _signature(writer: Writer, signature: str) -> Json:
    data = base64.b64encode(signature.encode()).decode()
    when = writer.report.context.report.issued
    return {"type": SIGNATURE_TYPE, "when": when, "who": writer.authors[-1], **FORMATS, "data": data}

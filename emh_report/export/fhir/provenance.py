"""Provenance: who wrote a complete report and who answers for it."""

from __future__ import annotations

from typing import Final

from emh_report.context import COMPLETE_STATUSES
from emh_report.export.fhir import fixed
from emh_report.export.fhir.datatypes import Json, coded
from emh_report.export.fhir.writer import Writer

AUTHOR: Final = coded(fixed.AUTHOR)
ATTESTER: Final = coded(fixed.ATTESTER)
SIGNED: Final = coded(fixed.LEGALLY_AUTHENTICATED)


def provenance(writer: Writer) -> None:
    """Add who wrote and who signed a complete report, and when. There is no digital signature: that is made outside.

    A Provenance has no identifier that a server could find it by, so only documents have one.
    """
    identity = writer.report.context.report
    if not writer.kind.document or identity.status not in COMPLETE_STATUSES or not writer.authors:
        return
    body: Json = {
        "target": [writer.document("Composition"), writer.document("DiagnosticReport")],
        "recorded": identity.issued,
        "activity": SIGNED,
        "agent": [{"type": AUTHOR, "who": writer.authors[0]}, {"type": ATTESTER, "who": writer.authors[-1]}],
    }
    writer.add_unnamed("Provenance", writer.name("", "provenance", str(identity.version)), body)

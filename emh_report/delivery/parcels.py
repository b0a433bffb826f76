"""What is sent of a version: a pure function of what was signed and of what was sent before it."""

from __future__ import annotations

from typing import Final

from emh_report import pipeline
from emh_report.catalog import Catalog
from emh_report.deliveries import Versions
from emh_report.delivery.sender import PeerSettings
from emh_report.export import Format, export
from emh_report.records import StoredVersion
from emh_report.restated import restated
from emh_report.store.claims import Frozen

RELEASED: Final = Versions.RELEASED
TRANSACTIONS: Final = (Format.FHIR_R4_TRANSACTION, Format.FHIR_R5_TRANSACTION)
DOCUMENTS: Final = (Format.FHIR_R4_DOCUMENT, Format.FHIR_R5_DOCUMENT)
"""Bundles that are kept whole: no server looks for a Provenance of theirs."""


def make(
    catalog: Catalog, version: StoredVersion, earlier: tuple[StoredVersion, ...], settings: PeerSettings
) -> Frozen:
    """Return a version as its peer gets it.

    A FHIR bundle says who made the version and carries its signature along, unless its peer cannot take that. A
    transaction also takes back what earlier versions said that the peer may have got, and this one does not. Raises
    InvalidReportError where the version has no such form or its template is not installed any more, and
    NotAsSignedError.
    """
    from emh_report.export import fhir

    report, worded = restated(catalog, version)
    sent = [one for one in reversed(earlier) if one.signature or settings.versions is RELEASED]
    carries = settings.carries_signature
    signature = version.signature if carries else ""
    patient = settings.create_patient
    actor = version.document.actor.person if carries or settings.content in DOCUMENTS else None
    if not sent or settings.content not in TRANSACTIONS:
        made = export(report, settings.content, create_patient=patient, signature=signature, actor=actor, worded=worded)
        return Frozen(made.content, made.content_type)
    kind = fhir.KINDS[settings.content.value]
    before = [pipeline.release(catalog, one.document.draft, one.document.context).report for one in sent]
    options = fhir.Options(create_patient=patient, signature=signature, actor=actor)
    bundle = fhir.transaction(report, worded, options, before, kind.version)
    return Frozen(fhir.to_json(bundle), f"application/fhir+json; fhirVersion={kind.version.value}")

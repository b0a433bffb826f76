"""Released versions as FHIR resources: those of the transaction, each with an id, and references that lead here."""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from emh_report import pipeline
from emh_report.catalog import Catalog
from emh_report.errors import InvalidReportError
from emh_report.export import fhir
from emh_report.export.narrative import narrate
from emh_report.fhir_http import ids
from emh_report.fhir_http.outcomes import RefusedError
from emh_report.fhir_http.releases import FhirRelease
from emh_report.intake.content import Json
from emh_report.records import FoundVersion, StoredVersion
from emh_report.report import Narrative, Report

if TYPE_CHECKING:
    from emh_report.store import Store

KEPT: Final = 64
"""Versions that are kept ready."""
REPORT: Final = "DiagnosticReport"


class Said(NamedTuple):
    """What a version says: as a tree, and in words; no words where they would not be those that were signed.

    ``options`` are how it leaves: with its patient, and with its signature.
    """

    report: Report
    narrative: Narrative | None
    signed: str
    options: fhir.Options


class Shelf:
    """Opens released versions. Thread-safe: a version never changes."""

    def __init__(self, catalog: Catalog, store: Store, release: FhirRelease) -> None:
        """Take the store, and the templates that its drafts are read by."""
        self._catalog = catalog
        self.store = store
        self._release = release
        self.opened = functools.lru_cache(KEPT)(self._open)

    def said(self, stored: StoredVersion) -> Said:
        """Return what a version says. Raises RefusedError (500) where the templates installed here cannot say it."""
        document = stored.document
        try:
            report = pipeline.release(self._catalog, document.draft, document.context).report
        except InvalidReportError:
            reason = "the templates and rules installed here do not read this version as it was released"
            raise RefusedError(500, "processing", reason) from None
        narrative = narrate(report)
        same = narrative.text == document.narrative
        options = fhir.Options(create_patient=True, signature=stored.signature, actor=document.actor.person)
        return Said(report, narrative if same else None, document.narrative, options)

    def _open(self, one: FoundVersion) -> Mapping[str, Json]:
        """Return the resources of a version by ``type/id``."""
        said = self.said(self.store.version(one.report_id, one.version))
        bundle = fhir.transaction(said.report, said.narrative, said.options, version=self._release.bundles)
        return self._served(one, bundle, said)

    def withdrawn(self, one: FoundVersion, earlier: FoundVersion) -> Mapping[str, Json]:
        """Return what ``earlier`` said and ``one`` does not, as entered in error, beside what ``one`` says."""
        said = self.said(self.store.version(one.report_id, one.version))
        before = self.said(self.store.version(earlier.report_id, earlier.version)).report
        bundle = fhir.transaction(said.report, said.narrative, said.options, before, self._release.bundles)
        return self._served(one, bundle, said)

    def document(self, one: FoundVersion) -> Json:
        """Return a version as a document. Raises InvalidReportError, and RefusedError (422)."""
        said = self.said(self.store.version(one.report_id, one.version))
        if said.narrative is None:
            reason = "this version would be worded otherwise than it was signed, so no document is made of it"
            raise RefusedError(422, "conflict", reason)
        return fhir.document(said.report, said.narrative, self._release.bundles, said.options)

    def _served(self, one: FoundVersion, bundle: Json, said: Said) -> Mapping[str, Json]:
        entries = bundle["entry"]
        names = {entry["fullUrl"]: _name(one.report_id, entry) for entry in entries}
        found = {}
        for entry in entries:
            name = names[entry["fullUrl"]]
            found[name] = _resource(entry["resource"], name.partition("/")[2], one, names)
        if said.narrative is None and f"{REPORT}/{one.report_id}" in found:
            found[f"{REPORT}/{one.report_id}"]["presentedForm"] = [_words(said, self._release)]
        return found


def _name(report_id: str, entry: Json) -> str:
    type_ = entry["resource"]["resourceType"]
    return f"{type_}/{report_id if type_ == REPORT else ids.of_part(report_id, entry['fullUrl'])}"


def _resource(resource: Json, id_: str, one: FoundVersion, names: Mapping[str, str]) -> Json:
    meta = {"versionId": str(one.version), "lastUpdated": one.at, **resource.get("meta", {})}
    rest = {name: _linked(value, names) for name, value in resource.items() if name not in ("resourceType", "meta")}
    return {"resourceType": resource["resourceType"], "id": id_, "meta": meta, **rest}


def _linked(value: Json, names: Mapping[str, str]) -> Json:
    """Return ``value`` with references to entries of the bundle as references to what is served."""
    if isinstance(value, dict):
        return {
            name: names.get(inner, inner) if name == "reference" and isinstance(inner, str) else _linked(inner, names)
            for name, inner in value.items()
        }
    return [_linked(inner, names) for inner in value] if isinstance(value, list) else value


def _words(said: Said, release: FhirRelease) -> Json:
    """Return the very words that were signed, where this installation would choose others."""
    data = said.signed.encode()
    digest = hashlib.sha1(data, usedforsecurity=False).digest()
    size = len(data)
    return {
        "contentType": "text/plain; charset=utf-8",
        "language": said.report.template.language,
        "data": base64.b64encode(data).decode(),
        "size": size if release.name == "R4" else str(size),
        "hash": base64.b64encode(digest).decode(),
        "title": said.report.title,
    }

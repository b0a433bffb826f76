"""What is answered over HTTP: metadata, definitions, operations, searches, and every resource of a report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import orjson

from conformance.findings import Json
from emh_report.bulk.audit_events import audit_event
from emh_report.context import Identifier
from emh_report.fhir_http.releases import RELEASES
from emh_report.reads import OperatorAction, Read, ReadAction
from emh_report.records import AuditEntry
from emh_report.store.noting import note
from tests.fhir_service import ask, local_references, report, service
from tests.program import RIS, called_by
from tests.store_reports import ATTENDING

AUDITED: Final = "R4"
"""The one release that the audit is written in."""
SITE: Final = "https://emh-report.test/fhir/CodeSystem/site"
ICD: Final = "http://hl7.org/fhir/sid/icd-10-cm"
NOT_THERE: Final = "DiagnosticReport/none"
PUBLISHED: Final = (
    "metadata",
    "metadata?mode=terminology",
    "OperationDefinition/diagnostic-report-document",
    "SearchParameter/diagnostic-report-accession",
    "ValueSet/certainty/$expand?includeDesignations=true",  # whole: the validator counts what is missing
    f"CodeSystem/$lookup?system={SITE}&code=paraspinal-thoracic",
    f"CodeSystem/$validate-code?url={SITE}&code=liver&display=Spleen",
    f"CodeSystem/$subsumes?system={SITE}&codeA=liver&codeB=spleen",
    NOT_THERE,
)
TRANSLATED: Final = {
    "R4": f"ConceptMap/$translate?system={ICD}&reverse=true&code=D56.1",
    "R5": f"ConceptMap/$translate?system={ICD}&targetCode=D56.1",
}


def write(folder: Path) -> Iterator[tuple[Path, Path | None]]:
    """Write what is judged to ``folder``; yield each file, and where what it refers to is found, if not in itself.

    Names end in the FHIR release.
    """
    with called_by(RIS):
        report_id = report()
    for release in RELEASES:
        parts = list(_parts(release, f"DiagnosticReport/{report_id}"))
        context = folder / f"referred-{release}"
        context.mkdir()
        for part in parts:
            (context / f"{part['resourceType']}-{part['id']}.json").write_bytes(orjson.dumps(part))
        found: list[tuple[str, bytes, Path | None]] = [
            ("report", _collection(release, parts), None),
            ("metadata", _collection(release, _published(release)), None),
            ("search", ask(f"{release}/DiagnosticReport?_id={report_id}").body, context),
            ("history", ask(f"{release}/DiagnosticReport/{report_id}/_history").body, context),
        ]
        if release == AUDITED:
            events = map(audit_event, _audited(report_id))
            found.append(("audit", _collection(release, events), context))
        for name, content, near in found:
            file = folder / f"served-{name}-{release.lower()}.json"
            file.write_bytes(content)
            yield file, near


def _audited(report_id: str) -> list[AuditEntry]:
    """Return what the audit says of a report, and of reads: of the report by nobody who is known, and a search."""
    store = service().store
    before = store.verify().links
    for read in (Read(ReadAction.READ, report_id, 1), Read(ReadAction.READ, report_id, actor=ATTENDING)):
        note(store.ledger, read)
    with called_by(RIS, Identifier("https://fhir.hospital.test/staff", "S-7")):
        note(store.ledger, Read(ReadAction.READ, report_id, actor=ATTENDING))
        note(store.ledger, Read(ReadAction.SEARCH, found=2))
    for action in (ReadAction.AUDIT, *OperatorAction):
        note(store.ledger, Read(action, found=2, actor=ATTENDING))
    return [*store.audit(report_id=report_id), *(one for one in store.audit(before) if not one.report_id)]


def _published(release: str) -> Iterator[Json]:
    for path in (*PUBLISHED, TRANSLATED[release]):
        yield ask(f"{release}/{path}").json


def _parts(release: str, first: str) -> Iterator[Json]:
    """Yield a resource and everything that it refers to, directly and by others."""
    todo, done = [first], set[str]()
    while todo:
        name = todo.pop()
        if name not in done:
            done.add(name)
            resource = ask(f"{release}/{name}").json
            yield resource
            todo += local_references(resource)


def _collection(release: str, resources: Iterable[Json]) -> bytes:
    entries = []
    for place, resource in enumerate(resources):
        urn = f"urn:uuid:00000000-0000-4000-8000-{place:012d}"
        url = f"{service().base}/{release}/{resource['resourceType']}/{resource['id']}" if "id" in resource else urn
        entries.append({"fullUrl": url, "resource": resource})
    return orjson.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries})

"""What is answered over HTTP: metadata, definitions, operations, searches, and every resource of a report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import orjson

from conformance.findings import Json
from emh_report.fhir_http.releases import RELEASES
from tests.fhir_service import ask, local_references, report, service

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
    f"ConceptMap/$translate?system={ICD}&reverse=true&code=D56.1",
    NOT_THERE,
)


def outputs() -> Iterator[tuple[str, bytes]]:
    """Yield what is judged, with a name that ends in the FHIR release.

    Of R5 only a report with everything it refers to: the value sets of languages and types that R5 binds statements to
    are not whole in the packages that the judges work with offline.
    """
    report_id = report()
    for release in RELEASES:
        yield f"served-report-{release.lower()}", _collection(release, _parts(release, f"DiagnosticReport/{report_id}"))
    yield "served-metadata-r4", _collection("R4", _published("R4"))
    yield "served-search-r4", ask(f"R4/DiagnosticReport?_id={report_id}").body
    yield "served-history-r4", ask(f"R4/DiagnosticReport/{report_id}/_history").body


def _published(release: str) -> Iterator[Json]:
    for path in PUBLISHED:
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

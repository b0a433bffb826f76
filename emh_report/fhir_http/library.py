"""What an installation publishes, by type, id and URL: terminology, Questionnaires, and definitions of our own."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from emh_report import __version__
from emh_report.catalog import Catalog
from emh_report.export.fhir import to_json
from emh_report.export.terminology import terminology
from emh_report.fhir_http import definitions
from emh_report.fhir_http.criteria import Search
from emh_report.fhir_http.matching import all_fit
from emh_report.fhir_http.outcomes import RefusedError
from emh_report.fhir_http.releases import FhirRelease
from emh_report.fhir_http.served import Answer, Kind, Matches, SearchParameter
from emh_report.intake.content import Json
from emh_report.questionnaires import as_resource

ORDERS: Final = ("_id",)
"""There is one order."""
DIGITS: Final = 16


class Library:
    """The published resources of one FHIR release. Thread-safe: nothing in it changes."""

    def __init__(self, catalog: Catalog, release: FhirRelease, maps: frozenset[str] = frozenset()) -> None:
        """Take the catalog; ``maps`` are the optional code maps that the site is licensed for."""
        self.release = release
        self.loaded = datetime.now(UTC).isoformat(timespec="seconds")
        self.types: dict[str, dict[str, Json]] = {}
        self.canonical: dict[tuple[str, str], Json] = {}
        """Resources by type and URL; the newest version of each."""
        for one in [*terminology(catalog, release.terms, __version__, maps), *_forms(catalog, release)]:
            self._add(one)
        for one in definitions.resources(release):
            self._add(one)

    def _add(self, resource: Json) -> None:
        self.types.setdefault(resource["resourceType"], {})[resource["id"]] = resource
        self.canonical[resource["resourceType"], resource["url"]] = resource

    def get(self, type_: str, id_: str) -> Json:
        """Return one resource. Raises RefusedError (404)."""
        found = self.types.get(type_, {}).get(id_)
        if found is None:
            raise RefusedError(404, "not-found", f"there is no {type_} with this id here")
        return found

    def by_url(self, type_: str, url: str, version: str = "", *, name: str = "url") -> Json:
        """Return one resource by its canonical URL, which may end in ``|version``. Raises RefusedError (404)."""
        url, _, stated = url.partition("|")
        found = self.canonical.get((type_, url))
        wanted = version or stated
        if found is None or (wanted and found["version"] != wanted):
            what = f"with this URL and version; installed is {found['version']}" if found else "with this URL"
            raise RefusedError(404, "not-found", f"there is no {type_} {what}", expression=name)
        return found

    def instance(self, type_: str, id_: str, url: str = "", version: str = "", *, name: str = "version") -> Json:
        """Return one resource by id, as what may be stated beside it. Raises RefusedError (404, 400)."""
        found = self.get(type_, id_)
        stated, _, of_url = url.partition("|")
        if stated and stated != found["url"]:
            reason = f"url: this {type_} has another; ask without it, or {type_} by its url"
            raise RefusedError(400, "invalid", reason, expression="url")
        if version or of_url:
            return self.by_url(type_, found["url"], version or of_url, name=name)
        return found

    def read(self, type_: str, id_: str) -> Answer:
        """Return one resource as an answer."""
        resource = self.get(type_, id_)
        return Answer(resource, self._etag(type_, id_))

    @functools.cache  # noqa: B019 - a library lives as long as the process
    def _etag(self, type_: str, id_: str) -> str:
        return hashlib.sha256(to_json(self.types[type_][id_])).hexdigest()[:DIGITS]

    def search(self, type_: str, search: Search, start: int) -> Matches:
        """Return one page, in the order of ids."""
        found = [one for _, one in sorted(self.types[type_].items()) if all_fit(search.criteria, one)]
        if not search.size:
            return Matches([], total=len(found))
        end = start + search.size
        return Matches([Answer(one) for one in found[start:end]], end if end < len(found) else 0)


def _forms(catalog: Catalog, release: FhirRelease) -> Iterator[Json]:
    """Yield the Questionnaire of every version of every template; the newest goes by the id of the template."""
    for (template_id, version), _ in sorted(catalog.plans.items(), key=lambda one: _newest_last(catalog, one[0])):
        form = as_resource(catalog, template_id, release.forms, version)
        yield form if version == catalog.newest[template_id] else {**form, "id": f"{template_id}-{version}"}


def _newest_last(catalog: Catalog, key: tuple[str, str]) -> tuple[str, bool, str]:
    template_id, version = key
    return template_id, version == catalog.newest[template_id], version


CONFORMANCE: Final[Mapping[str, str]] = {"R4": "conformance", "R5": "CanonicalResource"}
SYSTEMS: Final = {"status": "http://hl7.org/fhir/publication-status"}
"""Code systems of elements that are codes."""
NAMES: Final = (
    ("url", Kind.URI, "Canonical URL"),
    ("version", Kind.TOKEN, "Business version"),
    ("name", Kind.STRING, "Beginning of the name for programs"),
    ("title", Kind.STRING, "Beginning of the title"),
    ("status", Kind.TOKEN, "Status of publication"),
)


def parameters(type_: str, release: FhirRelease) -> tuple[SearchParameter, ...]:
    """Return what published resources of a type are found by."""
    own = release.name == "R4" and type_ == "Questionnaire"  # in R4 those of Questionnaires stand apart
    prefix = "Questionnaire" if own else CONFORMANCE[release.name]
    rows = [
        SearchParameter(name, kind, f"{definitions.HL7}/{prefix}-{name}", words, _values(name, kind))
        for name, kind, words in NAMES
    ]
    return (
        SearchParameter("_id", Kind.TOKEN, f"{definitions.HL7}/Resource-id", "Id", _values("id", Kind.TOKEN)),
        *rows,
    )


def _values(name: str, kind: Kind) -> functools.partial[Sequence[object]]:
    return functools.partial(_token if kind is Kind.TOKEN else _plain, name)


def _plain(name: str, resource: Json) -> Sequence[object]:
    return [resource[name]] if name in resource else []


def _token(name: str, resource: Json) -> Sequence[object]:
    return [(SYSTEMS.get(name, ""), resource[name])] if name in resource else []

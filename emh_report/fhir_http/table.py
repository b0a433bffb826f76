"""The table of what is served: one row for each type of resource."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from emh_report.catalog import Catalog
from emh_report.fhir_http import library as libraries
from emh_report.fhir_http.code_systems import CodeSystems
from emh_report.fhir_http.concept_maps import ConceptMaps
from emh_report.fhir_http.library import Library
from emh_report.fhir_http.releases import FhirRelease
from emh_report.fhir_http.served import Operation, Served
from emh_report.fhir_http.validation import Validation
from emh_report.fhir_http.value_sets import ValueSets

if TYPE_CHECKING:
    from emh_report.store import Store

PUBLISHED: Final[Mapping[str, str]] = {
    "CodeSystem": "Every code that this service has of its own",
    "ValueSet": "Sets of codes that answers are chosen from",
    "ConceptMap": "How our terms relate to codes elsewhere",
    "Questionnaire": "Report templates as forms",
    "OperationDefinition": "Operations of our own",
    "SearchParameter": "Search parameters of our own",
}


def make(catalog: Catalog, library: Library, release: FhirRelease, store: Store | None) -> Mapping[str, Served]:
    """Return the table of one FHIR release by type. Without ``store`` there are no reports."""
    validation = Validation(catalog, release)
    rows = [*_published(library, release)]
    rows.append(Served("Bundle", "Content from outside, to be checked", operations=(validation.operation("Bundle"),)))
    if store is not None:
        from emh_report.fhir_http import reports

        rows += reports.rows(catalog, store, release, validation)
    return {one.type: one for one in rows}


def _published(library: Library, release: FhirRelease) -> Iterator[Served]:
    systems = CodeSystems(library)
    operations: Mapping[str, tuple[Operation, ...]] = {
        "CodeSystem": systems.operations(),
        "ValueSet": ValueSets(library, systems).operations(),
        "ConceptMap": ConceptMaps(library).operations(),
    }
    for type_, words in PUBLISHED.items():
        yield Served(
            type_,
            words,
            read=functools.partial(library.read, type_),
            search=functools.partial(library.search, type_),
            parameters=libraries.parameters(type_, release),
            orders=libraries.ORDERS,
            operations=operations.get(type_, ()),
        )

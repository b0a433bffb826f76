"""Whether something that was found fits a criterion: one function for each type of search parameter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from emh_report.fhir_http import spans
from emh_report.fhir_http.criteria import Criterion, Token
from emh_report.fhir_http.ids import same
from emh_report.fhir_http.served import Kind


def fits(criterion: Criterion, found: object) -> bool:
    """Whether any value of ``found`` fits any value that was asked for."""
    compare = COMPARED[criterion.parameter.kind]
    values = criterion.parameter.values(found)
    return any(compare(value, wanted) for value in values for wanted in criterion.values)


def all_fit(criteria: Iterable[Criterion], found: object) -> bool:
    """Whether every criterion fits."""
    return all(fits(criterion, found) for criterion in criteria)


def _token(value: tuple[str, str], wanted: Token) -> bool:
    system, code = value
    return (wanted.system is None or wanted.system == system) and wanted.code in ("", code)


def _string(value: str, wanted: str) -> bool:
    return value.casefold().startswith(wanted.casefold())


def _uri(value: str, wanted: str) -> bool:
    return value == wanted


def _reference(value: str, wanted: str) -> bool:
    """Compare ``Type/id`` with an id, ``Type/id`` or a URL that ends so."""
    type_, _, id_ = value.partition("/")
    *before, given = wanted.split("/")
    return (not before or before[-1] == type_) and same(id_, given)


COMPARED: Final[Mapping[Kind, Callable[[Any, Any], bool]]] = {
    Kind.TOKEN: _token,
    Kind.STRING: _string,
    Kind.URI: _uri,
    Kind.DATE: spans.fits,
    Kind.REFERENCE: _reference,
}

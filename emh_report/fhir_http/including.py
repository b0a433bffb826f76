"""What may come beside the reports that a search finds, out of what those reports consist of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from emh_report.fhir_http.served import Include
from emh_report.intake.content import Json

INCLUDE, ITERATE, REVERSE = "_include", "_include:iterate", "_revinclude"
INCLUDES: Final = (
    Include(INCLUDE, "DiagnosticReport", "DiagnosticReport:patient", "subject"),
    Include(INCLUDE, "DiagnosticReport", "DiagnosticReport:subject", "subject"),
    Include(INCLUDE, "DiagnosticReport", "DiagnosticReport:based-on", "basedOn"),
    Include(INCLUDE, "DiagnosticReport", "DiagnosticReport:result", "result"),
    Include(INCLUDE, "DiagnosticReport", "DiagnosticReport:performer", "performer"),
    Include(INCLUDE, "DiagnosticReport", "DiagnosticReport:results-interpreter", "resultsInterpreter"),
    Include(ITERATE, "Observation", "Observation:has-member", "hasMember"),
    Include(REVERSE, "Provenance", "Provenance:target", "target"),
)
"""Named by the search parameters of FHIR; a Provenance says who made the version, and carries its signature."""

Parts = Mapping[str, Json]
"""What a report consists of, by ``type/id``."""


def included(matches: Iterable[tuple[Parts, Json]], wanted: Sequence[str]) -> list[Json]:
    """Return what was asked for beside matches, each once; a match is a report with what it consists of."""
    chosen = [one for one in INCLUDES if one.name in wanted]
    found: dict[str, Json] = {}
    for parts, report in matches if chosen else ():
        found.update(dict(_beside(parts, report, chosen)))
    return list(found.values())


def _beside(parts: Parts, report: Json, chosen: Sequence[Include]) -> Iterator[tuple[str, Json]]:
    direct = {one.type: one for one in chosen if one.parameter != REVERSE}
    todo = [name for one in chosen if one.parameter == INCLUDE for name in _references(report, one.element)]
    for one in chosen:
        if one.parameter == REVERSE:
            here = f"{report['resourceType']}/{report['id']}"
            todo += [name for name, part in parts.items() if _names(part, one, here)]
    done: set[str] = set()
    while todo:
        name = todo.pop(0)
        if name in parts and name not in done:
            done.add(name)
            yield name, parts[name]
            following = direct.get(name.partition("/")[0])
            if following is not None and following.parameter == ITERATE:
                todo += _references(parts[name], following.element)


def _names(part: Json, one: Include, here: str) -> bool:
    return part["resourceType"] == one.type and here in _references(part, one.element)


def _references(resource: Json, element: str) -> list[str]:
    """Return the literal references of an element, which may repeat."""
    value = resource.get(element, [])
    return [one["reference"] for one in (value if isinstance(value, list) else [value]) if "reference" in one]

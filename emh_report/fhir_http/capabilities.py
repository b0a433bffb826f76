"""What this service can do, made from the table that it is routed by: CapabilityStatement, TerminologyCapabilities."""

from __future__ import annotations

from typing import Final, NamedTuple

from emh_report import __version__
from emh_report.fhir_http.library import Library
from emh_report.fhir_http.media import FHIR_JSON, SHORT
from emh_report.fhir_http.outcomes import RefusedError
from emh_report.fhir_http.releases import FhirRelease
from emh_report.fhir_http.routing import Table
from emh_report.fhir_http.served import Operation, SearchParameter, Served
from emh_report.fhir_http.value_sets import EXPAND
from emh_report.intake.content import Json

SOFTWARE: Final[Json] = {"name": "emh_report", "version": __version__}
FULL: Final = "full"
TERMINOLOGY: Final = "terminology"
BEARER: Final = "Every request but this one needs a bearer token, which the operator of this service gives out."
OPEN: Final = "No authentication: reachable from this machine only, or behind a proxy that has its own."


class About(NamedTuple):
    """This installation: where it is, since when it runs (RFC 3339), and whether it asks for a token."""

    release: FhirRelease
    base: str
    started: str
    locked: bool


def metadata(table: Table, library: Library, about: About, mode: str) -> Json:
    """Return what was asked for with ``mode``. Raises RefusedError (400)."""
    match mode:
        case "" | "full":
            return capability_statement(table, about)
        case "terminology":
            return terminology_capabilities(table, library, about)
        case _:
            raise RefusedError(400, "value", f"mode: accepted are: {FULL}, {TERMINOLOGY}", expression="mode")


def _head(type_: str, about: About) -> Json:
    return {
        "resourceType": type_,
        "name": f"EmhReport{type_}",
        "title": f"emh_report, FHIR {about.release.name}",
        "status": "active",
        "date": about.started,
        "kind": "instance",
        "software": SOFTWARE,
        "implementation": {"description": f"emh_report, FHIR {about.release.name}", "url": about.base},
    }


def capability_statement(table: Table, about: About) -> Json:
    """Return the CapabilityStatement."""
    rest = {
        "mode": "server",
        "documentation": "Released reports, Questionnaires and terminology, to read. Nothing can be changed here.",
        "security": {"description": BEARER if about.locked else OPEN},
        "resource": [_resource(served) for served in table.values()],
    }
    return {
        **_head("CapabilityStatement", about),
        "fhirVersion": about.release.number,
        "format": [FHIR_JSON, SHORT],
        "rest": [rest],
    }


def _resource(served: Served) -> Json:
    codes = {
        "read": served.read,
        "vread": served.vread,
        "history-instance": served.history,
        "search-type": served.search,
    }
    found: Json = {
        "type": served.type,
        "documentation": served.words,
        "interaction": [{"code": code} for code, call in codes.items() if call],
        "versioning": "versioned" if served.vread else "no-version",
        "readHistory": served.vread is not None,
        "conditionalRead": "not-match",
        "referencePolicy": ["literal", "local"],
    }
    if not found["interaction"]:
        del found["interaction"]
    if served.search:
        found["searchParam"] = [_parameter(one, served) for one in served.parameters if not one.part_of]
    for name, how in (("searchInclude", "_include"), ("searchRevInclude", "_revinclude")):
        if listed := [one.name for one in served.includes if one.parameter.partition(":")[0] == how]:
            found[name] = listed
    if served.operations:
        found["operation"] = [_operation(one) for one in served.operations]
    return found


def _parameter(one: SearchParameter, served: Served) -> Json:
    also = ", ".join(other.name for other in served.parameters if other.part_of == one.name)
    words = f"{one.words}. Also: {also}" if also else one.words
    found = {"name": one.name, "type": one.kind.value, "documentation": words}
    return {**found, "definition": one.definition} if one.definition else found


def _operation(one: Operation) -> Json:
    return {"name": one.name, "definition": one.definition, "documentation": one.words}


def terminology_capabilities(table: Table, library: Library, about: About) -> Json:
    """Return the TerminologyCapabilities."""
    found = _head("TerminologyCapabilities", about)
    systems = sorted(library.types.get("CodeSystem", {}).values(), key=lambda one: str(one["url"]))
    found["codeSystem"] = [_system(one, about) for one in systems]
    offered = {operation.name for served in table.values() for operation in served.operations}
    if "expand" in offered:
        found["expansion"] = {
            "hierarchical": False,
            "paging": True,
            "incomplete": False,
            "parameter": [{"name": one.name, "documentation": one.words} for one in EXPAND],
            "textFilter": "Beginnings of words of displays, synonyms and codes, British or American; best match first.",
        }
    if "validate-code" in offered:
        found["validateCode"] = {"translations": False}
    if "translate" in offered:
        found["translation"] = {"needsMap": False}
    return found


def _system(one: Json, about: About) -> Json:
    version: Json = {"code": one["version"], "isDefault": True, "compositional": False, "language": ["en"]}
    properties = [property_["code"] for property_ in one.get("property", ())]
    if properties:
        version["property"] = properties
    found = {"uri": one["url"], "version": [version], "subsumption": True}
    return found if about.release.name == "R4" else {**found, "content": "complete"}

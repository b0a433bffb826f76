"""CodeSystem: every code of one system of the project, complete. R4 and R5 have the same shape."""

from __future__ import annotations

from emh_report.codes import Code
from emh_report.export.terminology.resources import LICENCE, Json, head, url_of
from emh_report.export.terminology.systems import Entry, OwnSystem

PROPERTY: dict[str, str] = {
    "group": "Heading that the term stands under",
    "reference": "Number of a reference of the evidence table",
}
"""What properties mean whose name does not say it."""


def code_system(system: OwnSystem) -> Json:
    """Return a code system with all its codes."""
    names = dict.fromkeys(name for entry in system.entries for name, _ in entry.properties)
    found = head("CodeSystem", system.id, system.version, system.title, system.description)
    found |= {
        "copyright": LICENCE,
        "caseSensitive": True,
        "valueSet": url_of("ValueSet", system.id),
        "content": "complete",
        "count": len(system.entries),
    }
    if names:
        found["property"] = [_property(name) for name in names]
    return {**found, "concept": [_concept(entry) for entry in system.entries]}


def _property(name: str) -> Json:
    return {"code": name, "description": PROPERTY.get(name, name.replace("-", " ").capitalize()), "type": "string"}


def _concept(entry: Entry) -> Json:
    found: Json = {"code": entry.code, "display": entry.display}
    if entry.definition:
        found["definition"] = entry.definition
    if entry.words:
        found["designation"] = [{"language": "en", "use": _coding(use), "value": word} for use, word in entry.words]
    if entry.properties:
        found["property"] = [{"code": name, "valueString": value} for name, value in entry.properties]
    return found


def _coding(use: Code) -> Json:
    return {"system": use.system, "code": use.code, "display": use.display}

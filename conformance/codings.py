"""Codes without a terminology server: every code of a known system is in the code table, with its display.

The table is read from the files of templates/ themselves, not through the catalog that the exporters use.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

from conformance.findings import Json
from conformance.references import Problem
from conformance.targets import ROOT
from conformance.walk import elements
from emh_report.codes import CANONICAL

VOCABULARY: Final = ROOT / "templates" / "vocabulary"
UCUM: Final = "http://unitsofmeasure.org"
OWN: Final = f"{CANONICAL}/CodeSystem/"
HL7: Final = "http://terminology.hl7.org/"
"""Systems that HL7 publishes with FHIR: the other judges know all their codes, the table only some."""

Table = Mapping[str, Mapping[str, frozenset[str]]]
"""Displays by system and code; an empty set is a code whose source prints no display."""


def check(content: Json) -> Iterator[Problem]:
    """Yield codes that the table does not have, other displays, and lists of codings in the wrong order."""
    for element in elements(content):
        value = element.value
        if isinstance(value, Mapping) and "code" in value and "system" in value and "value" not in value:
            yield from ((element.where, message) for message in _coding(value))
        if element.where.endswith(".coding") and isinstance(value, list):
            yield from ((element.where, message) for message in _order(value))


def _coding(coding: Json) -> Iterator[str]:
    codes = table().get(str(coding["system"]))
    if codes is None:
        return
    code = str(coding["code"])
    if code not in codes:
        yield f"{coding['system']} has no code {code!r} in the code table"
    elif "display" in coding and coding["display"] not in codes[code]:
        yield f"the display of {coding['system']}#{code} is {_words(codes[code])}, not {coding['display']!r}"


def _words(displays: frozenset[str]) -> str:
    return " or ".join(repr(display) for display in sorted(displays)) or "not printed by its source"


def _order(codings: Json) -> Iterator[str]:
    """Standard codes come first and the project's own last: a receiver that takes one coding takes the first."""
    systems = [str(coding.get("system", "")) for coding in codings if isinstance(coding, Mapping)]
    own = [system.startswith(OWN) for system in systems]
    if own != sorted(own):
        yield "a code of the project's own stands before a standard one"
    pairs = [(coding.get("system"), coding.get("code")) for coding in codings if isinstance(coding, Mapping)]
    if len(set(pairs)) < len(pairs):
        yield "the same code is given twice"


@cache
def table() -> Table:
    """Return every code that may leave: verified and equivalent, or fixed by a profile; and the terms themselves."""
    found: dict[str, dict[str, set[str]]] = {}

    def add(system: str, code: str, display: str) -> None:
        displays = found.setdefault(system, {}).setdefault(code, set())
        if display:
            displays.add(display)

    systems = {system["alias"]: system["uri"] for system in _load(VOCABULARY / "systems.toml")["system"]}
    for row in _load(VOCABULARY / "fixed.toml")["fixed"]:
        add(systems[row["system"]], row["code"], row.get("display", ""))
    for kind, id_, title in _questions():
        add(f"{OWN}{kind}", id_, title)
    for file in sorted(VOCABULARY.glob("*.toml")):
        for term in _load(file).get("term", []):
            add(f"{OWN}{file.stem}", term["code"], term["display"])
            for coding in term.get("coding", []):
                if coding.get("verified") and coding.get("match") == "equivalent":
                    add(systems[coding["system"]], coding["code"], coding.get("display", ""))
    left_to_others = {system for system in found if system == UCUM or system.startswith(HL7)}
    return {
        system: {code: frozenset(words) for code, words in codes.items()}
        for system, codes in found.items()
        if system not in left_to_others
    }


def _questions() -> Iterator[tuple[str, str, str]]:
    """Yield own system, id and title of every question, group and rule: they are codes too."""
    files = [*VOCABULARY.parent.glob("*.toml"), *VOCABULARY.parent.glob("fragments/*.toml")]
    for content in map(_load, sorted(files)):
        group = content.get("group", [])
        groups = [group] if isinstance(group, dict) else group
        yield from (("group", one["id"], one["title"]) for one in groups if "id" in one and "title" in one)
        fields = [*content.get("field", []), *(field for one in groups for field in one.get("field", []))]
        yield from (("observable", field["id"], field["label"]) for field in fields)
    for content in map(_load, sorted(VOCABULARY.parent.glob("rules/*.toml"))):
        yield from (("rule", rule["id"], rule["title"]) for rule in content["rule"])


def _load(file: Path) -> Json:
    return tomllib.loads(file.read_text(encoding="utf-8"))

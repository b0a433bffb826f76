"""ConceptMap: how the terms of a vocabulary relate to codes of standard systems, near-matches included."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from emh_report.catalog import Catalog
from emh_report.codes import Coding
from emh_report.export.terminology.resources import Json, Release, head, rights, url_of
from emh_report.vocabulary import CORE_MAP, SystemInfo, Vocabulary

REFERENCE_MAP = "reference"
"""Codes for looking up what a term means elsewhere. They are in concept maps only, never in a report."""


class Relation(NamedTuple):
    """One relation in the words of R4 and of R5, and for people. It says how the target relates to the term."""

    r4: str
    r5: str
    words: str


RELATIONS: Mapping[str, Relation] = {
    "equivalent": Relation("equivalent", "equivalent", "Same meaning"),
    "broader": Relation("wider", "source-is-narrower-than-target", "The target means more than the term"),
    "narrower": Relation("narrower", "source-is-broader-than-target", "The target means only a part of the term"),
    "related": Relation("relatedto", "related-to", "Related, not the same"),
}
"""R4 says how the target relates to the source (concept-map-equivalence), R5 the reverse."""


def concept_maps(catalog: Catalog, versions: Mapping[str, str], release: Release, maps: frozenset[str]) -> list[Json]:
    """Return a map for each vocabulary that has a verified code for any of its terms.

    ``versions`` are those of the code systems. Codes that were not verified are in no map; those of optional maps only
    where ``maps`` names them.
    """
    found = (
        _concept_map(catalog, one, versions[one.id], release, maps | {CORE_MAP, REFERENCE_MAP})
        for one in catalog.vocabularies.values()
    )
    return [one for one in found if one]


def _concept_map(
    catalog: Catalog, known: Vocabulary, version: str, release: Release, wanted: frozenset[str]
) -> Json | None:
    by_system: dict[str, dict[str, list[Coding]]] = {}
    for term in known.terms.values():
        for coding in term.codings:
            if coding.verified and coding.map in wanted:
                by_system.setdefault(coding.code.system, {}).setdefault(term.code, []).append(coding)
    if not by_system:
        return None
    targets = [system for system in catalog.systems.values() if system.uri in by_system]
    found = head("ConceptMap", known.id, version, f"{known.title}: codes elsewhere", _description(targets))
    scope = "sourceCanonical" if release is Release.R4 else "sourceScopeCanonical"
    groups = [
        {
            **_source(known, version, release),
            "target": system.uri,
            "element": _elements(known, by_system[system.uri], release),
        }
        for system in targets
    ]
    return {**found, **rights(targets), scope: url_of("ValueSet", known.id), "group": groups}


def _description(targets: Iterable[SystemInfo]) -> str:
    read = ", ".join(f"{one.title} ({one.version})" if one.version else one.title for one in targets)
    return (
        "How each term relates to codes of other systems. Only codes that were read in a source are listed, each with "
        f"that source; a term that is missing has none. Vintages read: {read}. A report carries those that mean the "
        "same."
    )


def _source(known: Vocabulary, version: str, release: Release) -> Json:
    if release is Release.R4:
        return {"source": known.url, "sourceVersion": version}
    return {"source": f"{known.url}|{version}"}


def _elements(known: Vocabulary, codings: Mapping[str, list[Coding]], release: Release) -> list[Json]:
    return [
        {"code": code, "display": known.terms[code].display, "target": [_target(one, release) for one in listed]}
        for code, listed in codings.items()
    ]


def _target(coding: Coding, release: Release) -> Json:
    relation = RELATIONS[coding.match]
    found: Json = {"code": coding.code.code}
    if coding.code.display:
        found["display"] = coding.code.display
    said = {"equivalence": relation.r4} if release is Release.R4 else {"relationship": relation.r5}
    # R4 wants words for whatever is not equivalent (invariant cmd-1)
    return {**found, **said, "comment": f"{relation.words}. Read in: {coding.source}"}

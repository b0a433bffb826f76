"""The vocabularies as FHIR CodeSystems, ValueSets and ConceptMaps: docs/terminology.md says what is in them."""

from __future__ import annotations

import orjson

from emh_report.catalog import Catalog
from emh_report.export.terminology.code_systems import code_system
from emh_report.export.terminology.concept_maps import concept_maps
from emh_report.export.terminology.resources import Json, Release, head
from emh_report.export.terminology.systems import own_systems
from emh_report.export.terminology.value_sets import value_sets

__all__ = ["Json", "Release", "file_name", "head", "terminology", "to_json"]

NO_MAPS: frozenset[str] = frozenset()


def terminology(catalog: Catalog, release: Release, version: str, maps: frozenset[str] = NO_MAPS) -> list[Json]:
    """Return every code system of the project, its value sets and its concept maps, sorted by type and id.

    ``version`` is that of what no vocabulary file gives a version: that of this package.
    ``maps``: optional code maps that the site is licensed for; without them no code of theirs is in any resource.
    """
    systems = own_systems(catalog, version)
    found = [code_system(system) for system in systems]
    found += value_sets(catalog, systems, version)
    found += concept_maps(catalog, {system.id: system.version for system in systems}, release, maps)
    return sorted(found, key=lambda resource: (str(resource["resourceType"]), str(resource["id"])))


def file_name(resource: Json) -> str:
    """Return the name that a FHIR package gives to a resource."""
    return f"{resource['resourceType']}-{resource['id']}.json"


def to_json(resource: Json) -> bytes:
    """Return a resource as a file: two spaces, one line feed at the end, the same bytes every time."""
    return orjson.dumps(resource, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)

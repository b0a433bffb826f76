"""What the published definitions of a FHIR version say about references: which types each may point to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from conformance.findings import Json

ANY: Final = frozenset({"Resource"})
REFERENCES: Final = frozenset({"Reference", "CodeableReference"})


class Definitions:
    """The StructureDefinitions of one core package."""

    def __init__(self, package: Path) -> None:
        """Take the unpacked core package of a FHIR version."""
        self._package = package
        self._read = cache(self._targets_in)

    def targets(self, defined: str) -> frozenset[str] | None:
        """Return the types that a reference at a defined path may point to; None where the path is not known.

        A reference inside a datatype (an extension, an annotation) has no path in the resource: None.
        """
        type_ = defined.partition(".")[0]
        known = self._read(type_)
        for path in (defined, f"{defined.removesuffix('Reference')}[x]", defined.removesuffix(".reference")):
            if path in known:
                return known[path]
        return None

    def _targets_in(self, type_: str) -> Mapping[str, frozenset[str]]:
        file = self._package / "package" / f"StructureDefinition-{type_}.json"
        if not file.is_file():
            return {}
        elements = json.loads(file.read_bytes())["snapshot"]["element"]
        found = {element["path"]: types for element in elements if (types := _types(element))}
        for element in elements:  # sections within sections, and other recursion
            again = element.get("contentReference", "").rpartition("#")[2]
            inner = {key.removeprefix(again): types for key, types in found.items() if again and key.startswith(again)}
            found |= {element["path"] + rest: types for rest, types in inner.items()}
        return found


def _types(element: Json) -> frozenset[str]:
    kinds = [kind for kind in element.get("type", []) if kind["code"] in REFERENCES]
    profiles = [profile for kind in kinds for profile in kind.get("targetProfile", ["Resource"])]
    return frozenset(profile.rpartition("/")[2] for profile in profiles)

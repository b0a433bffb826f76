"""What a judge says: one finding, and the resource it is about."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

Json = Any
"""What json.loads returns."""

Severity = Literal["error", "warning", "information"]


class Finding(NamedTuple):
    """One statement of a judge about one file. ``kind`` is the type of the resource that it is about."""

    judge: str
    file: str
    kind: str
    severity: Severity
    path: str
    message: str
    rule: str = ""


class Target(NamedTuple):
    """One file to judge: its FHIR version, and the profiles that it is judged against besides the base."""

    file: Path
    name: str
    version: str
    profiles: tuple[str, ...] = ()
    context: Path | None = None
    """Folder with resources that the file refers to and does not carry."""


_ENTRY = re.compile(r"entry\[(\d+)\]")


def read(file: Path) -> Json:
    """Return a JSON file."""
    return json.loads(file.read_bytes())


def kind_at(content: Json, path: str) -> str:
    """Return the type of the resource that ``path`` points into: of the outermost bundle entry, else of the root."""
    found = _ENTRY.search(path)
    entries = content.get("entry") if isinstance(content, Mapping) else None
    if found and isinstance(entries, list) and int(found[1]) < len(entries):
        entry = entries[int(found[1])]
        resource = entry.get("resource") if isinstance(entry, Mapping) else None
        if isinstance(resource, Mapping):
            return str(resource.get("resourceType", "?"))
    return str(content.get("resourceType", "?")) if isinstance(content, Mapping) else "?"


def kinds_of(content: Json) -> list[str]:
    """Return the type of the root and of every entry."""
    entries = content.get("entry", []) if isinstance(content, Mapping) else []
    return [kind_at(content, ""), *(kind_at(content, f"entry[{index}]") for index in range(len(entries)))]

"""What all terminology resources share: canonical URL, version, names, terms of use."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from emh_report.codes import CANONICAL
from emh_report.vocabulary import SystemInfo

Json = dict[str, object]

LICENCE = "Copyright the authors of emh_report. Apache License 2.0."
"""Terms of the project's own codes, names and definitions."""


class Release(StrEnum):
    """FHIR releases."""

    R4 = "4.0.1"
    R5 = "5.0.0"


def url_of(type_: str, id_: str) -> str:
    """Return the canonical URL of a resource of ours."""
    return f"{CANONICAL}/{type_}/{id_}"


def head(type_: str, id_: str, version: str, title: str, description: str) -> Json:
    """Return what a resource starts with.

    It is a draft until the project has a domain for its URLs (docs/adr/0006), and has no date: equal content gives
    equal bytes.
    """
    found: Json = {
        "resourceType": type_,
        "id": id_,
        "language": "en",
        "url": url_of(type_, id_),
        "version": version,
        "name": name_of(type_, id_),
        "title": title,
        "status": "draft",
        "experimental": False,
        "publisher": "emh_report",
        "description": description or title,
    }
    return found


def name_of(type_: str, id_: str) -> str:
    """Return the name for programs (invariant vsd-0: a capital first, then letters and digits)."""
    return "Emh" + "".join(part[:1].upper() + part[1:] for part in id_.split("-")) + type_


def rights(systems: Iterable[SystemInfo]) -> Json:
    """Return the terms of use of a resource that holds codes of ``systems`` beside our own."""
    return {"copyright": " ".join([LICENCE, *(system.notice for system in systems if system.notice)])}

"""The file of sources: TOML, one table for each. Anything odd in it is refused with file, key and reason."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

from emh_report.context import Organization
from emh_report.errors import SourcesError
from emh_report.sources.settings import DicomWebSettings, FhirSettings, OrganizationTable, SourceSettings

Shape = TypeVar("Shape", bound=BaseModel)

MAX_BYTES: Final = 1_000_000
NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}", re.ASCII)
KINDS: Final[Mapping[str, type[SourceSettings]]] = {"dicomweb": DicomWebSettings, "fhir": FhirSettings}
KEYS: Final = ("organization", "studies")


class Configured(NamedTuple):
    """Sources by name, in the order of the file, and who is responsible where they do not say it."""

    sources: Mapping[str, SourceSettings]
    organization: Organization = Organization()


def read_sources(path: Path) -> Configured:
    """Return what a file says. Raises SourcesError, and OSError for one that cannot be read."""
    content = path.read_bytes()
    if len(content) > MAX_BYTES:
        raise SourcesError(str(path), "", f"larger than {MAX_BYTES} bytes")
    try:
        read = tomllib.loads(content.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SourcesError(str(path), "", f"not TOML: {error}") from None
    for key in read.keys() - set(KEYS):
        raise SourcesError(str(path), key, f"unknown key; known here: {', '.join(KEYS)}")
    tables = read.get("studies")
    if not isinstance(tables, dict) or not tables:
        raise SourcesError(str(path), "studies", "a table for each source is needed: [studies.NAME]")
    sources = {name: _source(str(path), name, table) for name, table in tables.items()}
    if "organization" not in read:
        return Configured(sources)
    return Configured(
        sources, _shaped(str(path), "organization", OrganizationTable, read["organization"]).organization()
    )


def _source(file: str, name: str, table: Any) -> SourceSettings:  # noqa: ANN401 - whatever stands in the file
    place = f"studies.{name}"
    if not NAME.fullmatch(name):
        raise SourcesError(file, place, f"a name has the form {NAME.pattern}")
    if not isinstance(table, dict):
        raise SourcesError(file, place, "a table is needed: [studies.NAME]")
    kind = table.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise SourcesError(file, f"{place}.kind", f"accepted are {', '.join(KINDS)}")
    return _shaped(file, place, KINDS[kind], table)


def _shaped(file: str, place: str, shape: type[Shape], table: object) -> Shape:
    try:
        return shape.model_validate(table)
    except ValidationError as error:
        raise SourcesError(file, *_reason(error, place, shape)) from None


def _reason(wrong: ValidationError, place: str, shape: type[BaseModel]) -> tuple[str, str]:
    """Return key and reason of the first mistake; never what stands there, which may be a secret."""
    error = wrong.errors(include_url=False, include_input=False)[0]
    key = ".".join((place, *(str(part) for part in error["loc"])))
    match error["type"]:
        case "extra_forbidden":
            known = sorted(shape.model_fields)
            near = difflib.get_close_matches(str(error["loc"][-1]), known, n=1) or known
            return key, f"unknown key; known here: {', '.join(near)}"
        case "missing":
            return key, "this key is missing"
        case _:
            message = error["msg"].removeprefix("Value error, ")
            return key, message[:1].lower() + message[1:]

"""Reading one TOML file into its shape; anything else in it is refused."""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path
from typing import TypeVar, get_args

from pydantic import BaseModel, ValidationError

from emh_report.catalog.source import Source
from emh_report.errors import CatalogError

Shape = TypeVar("Shape", bound=BaseModel)

MAX_FILE_BYTES = 2_000_000
VARIANTS = ("ClauseFile", "ConditionFile", "str", "bool", "int", "list[str]")
"""What pydantic adds to the place of a mistake where a value may have several shapes: no part of the file."""


def read(source: Source, name: str, shape: type[Shape]) -> tuple[Shape, Path]:
    """Read the file of a name that takes precedence. Raises CatalogError."""
    paths = source.versions(name)
    if not paths:
        raise CatalogError(f"{name}.toml", "", "this file is missing")
    path = paths[-1]
    return load(path, shape), path


def load(path: Path, shape: type[Shape]) -> Shape:
    """Read one file into ``shape``. Raises CatalogError naming file, key and reason."""
    if path.stat().st_size > MAX_FILE_BYTES:
        raise CatalogError(str(path), "", f"larger than {MAX_FILE_BYTES} bytes")
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CatalogError(str(path), "", f"not TOML: {error}") from None
    try:
        return shape.model_validate(content)
    except ValidationError as error:
        raise CatalogError(str(path), *_reason(error, shape)) from None


def _reason(wrong: ValidationError, shape: type[BaseModel]) -> tuple[str, str]:
    """Return key and reason of the first mistake, in words of the person who wrote the file."""
    error = wrong.errors(include_url=False)[0]
    place = tuple(part for part in error["loc"] if part not in VARIANTS)
    key = ".".join(str(part) for part in place)
    match error["type"]:
        case "extra_forbidden":
            known = _keys(place[:-1], shape)
            near = difflib.get_close_matches(str(place[-1]), known, n=1) or known
            return key, f"unknown key; known here: {', '.join(near)}"
        case "missing":
            return key, "this key is missing"
        case "string_pattern_mismatch":
            return key, f"does not have the form {error['ctx']['pattern']}"
        case "value_error":
            return key, str(error["ctx"]["error"])
        case _:
            return key, error["msg"][:1].lower() + error["msg"][1:]


def _keys(place: tuple[int | str, ...], shape: type[BaseModel]) -> list[str]:
    """Return the keys that are known at ``place`` of a file."""
    for part in place:
        field = shape.model_fields.get(part) if isinstance(part, str) else None
        inner = _shape_in(field.annotation) if field else None
        shape = inner or shape
    return sorted(shape.model_fields)


def _shape_in(annotation: object) -> type[BaseModel] | None:
    """Return the shape inside ``list[...]``, ``... | None`` and the like; None where there is none."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((shape for inner in get_args(annotation) if (shape := _shape_in(inner))), None)

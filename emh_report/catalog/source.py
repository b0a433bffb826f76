"""Reading the TOML files of the installation and of a site's own folder.

A site's folder has the same layout as templates/. A file of the same name there takes the place of
ours; a vocabulary may say ``extends = true`` to add to ours, and a rule file replaces single rules by id.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar, get_args

from pydantic import BaseModel, ValidationError

from emh_report.errors import CatalogError

Shape = TypeVar("Shape", bound=BaseModel)

FOLDERS = ("", "fragments", "vocabulary", "rules")
"""Where TOML files may be; a file anywhere else in a site's folder is refused, so that none is ignored."""
COMPANIONS = ("README", "LICENSE", "NOTICE", "CHANGELOG")
"""Files that a site may keep beside its TOML files, whatever their suffix, as it may keep hidden ones."""
MAX_FILE_BYTES = 2_000_000


def builtin_root() -> Path:
    """Return templates/ of this installation: beside the package in a checkout, inside it in a wheel."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "templates"
    return installed if installed.is_dir() else package.parent / "templates"


class Source:
    """TOML files of several roots; later roots take precedence."""

    def __init__(self, roots: Sequence[Path]) -> None:
        """List the files of every root. Raises CatalogError for a root or file that cannot be used."""
        self.layers: list[dict[str, Path]] = [dict(sorted(_list(root))) for root in roots]

    def names(self, folder: str) -> list[str]:
        """Return the names (without .toml) in ``folder``: ours sorted, then the site's, so that ours set the rules."""
        prefix = f"{folder}/" if folder else ""
        found = dict.fromkeys(name for layer in self.layers for name in layer)
        return [
            name.removeprefix(prefix) for name in found if name.startswith(prefix) and "/" not in name[len(prefix) :]
        ]

    def versions(self, name: str) -> list[Path]:
        """Return the files of one name, ours first, the site's last."""
        return [layer[name] for layer in self.layers if name in layer]

    def read(self, name: str, shape: type[Shape]) -> tuple[Shape, Path]:
        """Read the file that takes precedence. Raises CatalogError."""
        paths = self.versions(name)
        if not paths:
            raise CatalogError(f"{name}.toml", "", "this file is missing")
        path = paths[-1]
        return load(path, shape), path


def _list(root: Path) -> Iterator[tuple[str, Path]]:
    if not root.is_dir():
        raise CatalogError(str(root), "", "not a folder")
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        relative = path.relative_to(root)
        if path.suffix != ".toml":
            _check_companion(root, relative)
            continue
        folder = relative.parent.as_posix().removeprefix(".")
        if folder not in FOLDERS:
            raise CatalogError(str(path), "", f"not in one of the folders {', '.join(f or '(top)' for f in FOLDERS)}")
        yield relative.with_suffix("").as_posix(), path


def _check_companion(root: Path, relative: Path) -> None:
    """Refuse a file of a site that nobody would read although its author may believe so, such as rules.TOML."""
    hidden = any(part.startswith(".") for part in relative.parts)
    if root != builtin_root() and not hidden and relative.stem not in COMPANIONS:
        known = ", ".join(COMPANIONS)
        raise CatalogError(str(root / relative), "", f"only files ending in .toml are read; beside them: {known}")


def load(path: Path, shape: type[Shape]) -> Shape:
    """Read one file into ``shape``. Raises CatalogError naming file, key and reason."""
    if path.stat().st_size > MAX_FILE_BYTES:
        raise CatalogError(str(path), "", f"larger than {MAX_FILE_BYTES} bytes")
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CatalogError(str(path), "", f"not TOML: {error}") from None
    try:
        return shape.model_validate(content)
    except ValidationError as error:
        raise CatalogError(str(path), *_reason(error, shape)) from None


def _reason(wrong: ValidationError, shape: type[BaseModel]) -> tuple[str, str]:
    """Return key and reason of the first mistake, in words of the person who wrote the file."""
    error = wrong.errors(include_url=False)[0]
    key = ".".join(str(part) for part in error["loc"])
    match error["type"]:
        case "extra_forbidden":
            known = _keys(error["loc"][:-1], shape)
            near = difflib.get_close_matches(str(error["loc"][-1]), known, n=1) or known
            return key, f"unknown key; known here: {', '.join(near)}"
        case "missing":
            return key, "this key is missing"
        case "string_pattern_mismatch":
            return key, f"does not have the form {error['ctx']['pattern']}"
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

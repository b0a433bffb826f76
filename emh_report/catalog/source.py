"""The TOML files of the installation and of a site's own folder.

A site's folder has the same layout as templates/. A file of the same name there takes the place of
ours; a vocabulary may say ``extends = true`` to add to ours, and a rule file replaces single rules by id.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from emh_report.errors import CatalogError

FOLDERS = ("", "fragments", "vocabulary", "rules")
"""Where TOML files may be; a file anywhere else in a site's folder is refused, so that none is ignored."""
COMPANIONS = ("README", "LICENSE", "NOTICE", "CHANGELOG")
"""Files that a site may keep beside its TOML files, whatever their suffix, as it may keep hidden ones."""


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

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Yield name and content of every file, root by root. Raises OSError."""
        for number, layer in enumerate(self.layers):
            for name, path in layer.items():
                yield f"{number}/{name}", path.read_bytes()


def _list(root: Path) -> Iterator[tuple[str, Path]]:
    if not root.is_dir():
        raise CatalogError(str(root), "", "not a folder")
    for path in _files(root):
        relative = path.relative_to(root)
        if not path.is_file():
            raise CatalogError(str(path), "", "not a file: a link to nothing")
        if path.suffix != ".toml":
            _check_companion(root, relative)
            continue
        folder = relative.parent.as_posix().removeprefix(".")
        if folder not in FOLDERS:
            raise CatalogError(str(path), "", f"not in one of the folders {', '.join(f or '(top)' for f in FOLDERS)}")
        yield relative.with_suffix("").as_posix(), path


def _files(root: Path) -> Iterator[Path]:
    """Yield what is in ``root``, behind links too, as volumes of Kubernetes have them; hidden folders are left alone.

    Raises OSError for a folder that cannot be read.
    """

    def refuse(error: OSError) -> None:
        raise error

    for folder, below, names in os.walk(root, onerror=refuse, followlinks=True):
        below[:] = [name for name in below if not name.startswith(".")]
        yield from (Path(folder, name) for name in names)


def _check_companion(root: Path, relative: Path) -> None:
    """Refuse a file of a site that nobody would read although its author may believe so, such as rules.TOML."""
    hidden = any(part.startswith(".") for part in relative.parts)
    if root != builtin_root() and not hidden and relative.stem not in COMPANIONS:
        known = ", ".join(COMPANIONS)
        raise CatalogError(str(root / relative), "", f"only files ending in .toml are read; beside them: {known}")

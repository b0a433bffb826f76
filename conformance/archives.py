"""Unpacking what others packed: files only, and only below the folder; ``extractall`` does that since Python 3.11.4."""

from __future__ import annotations

import tarfile
from pathlib import Path, PurePosixPath


def unpack(content: tarfile.TarFile, folder: Path) -> None:
    """Write the files of an archive below ``folder``. Raises ValueError for links, devices and names that lead out."""
    for member in content:
        name = PurePosixPath(member.name)
        if name.is_absolute() or ".." in name.parts or not (member.isfile() or member.isdir()):
            raise ValueError("an archive has something else than files below its own folder")
        target = folder / name
        if member.isdir():
            target.mkdir(parents=True, exist_ok=True)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.extractfile(member).read())  # type: ignore[union-attr] # a file has content

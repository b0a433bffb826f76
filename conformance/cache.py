"""Where downloaded and unpacked files are kept, outside the checkout, one folder per content."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path


def root() -> Path:
    """Return the cache folder: EMH_CONFORMANCE_CACHE, else a folder of the user's caches."""
    chosen = os.environ.get("EMH_CONFORMANCE_CACHE")
    if chosen:
        return Path(chosen).resolve()
    caches = os.environ.get("XDG_CACHE_HOME")
    return (Path(caches) if caches else Path.home() / ".cache") / "emh-report-conformance"


def digest(*parts: bytes) -> str:
    """Return a short name for content."""
    found = hashlib.sha256()
    for part in parts:
        found.update(hashlib.sha256(part).digest())
    return found.hexdigest()[:16]


def filled(name: str, fill: Callable[[Path], None]) -> Path:
    """Return the folder ``name`` of the cache; what ``fill`` writes appears whole or not at all."""
    folder = root() / name
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f"{name}.", dir=folder.parent))
    try:
        fill(work)
        work.rename(folder)
    except OSError:
        if not folder.is_dir():  # else another process was faster
            raise
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return folder

"""How far an export has come: one small file, replaced as a whole."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Final, NamedTuple

from emh_report.errors import InputError

SHORTER: Final = "holds less than its checkpoint says: start again with --restart"


class Checkpoint(NamedTuple):
    """Everything up to report number ``after`` is written: up to ``place`` in the output, ``refusals`` in its list.

    ``of`` is what is exported from where; another export cannot go on from here.
    """

    of: str
    after: int = 0
    place: int = 0
    refusals: int = 0
    reports: int = 0
    entries: int = 0
    refused: int = 0


def read(path: Path, of: str) -> Checkpoint:
    """Return where the export ``of`` stands; its beginning where there is no file.

    Raises InputError where the file is that of another export, or none at all, and OSError.
    """
    try:
        found = Checkpoint(**json.loads(path.read_bytes()))
    except FileNotFoundError:
        return Checkpoint(of)
    except (ValueError, TypeError):
        raise InputError([(str(path), "not the checkpoint of an export: start again with --restart")]) from None
    if found.of != of:
        reason = "the checkpoint of an export from another store, or in another format: start again with --restart"
        raise InputError([(str(path), reason)])
    return found


def write(path: Path, checkpoint: Checkpoint) -> None:
    """Replace the file: afterwards it says this, or what it said before. Raises OSError."""
    beside = path.with_name(f"{path.name}.new")
    with beside.open("w", encoding="utf-8") as file:
        json.dump(checkpoint._asdict(), file)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)

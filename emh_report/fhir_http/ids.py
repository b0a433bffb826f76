"""Ids of resources. A report has the id of the store; what it consists of has that id and its own UUID, in 64 digits.

So the id of an Observation says which report to open, and no index of Observations has to be kept. What is known
elsewhere (patient, order, study) is served as each report knew it, and has the same second half in every report.
"""

from __future__ import annotations

import re
import uuid
from typing import Final, NamedTuple

_DIGITS: Final = re.compile(r"[0-9a-f]{64}")
_REPORT: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_HALF: Final = 32


class Place(NamedTuple):
    """Where a resource is found: in which report, as what."""

    report_id: str
    part: str


def of_part(report_id: str, urn: str) -> str:
    """Return the id of the resource that a bundle of the report calls ``urn:uuid:…``."""
    return (report_id + urn.removeprefix("urn:uuid:")).replace("-", "")


def place(id_: str) -> Place | None:
    """Return where the resource with this id is found; None where no report can have it."""
    if not _DIGITS.fullmatch(id_):
        return None
    return Place(str(uuid.UUID(id_[:_HALF])), id_[_HALF:])


def is_report(id_: str) -> bool:
    """Whether it is of the form of ids of the store."""
    return _REPORT.fullmatch(id_) is not None


def same(one: str, other: str) -> bool:
    """Whether two ids stand for the same thing, as one report or another knew it."""
    parts = bool(_DIGITS.fullmatch(one) and _DIGITS.fullmatch(other))
    return one == other or (parts and one[_HALF:] == other[_HALF:])

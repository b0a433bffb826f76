"""What is wrong with a draft: issues with a stable rule id, a severity and an exact path."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple


class Severity(StrEnum):
    """How serious an issue is; the order of members is the order of lists."""

    ERROR = "error"
    WARNING = "warning"
    INFORMATION = "information"


SEVERITY_ORDER = {severity: position for position, severity in enumerate(Severity)}


class Where(NamedTuple):
    """Where an issue is: a path in the request, and the names a form works with."""

    path: str = ""
    group_id: str = ""
    group_uid: str = ""
    field_id: str = ""


class Issue(NamedTuple):
    """One thing that is wrong, doubtful or worth knowing.

    ``message`` and ``accepted`` never repeat free text or patient data.
    ``blocking`` issues stop even a preliminary report: there is nothing to read the draft by,
    or nobody to file it under.
    """

    rule_id: str
    severity: Severity
    where: Where
    message: str
    accepted: tuple[str, ...] = ()
    overridable: bool = False
    override_reason: str = ""
    references: tuple[str, ...] = ()
    blocking: bool = False


_NUMBER = re.compile(r"\[(\d+)\]")


def sort_key(issue: Issue) -> tuple[int, tuple[str, ...], str]:
    """Errors first, then in the order of the draft (groups[2] before groups[10]), then by rule."""
    return SEVERITY_ORDER[issue.severity], _place(issue.where.path), issue.rule_id


@lru_cache(maxsize=4096)
def _place(path: str) -> tuple[str, ...]:
    return tuple(_NUMBER.sub(lambda match: f"[{match[1]:0>6}]", path).split("."))

"""Checking one answer: a value as typed becomes a resolved value and a fact, or is rejected.

One checker per field kind, compiled for a field at load. Messages never repeat what was typed; what
would be accepted goes into ``accepted``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from emh_report.template import Field, Kind
from emh_report.values import coded, numeric, plain
from emh_report.values.coded import LevelTables, level_position, plain_codes
from emh_report.values.numeric import MAX_AXES
from emh_report.values.rejection import MAX_ACCEPTED, Checked, Checker, Rejected, nearest

__all__ = [
    "MAX_ACCEPTED",
    "MAX_AXES",
    "Checked",
    "Checker",
    "LevelTables",
    "Rejected",
    "compile_checker",
    "level_position",
    "nearest",
    "plain_codes",
]


def compile_checker(field: Field, tables: LevelTables) -> Checker:
    """Return the checker of one field. It raises Rejected."""
    return coded.levels(field, tables) if field.kind is Kind.LEVELS else _COMPILERS[field.kind](field)


_COMPILERS: Final[Mapping[Kind, Callable[[Field], Checker]]] = {
    Kind.CODED: coded.coded,
    Kind.QUANTITY: numeric.quantity,
    Kind.INTEGER: numeric.integer,
    Kind.BOOLEAN: plain.boolean,
    Kind.DATE: plain.date,
    Kind.DATE_TIME: plain.date_time,
    Kind.TEXT: plain.text,
    Kind.MEASUREMENT: numeric.measurement,
    Kind.IMAGE: plain.image,
}

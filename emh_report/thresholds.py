"""Limits of change between examinations (templates/thresholds.toml): borrowed, and labelled so wherever used."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple


class Threshold(NamedTuple):
    """One limit: a relative change in percent, an absolute size in ``unit``, or both; 0 where there is none.

    ``borrowed_from`` are the criteria it comes from, which were made for another disease.
    """

    percent: Decimal
    by: Decimal
    unit: str
    borrowed_from: str
    references: tuple[str, ...]
    note: str


class Thresholds(NamedTuple):
    """All limits. ``by`` of those for diameters is in mm."""

    increase: Threshold
    decrease: Threshold
    node: Threshold
    spleen: Threshold

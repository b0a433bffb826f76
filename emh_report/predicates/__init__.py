"""Named predicates for rules that a table of comparisons cannot say. Thresholds come as parameters.

A predicate is a factory: it reads its parameters once, at load, and returns the test. It raises
KeyError or ValueError for parameters it cannot use. One topic per module; each lists its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from emh_report.predicates import (
    causes,
    communication,
    coverage,
    examinations,
    fluids,
    levels,
    organs,
    records,
    sides,
    sizes,
)
from emh_report.predicates.parameters import Factory, Params

__all__ = ["PREDICATES", "Factory", "Params"]

PREDICATES: Final[Mapping[str, Factory]] = {
    **causes.PREDICATES,
    **communication.PREDICATES,
    **coverage.PREDICATES,
    **examinations.PREDICATES,
    **fluids.PREDICATES,
    **levels.PREDICATES,
    **organs.PREDICATES,
    **records.PREDICATES,
    **sides.PREDICATES,
    **sizes.PREDICATES,
}

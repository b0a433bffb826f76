"""Blood in a body cavity, told by the hematocrit of the fluid.

A hemothorax is fluid with a hematocrit of more than half that of blood; a quarter to a half raises
suspicion (R55).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from emh_report.conditions import Facts, Row, Test, Truth
from emh_report.predicates.communication import unflagged
from emh_report.predicates.parameters import Factory, Params, amount, both, known, measured

_HUNDRED = Decimal(100)


def hematocrit_ratio(params: Params) -> Test:
    """Whether the fluid's hematocrit is more than ``above`` percent of the blood's, and at most ``up-to``."""
    known(params, "above", "up-to")
    low = amount(params, "above")
    high = amount(params, "up-to") if "up-to" in params else None
    if high is not None and high <= low:
        msg = "up-to is larger than above"
        raise ValueError(msg)

    def test(row: Row, _: Facts) -> Truth:
        fluid, blood = measured(row.get("fluid-hematocrit")), measured(row.get("blood-hematocrit"))
        if fluid is None or not blood:
            return None
        percent = fluid * _HUNDRED / blood
        return percent > low and (high is None or percent <= high)

    return test


PREDICATES: Final[dict[str, Factory]] = {
    "hematocrit-ratio": hematocrit_ratio,
    "hematocrit-ratio-unflagged": both(unflagged, hematocrit_ratio, "above", "up-to"),
}

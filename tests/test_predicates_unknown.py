"""Predicates where something is unknown, absent, on another side or at another level."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import pytest

from emh_report.conditions import UNKNOWN, Facts, Row, Truth
from emh_report.predicates import PREDICATES, Params
from tests.test_predicates import GROWTH_FACTOR, NO_LESION, THORACIC, levels, on


def imaged(*regions: str) -> Facts:
    """Return the facts of CT and MR of regions of the body."""
    return {"procedure": [{"modality": frozenset({"MR", "CT"}), "body-region": frozenset(regions)}]}


def aged(years: int, sex: str = "") -> Facts:
    """Return the facts of a person of whose age the years are known."""
    return {"context": [{"age-years": years, "sex": sex}]}


LUMBAR: Final[Params] = {"field": "at", "reach": ["lumbar:17:31"]}
OTHER_SIDE: Final[Params] = {"group": "lesion", "side": "left", "site": ["orbit"]}
TWO_FLUIDS: Final[Params] = {"group": "organ", "key": "organ", "least": "2", "fluid": ["some"]}
CAUSES: Final[Params] = {"causes": ["fibrosis"]}
LENGTHS: Final[Params] = {
    "side": "above",
    "months": ["12:70", "24:80"],
    "adolescent-months": "180",
    "female": "120",
    "male": "130",
    "adult-years": "18",
    "adult": "130",
}
VOLUME: Final[Params] = {"causes": ["fibrosis"], "percent": "35"}
FIBROSIS: Final[Facts] = {"cause": [{"cause": "fibrosis"}]}
EXCEEDS: Final[Params] = {"field": "mom", "limit": "most", "otherwise": "1.5", "decided": "said"}

SAME: Final[Params] = {"group": "g", "fields": ["a", "b"]}
SETTLED: Final[Params] = {
    "presence": ["absent"],
    "deficit": "clinical.new",
    "cord-compression": ["false"],
    "change-status": ["stable"],
}
UNPLACED: Final[Params] = {"group": "finding", "field": "site", "deficit": "clinical.new"}
DENIED: Final[Facts] = {"clinical": [{"new": False}]}
GIVEN_NOT: Final[Row] = {"gcsf-recent": False}


def drug(status: str) -> Row:
    """Return a growth factor without a date."""
    return {"drug": "g-csf", "drug-status": status}


TRUTHS: Final[list[tuple[str, Params, Row, Facts, Truth]]] = [
    # what was imaged: one region shows the same on all modalities; a part whose reach is not known shows anything
    ("not-ruled-out", NO_LESION, {"epidural": False}, imaged("spine"), False),
    ("not-ruled-out", NO_LESION, {"epidural": False}, imaged("chest"), True),
    ("not-ruled-out", NO_LESION, {"epidural": False}, imaged("spine", "chest"), True),
    ("not-ruled-out", NO_LESION, {"epidural": False}, imaged(), True),
    ("not-ruled-out", NO_LESION, {"epidural": True}, imaged("spine"), True),
    ("not-ruled-out", NO_LESION, {"epidural": UNKNOWN}, imaged("spine"), True),
    ("not-ruled-out", NO_LESION, {"epidural": False, "at": levels(11, 16)}, imaged("lumbar"), True),
    ("levels-unseen", LUMBAR, {"at": levels(17, 31)}, {"spine": [{"spine-coverage": frozenset({"lumbar"})}]}, False),
    ("levels-unseen", LUMBAR, {"at": levels(16, 20)}, {"spine": [{"spine-coverage": frozenset({"lumbar"})}]}, True),
    ("levels-unseen", LUMBAR, {"at": UNKNOWN}, {"spine": [{"spine-coverage": frozenset({"lumbar"})}]}, None),
    ("levels-unseen", LUMBAR, {"at": levels(16, 20)}, imaged("lumbar", "chest"), None),
    ("levels-unseen", LUMBAR, {"at": levels(16, 20)}, {}, None),
    # sides and places: what is absent or has no side is on neither
    ("other-side-only", OTHER_SIDE, {}, {"lesion": [{"site": "orbit", "laterality": "right"}]}, True),
    ("other-side-only", OTHER_SIDE, {}, {"lesion": [{"site": "orbit", "laterality": "left"}]}, False),
    ("other-side-only", OTHER_SIDE, {}, {"lesion": [{"site": "sinus", "laterality": "right"}]}, False),
    ("other-side-only", OTHER_SIDE, {}, {"lesion": [{"site": "orbit", "laterality": UNKNOWN}]}, False),
    ("other-side-only", OTHER_SIDE, {}, {"lesion": []}, False),
    (
        "other-side-only",
        OTHER_SIDE,
        {},
        {"lesion": [{"site": "orbit", "laterality": "right"}, {"site": "orbit", "presence": "absent"}]},
        True,
    ),
    (
        "other-side-only",
        {**OTHER_SIDE, "side": "nerve"},
        {"nerve": "bilateral"},
        {"lesion": [{"site": "orbit"}]},
        False,
    ),
    (
        "compartments",
        TWO_FLUIDS,
        {},
        {"organ": [{"organ": "a", "fluid": "some"}, {"organ": "a", "fluid": "some"}]},
        False,
    ),
    (
        "compartments",
        TWO_FLUIDS,
        {},
        {"organ": [{"organ": "a", "fluid": "some"}, {"organ": "b", "fluid": "some"}]},
        True,
    ),
    ("compartments", TWO_FLUIDS, {}, {"organ": [{"organ": "a", "fluid": "some"}, {"organ": "b"}]}, None),
    (
        "compartments",
        TWO_FLUIDS,
        {},
        {"organ": [{"organ": "a", "fluid": "some"}, {"organ": "b", "fluid": "no"}]},
        False,
    ),
    # records: what is unknown is not the same, and settles nothing
    ("repeated", {"group": "g", "fields": ["a"]}, {}, {"g": [{"a": "x"}, {}]}, None),
    ("some-record", {"group": "g", "a": ["x"]}, {}, {"g": [{"a": UNKNOWN}]}, None),
    ("no-record", {"group": "g", "a": ["x"]}, {}, {"g": [{"a": UNKNOWN}]}, None),
    ("some-there", {"group": "g", "a": ["x"]}, {}, {"g": [{"a": "x", "presence": UNKNOWN}]}, True),
    ("some-there", {"group": "g", "a": ["x"]}, {}, {"g": [{"a": "x", "presence": "absent"}]}, False),
    ("some-there", {"group": "g", "either": ["a=x", "b=true"]}, {}, {"g": [{"a": "y", "b": True}]}, True),
    ("some-there", {"group": "g", "either": ["a=x", "b=true"]}, {}, {"g": [{"a": "y", "b": UNKNOWN}]}, None),
    ("has-cause", CAUSES, {}, {"cause": [{"cause": "other"}]}, False),
    ("has-cause", CAUSES, {}, {"cause": [{"cause": "unknown"}]}, None),
    ("has-cause", CAUSES, {}, {"cause": [{"cause": "other"}, {"cause": UNKNOWN}]}, None),
    ("has-cause", CAUSES, {}, {}, None),
    ("has-cause", {**CAUSES, "open": ["open"]}, {}, {"cause": [{"cause": "open"}]}, None),
    ("has-cause", CAUSES, {}, {"cause": [{"cause": "fibrosis", "cause-status": "excluded"}]}, False),
    ("only-causes", {"causes": ["unknown"]}, {}, {"cause": [{"cause": UNKNOWN}]}, True),
    ("only-causes", {"causes": ["unknown"]}, {}, {"cause": [{"cause": "unknown"}, {}]}, None),
    ("only-causes", {"causes": ["unknown"]}, {}, {}, None),
    # limits by age: a year that is known decides where both its ends do
    ("spleen-limit", LENGTHS, {"spleen-length": Decimal(75)}, aged(1), None),
    ("spleen-limit", LENGTHS, {"spleen-length": Decimal(81)}, aged(1), True),
    ("spleen-limit", LENGTHS, {"spleen-length": Decimal(70)}, aged(1), False),
    ("spleen-limit", LENGTHS, {"spleen-length": Decimal(70)}, {"context": [{"age-days": 0}]}, False),
    ("spleen-limit", LENGTHS, {"spleen-length": Decimal(71)}, {"context": [{"age-days": 0}]}, True),
    ("spleen-limit", LENGTHS, {"spleen-length": Decimal(125)}, aged(15, "female"), True),
    ("spleen-limit", LENGTHS, {"spleen-length": Decimal(125)}, aged(15, "male"), False),
    ("spleen-limit", LENGTHS, {"spleen-length": Decimal(125)}, aged(15), None),
    ("spleen-limit", LENGTHS, {"spleen-length": Decimal(125)}, aged(18, "female"), False),
    ("spleen-limit", LENGTHS, {"spleen-length": UNKNOWN}, aged(18), None),
    ("spleen-limit", LENGTHS, {"spleen-length": Decimal(125)}, {"context": [{"age-days": -1}]}, None),
    # a change of volume as stated, else from both volumes; an author who decided is not asked again
    ("volume-decrease-below-in-cause", VOLUME, {"spleen-volume-change": Decimal(-35)}, FIBROSIS, False),
    ("volume-decrease-below-in-cause", VOLUME, {"spleen-volume-change": Decimal(-34)}, FIBROSIS, True),
    (
        "volume-decrease-below-in-cause",
        VOLUME,
        {"spleen-volume-prior": Decimal(1000)},
        {**FIBROSIS, "organ": [{}, {"spleen-volume": Decimal(660)}]},
        True,
    ),
    (
        "volume-decrease-below-in-cause",
        VOLUME,
        {"spleen-volume-prior": Decimal(1000)},
        {**FIBROSIS, "organ": [{"spleen-volume": Decimal(650)}]},
        False,
    ),
    ("volume-decrease-below-in-cause", VOLUME, {"spleen-volume-prior": Decimal(1000)}, FIBROSIS, None),
    ("exceeds", EXCEEDS, {"mom": Decimal(2), "said": False}, {}, False),
    ("exceeds", EXCEEDS, {"mom": Decimal(2), "said": UNKNOWN}, {}, True),
    ("exceeds", EXCEEDS, {}, {}, None),
    # two answers that are not known are not the same one; an entry is no other one
    ("repeated", SAME, {"a": UNKNOWN, "b": "y"}, {"g": [{"a": UNKNOWN, "b": "y"}]}, None),
    ("repeated", SAME, {"b": "y"}, {"g": [{"b": "y"}]}, None),
    ("repeated", SAME, {"a": "x", "b": "y"}, {"g": [{"a": "x"}]}, None),
    ("repeated", SAME, {"a": "x", "b": "y"}, {"g": [{"a": UNKNOWN, "b": "y"}]}, None),
    # an old deficit is settled where all is answered so
    ("answers-none-nor-settled", SETTLED, {"cord-compression": False, "change-status": "stable"}, DENIED, False),
    ("answers-none-nor-settled", SETTLED, {"cord-compression": False, "change-status": "new"}, DENIED, True),
    ("answers-none-nor-settled", SETTLED, {"cord-compression": UNKNOWN, "change-status": "stable"}, DENIED, True),
    ("answers-none-nor-settled", SETTLED, {"cord-compression": False, "change-status": "stable"}, {}, True),
    ("unplaced", UNPLACED, {}, {**DENIED, "finding": [{"presence": "absent", "change-status": "resolved"}]}, False),
    ("unplaced", UNPLACED, {}, {**DENIED, "finding": [{"presence": "absent"}]}, True),
    ("unplaced", UNPLACED, {}, DENIED, True),
    # a site without a region, or a level that is of none
    ("levels-outside", THORACIC, {"site": "liver", "levels": levels(20, 25, "lumbar", "lumbar")}, {}, False),
    ("levels-outside", THORACIC, {"site": "thorax", "levels": levels(1, 2, "other", "thoracic")}, {}, None),
    ("levels-outside", THORACIC, {"site": "thorax", "levels": levels(1, 2, "thoracic", "other")}, {}, None),
    # drugs: what is current needs no date, what is planned was not given
    ("drug-before-exam", GROWTH_FACTOR, {}, on("2024-05-12", medication=[drug("current")]), True),
    ("drug-before-exam", GROWTH_FACTOR, {}, on("2024-05-12", pet=[GIVEN_NOT], medication=[drug("planned")]), False),
    ("drug-before-exam", GROWTH_FACTOR, {}, on("2024-05-12", pet=[GIVEN_NOT], medication=[drug("stopped")]), None),
    ("drug-before-exam", GROWTH_FACTOR, {}, on("2024-05-12"), None),
    # earlier examinations: as far as their dates and techniques are known
    ("compared-within", {"days": "7"}, {}, on("2024-05-12", comparison=[{"prior-date": "2024-05-06"}]), True),
    ("compared-within", {"days": "7"}, {}, on("2024-05-12", comparison=[{"prior-date": "2024-05-05"}]), False),
    ("compared-within", {"days": "7"}, {}, on("2024-05-12", comparison=[{"prior-date": "2024-05"}]), None),
    ("compared-within", {"days": "7"}, {}, on("2024-05-12"), False),
    ("technique-differs", {}, {}, on("2024-05-12", comparison=[{"prior-same-technique": False}]), True),
    ("technique-differs", {}, {}, on("2024-05-12", comparison=[{"prior-modality": frozenset({"CT"})}]), None),
    ("technique-differs", {}, {}, on("2024-05-12"), False),
    ("no-dated-study", {"modalities": ["NM"]}, {}, {"comparison": [{"prior-modality": frozenset({"NM"})}]}, None),
]


@pytest.mark.parametrize(("name", "params", "row", "facts", "truth"), TRUTHS)
def test_what_is_known_decides(name: str, params: Params, row: Row, facts: Facts, truth: Truth) -> None:
    assert PREDICATES[name](params)(row, facts) is truth

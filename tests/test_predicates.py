"""Predicates at the edges that no rule case reaches: limits that are just met, dates of which a part is known, gaps."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import pytest

from emh_report.conditions import UNKNOWN, Facts, Gap, Row, Span, Truth
from emh_report.predicates import PREDICATES, Params

SIZES: Final[Params] = {
    "status": "said",
    "size": "now",
    "prior": "then",
    "grow-percent": "20",
    "grow-by": "5",
    "shrink-percent": "30",
}
MONTHS: Final[Params] = {"field": "then", "interval": "stated", "unit": "30", "percent": "25", "days": "15"}
GROWTH_FACTOR: Final[Params] = {"drugs": ["g-csf"], "days": "10"}
NO_LESION: Final[Params] = {
    "denied": "epidural",
    "nearer": "foramen",
    "levels": "at",
    "reach": ["lumbar:17:31"],
    "modalities": ["MR"],
    "others": ["CT"],
    "regions": ["spine"],
}
THORACIC: Final[Params] = {"sites": ["thorax:thoracic"], "part": "all"}


def axes(*numbers: int) -> tuple[Decimal, ...]:
    return tuple(Decimal(number) for number in numbers)


def levels(upper: int, lower: int, upper_region: str = "thoracic", lower_region: str = "thoracic") -> Span:
    return Span(upper, lower, upper_region, lower_region)


def on(day: str, **groups: list[Row]) -> Facts:
    """Return the facts of an examination on ``day``."""
    return {"procedure": [{"exam-date": day}], **groups}


STUDIED: Final[Facts] = {"context": [{"exam-date": "2024-05-02"}]}

EDGES: Final[list[tuple[str, Params, Row, Facts, Truth]]] = [
    # sizes: a limit that is met is not passed; every axis counts
    ("outside", {"field": "now", "low": "2", "high": "300"}, {"now": axes(300, 2)}, {}, False),
    ("outside", {"field": "now", "low": "2", "high": "300"}, {"now": axes(40, 1)}, {}, True),
    ("outside", {"field": "now", "low": "2", "high": "300"}, {"now": axes(301, 40)}, {}, True),
    ("outside", {"field": "now", "low": "2", "high": "300"}, {"now": levels(1, 2)}, {}, None),
    ("above", {"field": "low", "limit": "high"}, {"low": Decimal(9), "high": Decimal(9)}, {}, False),
    ("above", {"field": "low", "limit": "high"}, {"low": Decimal("9.1"), "high": Decimal(9)}, {}, True),
    ("above", {"field": "low", "limit": "high"}, {"low": Decimal(0), "high": UNKNOWN}, {}, None),
    ("above", {"field": "low", "limit": "high"}, {"high": Decimal(-1)}, {}, None),
    ("change-contradicts-size", SIZES, {"said": "stable", "now": axes(24), "then": axes(20)}, {}, False),
    ("change-contradicts-size", SIZES, {"said": "stable", "now": axes(30), "then": axes(25)}, {}, True),
    ("change-contradicts-size", SIZES, {"said": "stable", "now": axes(105), "then": axes(100)}, {}, False),
    ("change-contradicts-size", SIZES, {"said": "stable", "now": axes(70), "then": axes(100)}, {}, True),
    ("change-contradicts-size", SIZES, {"said": "stable", "now": axes(71), "then": axes(100)}, {}, False),
    ("change-contradicts-size", SIZES, {"said": "increased", "now": axes(40, 20), "then": axes(40, 20)}, {}, True),
    ("change-contradicts-size", SIZES, {"said": "increased", "now": axes(40, 21), "then": axes(40, 20)}, {}, False),
    ("change-contradicts-size", SIZES, {"said": "decreased", "now": axes(40, 20), "then": axes(40, 20)}, {}, True),
    ("change-contradicts-size", SIZES, {"said": "decreased", "now": axes(20, 39), "then": axes(40, 20)}, {}, False),
    ("change-contradicts-size", SIZES, {"said": "resolved", "now": axes(40), "then": axes(40)}, {}, False),
    ("change-contradicts-size", SIZES, {"said": UNKNOWN, "now": axes(40), "then": axes(20)}, {}, None),
    ("change-contradicts-size", SIZES, {"said": "stable", "now": axes(40), "then": axes(0)}, {}, None),
    # what was not said: an answer that is unknown is one; what does not apply says nothing either
    ("unanswered", {"fields": ["a", "b"]}, {"a": Gap.NOT_APPLICABLE}, {}, True),
    ("unanswered", {"fields": ["a", "b"]}, {"b": UNKNOWN}, {}, False),
    ("without-value", {"fields": ["a", "g.b"]}, {"a": UNKNOWN}, {"g": [{"b": Gap.NOT_APPLICABLE}, {}]}, True),
    ("without-value", {"fields": ["a", "g.b"]}, {"a": UNKNOWN}, {"g": [{}, {"b": "said"}]}, False),
    ("without-value", {"fields": ["a"]}, {"a": False}, {}, False),
    # dates: a month or a year decides only what it can
    ("date-before", {"field": "then"}, {"then": "2024-05-01"}, on("2024-05-02T08:00:00+01:00"), True),
    ("date-before", {"field": "then"}, {"then": "2024-05-02"}, on("2024-05-02T08:00:00+01:00"), False),
    ("date-before", {"field": "then"}, {"then": "2024-05"}, on("2024-05-02"), None),
    ("date-before", {"field": "then"}, {"then": "2024-04"}, on("2024-05-02"), True),
    ("date-before", {"field": "then"}, {"then": "2024-04"}, {}, None),
    ("date-after", {"field": "then"}, {"then": UNKNOWN}, on("2024-05-02"), None),
    ("days-apart", {"field": "then", "days": "2"}, {"then": "2024-05-04"}, STUDIED, False),
    ("days-apart", {"field": "then", "days": "2"}, {"then": "2024-04-29"}, STUDIED, True),
    ("days-apart", {"field": "then", "days": "2"}, {"then": "2023"}, STUDIED, None),
    ("days-apart", {"field": "then", "days": "2"}, {"then": UNKNOWN}, STUDIED, None),
    ("interval-differs", MONTHS, {"then": "2024-01-01", "stated": Decimal(4)}, on("2024-03-31"), False),
    ("interval-differs", MONTHS, {"then": "2024-01-01", "stated": Decimal(4)}, on("2024-05-30"), False),
    ("interval-differs", MONTHS, {"then": "2024-01-01", "stated": Decimal(4)}, on("2024-05-31"), True),
    ("interval-differs", MONTHS, {"then": "2024-01-01", "stated": Decimal(4)}, on("2024-03-30"), True),
    ("interval-differs", MONTHS, {"then": "2024-01-01", "stated": Decimal(1)}, on("2024-02-15"), False),
    ("interval-differs", MONTHS, {"then": "2024-01-01", "stated": Decimal(1)}, on("2024-02-16"), True),
    ("interval-differs", MONTHS, {"then": "2023", "stated": Decimal(4)}, on("2024-01-01"), False),
    ("interval-differs", MONTHS, {"then": UNKNOWN, "stated": Decimal(4)}, on("2024-01-01"), None),
    ("interval-differs", MONTHS, {"then": "2023-10-01", "stated": Decimal(4)}, {}, None),
    # drugs: what is planned was not given; hours and dates both say when
    (
        "drug-before-exam",
        GROWTH_FACTOR,
        {},
        on("2024-05-12", medication=[{"drug": "g-csf", "drug-last": "2024-05-02"}]),
        True,
    ),
    (
        "drug-before-exam",
        GROWTH_FACTOR,
        {},
        on("2024-05-12", pet=[{"gcsf-recent": True, "gcsf-interval": Decimal(240)}]),
        True,
    ),
    (
        "drug-before-exam",
        GROWTH_FACTOR,
        {},
        on("2024-05-12", pet=[{"gcsf-recent": True, "gcsf-interval": Decimal(241)}]),
        False,
    ),
    (
        "drug-before-exam",
        GROWTH_FACTOR,
        {},
        on("2024-05-12", pet=[{"gcsf-recent": True, "gcsf-date": "2024-05-01"}]),
        False,
    ),
    ("drug-before-exam", GROWTH_FACTOR, {}, on("2024-05-12", pet=[{"gcsf-recent": True}]), None),
    # what an examination can rule out
    ("not-ruled-out", NO_LESION, {"epidural": False}, {"procedure": [{"modality": frozenset({"MR"})}]}, False),
    ("not-ruled-out", NO_LESION, {"epidural": False}, {"procedure": [{"modality": frozenset({"MR", "CT"})}]}, True),
    (
        "not-ruled-out",
        NO_LESION,
        {"epidural": False, "foramen": True},
        {"procedure": [{"modality": frozenset({"MR"})}]},
        True,
    ),
    ("not-ruled-out", NO_LESION, {"epidural": False}, {}, True),
    ("not-ruled-out", NO_LESION, {"presence": "absent"}, {}, False),
    ("other-modality", {}, {}, {"procedure": [{"modality": frozenset({"MR"})}]}, None),
    (
        "own-study",
        {"field": "uid"},
        {"uid": " 1.2.3 "},
        {"context": [{"study-instance-uid": frozenset({"1.2.3"})}]},
        True,
    ),
    ("own-study", {"field": "uid"}, {"uid": "1.2.3"}, {}, None),
    # levels: a range may cross regions, and one that is not known is not outside
    ("levels-outside", THORACIC, {"site": "thorax", "levels": levels(7, 8, "cervical", "thoracic")}, {}, False),
    ("levels-outside", THORACIC, {"site": "thorax", "levels": levels(7, 25, "cervical", "lumbar")}, {}, False),
    ("levels-outside", THORACIC, {"site": "thorax", "levels": levels(20, 25, "lumbar", "lumbar")}, {}, True),
    ("levels-outside", THORACIC, {"site": "thorax", "levels": UNKNOWN}, {}, None),
    ("levels-outside", THORACIC, {"site": UNKNOWN, "levels": levels(20, 25, "lumbar", "lumbar")}, {}, None),
    (
        "span-outside",
        {"field": "inner", "within": "outer"},
        {"inner": levels(8, 12), "outer": levels(8, 12)},
        {},
        False,
    ),
    ("span-outside", {"field": "inner", "within": "outer"}, {"inner": levels(7, 12), "outer": levels(8, 12)}, {}, True),
    ("span-outside", {"field": "inner", "within": "outer"}, {"inner": levels(8, 13), "outer": levels(8, 12)}, {}, True),
    ("span-outside", {"field": "inner", "within": "outer"}, {"inner": levels(8, 13), "outer": UNKNOWN}, {}, None),
    # an answer without a value says nothing of what was communicated
    ("unsaid", {"field": "who", "fields": ["who"]}, {"who": Gap.NOT_APPLICABLE}, {"communication": [{}]}, True),
    ("unsaid", {"field": "who", "fields": ["who"]}, {}, {"communication": [{"who": "x"}]}, False),
]


@pytest.mark.parametrize(("name", "params", "row", "facts", "truth"), EDGES)
def test_at_the_edge(name: str, params: Params, row: Row, facts: Facts, truth: Truth) -> None:
    assert PREDICATES[name](params)(row, facts) is truth


@pytest.mark.parametrize("missing", ["field", "limit", "otherwise"])
def test_a_limit_is_not_held_against_nothing(missing: str) -> None:
    params: Params = {"field": "mom", "limit": "most", "otherwise": "1.5"}
    assert PREDICATES["exceeds"](params)({"mom": Decimal("1.6")}, {}) is True
    with pytest.raises(KeyError, match=missing):
        PREDICATES["exceeds"]({name: value for name, value in params.items() if name != missing})

"""The picture of a course: what it shows, in words too, and that nothing typed can become markup."""

from __future__ import annotations

from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emh_report.decimals import Unit
from emh_report.priors import Size, Why, examine, follow
from emh_report.priors.series import Point, Series, series
from emh_report.priors.trend import draw
from emh_report.wire.draft_file import read_draft_file
from tests.case_files import catalog
from tests.conftest import ROOT
from tests.prior_reports import L, course_of_four, examined

SVG = "{http://www.w3.org/2000/svg}"
MM = Unit("mm", "mm", "length", Decimal(1))


def point(day: str, number: str, why: Why = Why.COMPARABLE) -> Point:
    return Point(day, Size(f"{number} mm", MM, Decimal(number)), "CT, version 1", why)


def drawn(*points: Point, title: str = "Mass") -> ET.Element:
    return ET.fromstring(draw(Series(title, "Longest diameter", "mm", points)))  # noqa: S314 - our own output


def texts(picture: ET.Element) -> list[str]:
    return [element.text or "" for element in picture.iter(f"{SVG}text")]


def example() -> Series:
    """Return the course that the documentation shows: the mass of docs/examples/course."""
    files = sorted((ROOT / "docs" / "examples" / "course").glob("*.json"))
    *priors, current = (examine(catalog(), *read_draft_file(file.read_bytes())) for file in files)
    return series(follow(current, priors, catalog().thresholds))[0]


def test_the_picture_of_the_documentation_is_what_is_drawn() -> None:
    shown = (ROOT / "docs" / "images" / "trend.svg").read_text(encoding="utf-8")
    assert shown == draw(example(), alone=True) + "\n"


def test_four_reports_make_a_course_of_mass_and_spleen() -> None:
    *priors, current = course_of_four()
    mass, spleen = series(follow(current, priors, catalog().thresholds))
    assert mass.title == "Paraspinal, thoracic (posterior mediastinum), left, T8–T10"
    assert [(one.date, one.size.text) for one in mass.points] == [
        ("2022-01-10", "60 × 40 mm"), ("2022-07-04", "4.10 × 3 cm"), ("2023-02", "38 mm"), ("2024-03-12", "52 × 41 mm")
    ]  # fmt: skip
    assert (spleen.title, spleen.quantity, spleen.unit, len(spleen.points)) == ("Spleen", "Volume", "mL", 4)
    assert spleen.lines[-1] == "2024-03-12: 1250.5 mL (CT, this report)"


def test_a_node_without_a_short_axis_is_told_and_not_joined() -> None:
    days = ("2023-01-10", "2024-01-10", "2024-06-10")
    sizes = ("30 x 16 mm", "30 x 18 mm", "33 mm")
    nodes = [examined(day, L("n", size, "lymph-node", levels="")) for day, size in zip(days, sizes, strict=True)]
    (course,) = series(follow(nodes[-1], nodes[:-1], catalog().thresholds))
    assert (course.quantity, [str(one.size.number) for one in course.points]) == ("Short axis", ["16", "18", "33"])
    assert [one.why for one in course.points] == [Why.COMPARABLE, Why.COMPARABLE, Why.SHORT_AXIS_UNKNOWN]
    assert course.lines[-1] == "2024-06-10: 33 mm (CT, this report; short axis not known)"


def test_a_picture_says_what_it_shows() -> None:
    picture = drawn(point("2022-01-10", "60"), point("2022-07", "41.5"), point("2024", "38"))
    words = texts(picture)
    assert {"Mass", "Longest diameter (mm)", "mm", "Date of examination", "60", "41.5", "38", "0", "80"} <= set(words)
    assert {"2022-01-10", "2024"} <= set(words)
    title, desc = picture.find(f"{SVG}title"), picture.find(f"{SVG}desc")
    assert title is not None
    assert desc is not None
    assert title.text == "Mass: longest diameter over time"
    assert "2022-07: 41.5 mm (CT, version 1)" in (desc.text or "")
    assert picture.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"
    assert picture.get("role") == "img"


def test_points_lie_where_date_and_size_put_them() -> None:
    picture = drawn(point("2022-01-01", "20"), point("2022-12-31", "40"), point("2024-12-30", "0.1"))
    spots = [(float(one.get("cx", "")), float(one.get("cy", ""))) for one in picture.iter(f"{SVG}circle")]
    (x1, y1), (x2, y2), (x3, y3) = spots
    assert (x3 - x2) / (x2 - x1) == pytest.approx(2.005, abs=0.01)
    zero = max(float(one.get("y1", "")) for one in picture.iter(f"{SVG}line"))
    assert (zero - y2) / (zero - y1) == pytest.approx(2, abs=0.01)
    assert 0 < zero - y3 < 1


def test_what_is_not_comparable_is_hollow_and_not_joined() -> None:
    picture = drawn(point("2022-01-01", "20", Why.OTHER_MODALITY), point("2023-01-01", "40"), point("2024-01-01", "30"))
    fills = [one.get("fill") for one in picture.iter(f"{SVG}circle")]
    assert fills == ["none", "currentColor", "currentColor"]
    lines = [one.get("points", "").split() for one in picture.iter(f"{SVG}polyline")]
    assert [len(one) for one in lines] == [2]
    assert any("hollow: not comparable" in text for text in texts(picture))


def test_points_without_a_date_are_counted_and_told() -> None:
    found = Series("Mass", "Longest diameter", "mm", (point("", "20"), point("2024-01-01", "40")))
    assert found.lines[0] == "date not known: 20 mm (CT, version 1)"
    assert "1 without a date, not drawn" in draw(found)
    assert len(list(ET.fromstring(draw(found)).iter(f"{SVG}circle"))) == 1  # noqa: S314 - our own output


def test_colours_are_those_of_the_text_around_unless_it_stands_alone() -> None:
    found = Series("Mass", "Longest diameter", "mm", (point("2023-01-01", "20"), point("2024-01-01", "40")))
    assert "<style" not in draw(found)
    assert "style=" not in draw(found)
    assert "prefers-color-scheme:dark" in draw(found, alone=True)


def test_a_lesion_name_cannot_become_markup() -> None:
    name = '"><script>alert(1)</script>&'
    prior = examined("2023-01-10", L("a", "20 mm", tracking_id=name))
    current = examined("2024-01-10", L("b", "30 mm", tracking_id=name))
    (found,) = series(follow(current, [prior], catalog().thresholds))
    picture = ET.fromstring(draw(found))  # noqa: S314 - our own output
    assert not list(picture.iter(f"{SVG}script"))
    assert name in "".join(picture.itertext())


@given(
    st.lists(st.tuples(st.dates(), st.decimals("0", "99999", places=3)), min_size=1, max_size=12),
    st.text(st.characters(min_codepoint=32, exclude_categories=["Cs", "Cc", "Cn"]), max_size=90),
)
def test_everything_drawn_is_well_formed_and_inside_the_picture(
    points: list[tuple[object, Decimal]], title: str
) -> None:
    days = sorted(points, key=str)
    picture = drawn(*(point(str(day), str(number)) for day, number in days), title=title)
    for one in picture.iter(f"{SVG}circle"):
        assert 58 <= float(one.get("cx", "")) <= 540
        assert 52 <= float(one.get("cy", "")) <= 216

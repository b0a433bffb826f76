"""The pictures of a report: every site has a place or is told in words, and nothing is said by colour alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

import pytest

from emh_report import pipeline
from emh_report.pictures import NONE, Pictures, body, pictures, spine
from emh_report.pictures.atlas import LEFT, RIGHT, WIDTH, body_atlas
from emh_report.pictures.lesions import INVOLVED, Lesion, Levels
from emh_report.pictures.lesions import SITES as SITES_OF
from emh_report.report import Axes, Choice, LevelRange
from emh_report.template import Role
from tests.case_files import case_folders, catalog, read_case, read_report, synthetic_context, synthetic_drafts
from tests.narrative_samples import code, group, report_of

SITES = catalog().vocabularies["site"].terms
ATLAS = body_atlas()
REGIONS = [(panel, region) for panel in ATLAS.panels for region in panel.regions.values()]
SVG = "{http://www.w3.org/2000/svg}"


def lesion(label: str = "1", site: str = "liver", side: str = "", levels: str = "", **more: bool) -> Lesion:
    upper, _, lower = levels.partition("-")
    ends = Levels(upper, lower or upper) if levels else None
    return Lesion(label, site, side, ends, more.get("doubtful", False), more.get("critical", False), f"{site} {side}")


def parsed(drawing: str) -> ET.Element:
    return ET.fromstring(drawing)  # noqa: S314 - our own drawing


# --- the atlas -------------------------------------------------------------------------------------------------------


def test_every_site_has_one_place_or_is_told_in_words() -> None:
    drawn = [region.site for _, region in REGIONS]
    assert len(drawn) == len(set(drawn))
    assert set(drawn) & ATLAS.not_drawn == set()
    assert set(drawn) | ATLAS.not_drawn == set(SITES)


def test_sites_with_a_side_are_drawn_on_both() -> None:
    required = {code for code, term in SITES.items() if term.properties.get("laterality") == "required"}
    none = {code for code, term in SITES.items() if term.properties.get("laterality") == "not-applicable"}
    paired = {region.site for _, region in REGIONS if region.paired}
    assert required - ATLAS.not_drawn <= paired
    assert none & paired == set()


def test_points_lie_in_their_panel_and_apart() -> None:
    for panel in ATLAS.panels:
        points = [region.point(side) for region in panel.regions.values() for side in region.sides]
        assert all(0 < point.x < WIDTH and 0 < point.y < panel.height for point in points)
        for position, one in enumerate(points):
            for other in points[position + 1 :]:
                assert (one.x - other.x) ** 2 + (one.y - other.y) ** 2 >= 14**2, (panel.id, one, other)


def test_the_right_of_the_patient_is_on_the_left() -> None:
    for _, region in REGIONS:
        if region.paired:
            assert region.point(RIGHT).x < WIDTH / 2 < region.point(LEFT).x
            assert region.point(RIGHT).x + region.point(LEFT).x == WIDTH


def test_levels_are_those_of_the_vocabulary() -> None:
    assert tuple(catalog().vocabularies["vertebral-level"].terms) == spine.LEVELS


# --- the body map ----------------------------------------------------------------------------------------------------


def labels(drawing: str) -> list[tuple[str, float, float]]:
    """Return number and place of every sign."""
    texts = parsed(drawing).iter(f"{SVG}text")
    return [
        (one.text or "", float(one.attrib["x"]), float(one.attrib["y"]))
        for one in texts
        if one.get("class") == "map-number"
    ]


@pytest.mark.parametrize(
    ("side", "where"), [("right", [-1]), ("left", [1]), ("bilateral", [-1, 1]), ("midline", [0]), ("", [0])]
)
def test_a_lesion_is_marked_on_its_side(side: str, where: list[int]) -> None:
    drawing = body.drawing([lesion(site="kidney", side=side)])
    found = sorted((x > WIDTH / 2) - (x < WIDTH / 2) for _, x, _ in labels(drawing))
    assert found == where
    assert ("map-note" in drawing) == (side == "")


def test_no_sign_hides_another() -> None:
    many = [lesion(str(number), "paraspinal-thoracic", "right") for number in range(1, 61)]
    places = [(x, y) for _, x, y in labels(body.drawing(many))]
    assert len(set(places)) == len(places) == 60
    for position, (x, y) in enumerate(places):
        assert all((x - a) ** 2 + (y - b) ** 2 > 17**2 for a, b in places[position + 1 :])


def test_what_is_critical_or_in_doubt_has_another_shape() -> None:
    plain, urgent = body.drawing([lesion()]), body.drawing([lesion(critical=True)])
    doubtful = body.drawing([lesion(doubtful=True)])
    assert ("<circle" in plain, "<polygon" in plain, "map-flag" in plain) == (True, False, False)
    assert ("<circle" in urgent, "<polygon" in urgent, ">!<" in urgent) == (False, True, True)
    assert ("stroke-dasharray" in plain, "stroke-dasharray" in doubtful) == (False, True)


def test_only_panels_with_a_lesion_are_drawn() -> None:
    titles = [panel.title for panel in ATLAS.panels]
    drawing = body.drawing([lesion(site="orbit", side="left"), lesion("2", "uterus")])
    assert [title for title in titles if f">{title}<" in drawing] == ["Head and neck", "Pelvis"]


# --- the spine map ---------------------------------------------------------------------------------------------------


def bars(drawing: str) -> Iterator[dict[str, str]]:
    return (one.attrib for one in parsed(drawing).iter(f"{SVG}rect") if one.get("class") == "map-bar")


@pytest.mark.parametrize(("levels", "rows"), [("T5-T11", 7), ("T6", 1), ("C7-T1", 2), ("L5-S2", 3), ("C1-S5", 29)])
def test_a_bar_covers_its_levels(levels: str, rows: int) -> None:
    (bar,) = bars(spine.drawing([lesion(levels=levels)]))
    assert float(bar["height"]) + 2 == rows * spine.ROW
    assert f">{levels.replace('-', '–')}<" in spine.drawing([lesion(levels=levels)])


def test_seldom_levels_are_drawn_where_they_are_named() -> None:
    assert ">L6<" not in spine.drawing([lesion(levels="L1-S1")])
    assert ">L6<" in spine.drawing([lesion(levels="L5-L6")])


def test_bars_stand_on_their_side_and_never_on_each_other() -> None:
    many = [
        lesion(str(number), side=side, levels="T4-T9") for number, side in enumerate(("right", "left", "", "bilateral"))
    ]
    drawing = spine.drawing(many)
    places = [float(bar["x"]) for bar in bars(drawing)]
    assert len(set(places)) == len(places) == 5
    assert [word for word in ("Right", "Middle", "Left") if f">{word}<" in drawing] == ["Right", "Middle", "Left"]


def test_a_critical_bar_has_a_core_and_a_flag() -> None:
    assert ("map-core" in spine.drawing([lesion(levels="T6")])) is False
    assert {"map-core", "map-flag"} <= set(re.findall(r"map-\w+", spine.drawing([lesion(levels="T6", critical=True)])))


# --- reports ---------------------------------------------------------------------------------------------------------


def every_report() -> Iterator[tuple[str, Pictures, list[str]]]:
    files = [(path.stem, read_report(path, synthetic_context(path))) for path in synthetic_drafts()]
    files += [(case.id, (case.draft, case.context)) for case in map(read_case, case_folders())]
    for name, both in files:
        report = pipeline.release(catalog(), *both).report
        there = [one for one in report.in_role(Role.FINDING) if one.code("presence") != "absent"]
        facts = []
        for one in there:
            for item in one.items:
                match item.value:
                    case Axes(texts=texts) if item is next(i for i in one.items if isinstance(i.value, Axes)):
                        facts.append(" × ".join(texts))
                    case LevelRange(upper=upper) if item.field.role is Role.LEVELS:
                        facts.append(upper.code)
                    case Choice(term=term) if item.field.role is Role.SITE:
                        facts.append(term.phrase or term.display)
                    case _:
                        pass
        facts += [one.label for one in report.critical if one.group_uid in {group.uid for group in there}]
        yield name, pictures(report), facts


def test_the_words_say_everything_that_is_drawn_of_every_report() -> None:
    drawn = 0
    for name, shown, facts in every_report():
        if shown == NONE:
            continue
        drawn += 1
        words = "\n".join(words for _, words in shown.lines)
        assert [fact for fact in facts if fact not in words] == [], name
        for drawing in shown.drawings:
            root = parsed(drawing)
            title = root.findtext(f"{SVG}title") or ""
            assert root.get("role") == "img"
            signs = {label for label, _, _ in labels(drawing)}
            assert signs
            assert all(f"{label}: " in title for label in signs)
    assert drawn > 40


def test_an_absent_lesion_is_not_drawn_and_an_undrawn_site_is_told() -> None:
    absent = group("finding", "finding-1", presence=code("absent"), site=code("liver"))
    skin = group("finding", "finding-2", presence=code("present"), site=code("skin"))
    spleen = group("finding", "finding-3", presence=code("indeterminate"), site=code("spleen"))
    shown = pictures(report_of(absent, skin, spleen))
    assert [label for label, _ in shown.lines] == ["2", "3"]
    assert [label for label, _, _ in labels(shown.drawings[0])] == ["3"]
    assert "Dashed: not certain to be there" in shown.signs
    assert pictures(report_of(absent, skin)) == NONE


def test_organs_that_differ_have_a_square_and_a_letter() -> None:
    spleen = group(
        "organ", "spleen", organ=code("spleen"), spleen_state=code("enlarged"), organ_pattern=code("diffuse")
    )
    liver = group("organ", "liver", organ=code("liver"), liver_state=code("normal"))
    kidney = group(
        "organ", "kidney", organ=code("kidney"), organ_side=code("left"), organ_pattern=code("indeterminate")
    )
    bowel = group("organ", "bowel", organ=code("bowel"), organ_state=code("not-imaged"))
    shown = pictures(report_of(spleen, liver, kidney, bowel))
    assert shown.lines == (("A", "spleen, enlarged, diffuse"), ("B", "kidney, left, indeterminate"))
    assert [label for drawing in shown.drawings for label, _, _ in labels(drawing)] == ["A", "B"]
    assert '<rect x="' in shown.drawings[0]
    assert "Square: organ" in shown.signs
    assert pictures(report_of(liver, bowel)) == NONE


def test_an_organ_with_a_critical_finding_is_drawn_whatever_its_state() -> None:
    path = next(path for path in synthetic_drafts() if (path.parent.name, path.stem) == ("emh-ct-body", "draft-a"))
    shown = pictures(pipeline.release(catalog(), *read_report(path, synthetic_context(path))).report)
    (pleura,) = (words for _, words in shown.lines if words.startswith("pleura"))
    assert "left" in pleura
    assert "CRITICAL, minutes: Large amount of fluid" in pleura
    assert "map-flag" in shown.drawings[0]


def test_every_organ_that_is_drawn_is_a_site() -> None:
    organs = catalog().vocabularies["organ"].terms
    assert {code_ for code_ in organs if SITES_OF.get(code_, code_) not in SITES} == set()
    for vocabulary, codes in INVOLVED.items():
        assert codes <= set(catalog().vocabularies[vocabulary].terms)


def test_hostile_words_stay_words() -> None:
    bad = lesion()._replace(words='<script>alert("1")</script>')
    root = parsed(body.drawing([bad]))
    assert root.findtext(f"{SVG}title") == 'Body map. 1: <script>alert("1")</script>'
    assert not list(root.iter(f"{SVG}script"))

"""The map beside the lesions: picks without a script, by keyboard, and for everybody."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page

from emh_report.draft import Coded, Draft, Group, Levels
from emh_report.errors import InputError
from emh_report.pictures import spine
from emh_report.web import bodymap
from emh_report.web import sheet as sheets
from emh_report.web.sheet import Entry, Sheet
from tests.browser import browser
from tests.case_files import catalog
from tests.form_browser import kept, opened, said, settled
from tests.test_form_access import axe, violations
from tests.web_service import Visitor, beside, desk, fresh, sent_by, stored, studies

__all__ = ["axe", "browser"]

TEMPLATE = "emh-mri-spine"
PLAN = catalog().plan(TEMPLATE)
FINDING = PLAN.template.groups["finding"]


def answered(*lesions: dict[str, str]) -> Sheet:
    sheet = sheets.blank(PLAN)
    for number, lesion in enumerate(lesions, 1):
        if len(sheet.of("finding")) < number:
            sheet, _ = sheets.added(PLAN, sheet, "finding")
        entry = sheet.of("finding")[number - 1]
        for name, text in lesion.items():
            entry.texts[name] = (text,)
    return sheet


def texts(sheet: Sheet) -> list[tuple[str, str, str]]:
    def first(entry: Entry, name: str) -> str:
        return "".join(entry.texts.get(name, ("",))[:1])

    return [(first(one, "site"), first(one, "laterality"), first(one, "levels")) for one in sheet.of("finding")]


def pick(sheet: Sheet, action: str) -> Sheet:
    context = studies()["spine-mr"].context
    return desk().act(PLAN, sheet, action, context, "Roe, Richard").sheet


# --- picks -----------------------------------------------------------------------------------------------------------


def test_a_pick_answers_the_lesion_that_waits_for_a_site() -> None:
    sheet = pick(answered({"presence": "Present"}), "site:finding.1:kidney:left")
    assert texts(sheet) == [("Kidney", "Left", "")]


@pytest.mark.parametrize(
    ("lesion", "pressed", "expected"),
    [
        ({"site": "Kidney"}, "kidney:left", [("Kidney", "Left", "")]),
        ({"site": "Kidney", "laterality": "Left"}, "kidney:left", [("Kidney", "Left", "")]),
        ({"site": "Kidney", "laterality": "Left"}, "kidney:right", [("Kidney", "Left", ""), ("Kidney", "Right", "")]),
        ({"site": "Liver"}, "spleen:", [("Liver", "", ""), ("Spleen", "", "")]),
        ({"site": "liv er?"}, "spleen:", [("liv er?", "", ""), ("Spleen", "", "")]),
    ],
)
def test_a_pick_never_replaces_a_site_or_side(
    lesion: dict[str, str], pressed: str, expected: list[tuple[str, str, str]]
) -> None:
    assert texts(pick(answered(lesion), f"site:finding.1:{pressed}")) == expected


def test_a_picked_range_is_read_as_levels() -> None:
    sheet = pick(pick(answered({"site": "Epidural / intraspinal"}), "level:finding.1:T11"), "level:finding.1:T5")
    (group,) = (one for one in sheets.to_draft(sheet, desk().words).groups if one.group_id == "finding")
    assert Levels("T5", "T11") in [item.value for item in group.items]


@pytest.mark.parametrize(
    "action",
    [
        "site:finding.9:liver:",
        "site:finding.1:none:",
        "site:finding.1:kidney:up",
        "site:new:liver:left:left",
        "site:impression.1:liver:",
        "level:finding.1:T99",
        "level:finding.1:",
        "site:",
    ],
)
def test_a_button_that_this_form_does_not_have_is_refused(action: str) -> None:
    sheet = answered({"presence": "Present"})
    before = texts(sheet)
    with pytest.raises(InputError):
        pick(sheet, action)
    assert texts(sheet) == before


# --- what the map shows ----------------------------------------------------------------------------------------------


def test_lesions_are_shown_by_number_on_their_side() -> None:
    sheet = answered(
        {"site": "Kidney", "laterality": "Left"},
        {"site": "kidney", "laterality": "Bilateral"},
        {"site": "Skin"},
        {"site": "Epidural / intraspinal", "levels": "T5-T7"},
        {"site": "Spleen: odd"},
    )
    shown = bodymap.view(sheet, FINDING, "")
    assert shown is not None
    spots = {spot.pick: spot.numbers for panel in shown.panels for spot in panel.spots if spot.numbers}
    assert spots == {"kidney:right": (2,), "kidney:left": (1, 2), "epidural-spinal:": (4,), "spleen:": (5,)}
    assert {spot.site: spot.numbers for spot in shown.others if spot.numbers} == {"skin": (3,)}
    assert {spot.name: spot.numbers for spot in shown.levels if spot.numbers} == dict.fromkeys(("T5", "T6", "T7"), (4,))
    assert all("touched" in panel.ground for panel in shown.panels if any(spot.numbers for spot in panel.spots))


def test_every_site_of_the_template_has_a_button() -> None:
    shown = bodymap.view(sheets.blank(PLAN), FINDING, "")
    assert shown is not None
    buttons = {spot.site for panel in shown.panels for spot in panel.spots} | {spot.site for spot in shown.others}
    vocabulary = FINDING.fields["site"].vocabulary
    assert vocabulary is not None
    assert buttons == set(vocabulary.terms)
    assert tuple(spot.name for spot in shown.levels) == spine.LEVELS


def test_the_aim_is_the_lesion_in_focus_then_one_without_a_site_then_a_new_one() -> None:
    sheet = answered({"site": "Liver"}, {}, {"site": "Skin"})
    for focus, aim in (("finding.3.site", "finding.3"), ("finding.1", "finding.1"), ("", "finding.2")):
        shown = bodymap.view(sheet, FINDING, focus)
        assert shown is not None
        assert shown.aim == aim
    shown = bodymap.view(answered({"site": "Liver"}), FINDING, "impression.1")
    assert shown is not None
    assert shown.aim == bodymap.NEW
    assert bodymap.view(sheet, PLAN.template.groups["impression"], "") is None


@pytest.mark.parametrize("template", sorted(catalog().newest))
def test_every_template_with_lesions_has_the_map(template: str) -> None:
    plan = catalog().plan(template)
    groups = [bodymap.view(sheets.blank(plan), group, "") for group in plan.template.groups.values()]
    assert sum(1 for one in groups if one) == ("finding" in plan.template.groups)


# --- without a script ------------------------------------------------------------------------------------------------


def press(visitor: Visitor, address: str, action: str) -> str:
    page = visitor.get(address).text
    return visitor.post(address, [("action", action), *beside(page), *sent_by(page)]).text


def test_it_works_without_a_script() -> None:
    visitor = Visitor()
    address = visitor.begin(fresh("spine-mr", empty=True), TEMPLATE)
    page = visitor.get(address).text
    action = re.search(r'value="(site:[^"]*:paraspinal-thoracic:left)"', page)
    assert action is not None
    page = press(visitor, address, action[1])
    assert '<details class="map" id="map-finding"' in page
    number = len(lesions(stored(address).draft))
    for level in ("T9", "T5"):
        page = press(visitor, address, f"level:finding.{number}:{level}")
    group = lesions(stored(address).draft)[-1]
    values = {item.field_id: item.value for item in group.items}
    assert values["site"] == Coded("paraspinal-thoracic")
    assert values["laterality"] == Coded("left")
    assert values["levels"] == Levels("T5", "T9")
    assert re.search(r'<details class="map"[^>]* open>', page)
    assert f'aria-label="T7: lesion {number}"' in page


def lesions(draft: Draft) -> list[Group]:
    return [group for group in draft.groups if group.group_id == "finding"]


# --- in a browser ----------------------------------------------------------------------------------------------------


def map_open(page: Page) -> None:
    page.locator(".map > summary").focus()
    page.keyboard.press("Enter")
    page.locator(".map-grid").wait_for()


def test_sites_and_levels_are_picked_by_keyboard(browser: Browser) -> None:
    with opened(browser, f"/study/spine-mr/{TEMPLATE}", empty=True) as page:
        map_open(page)
        page.locator('[data-pick="epidural-spinal:"]').focus()
        assert page.locator("#map-over").text_content() == "Epidural / intraspinal"
        page.keyboard.press("Enter")
        page.wait_for_selector('[data-pick="epidural-spinal:"]:not(:empty)')
        page.locator('[data-level="T5"]').focus()
        page.keyboard.press("Enter")
        for _ in range(4):
            page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        assert (page.locator("#live").text_content() or "").endswith(": T5-T9")
        settled(page)
        kept(page)
        values = {item.field_id: item.value for item in lesions(said(page))[-1].items}
        assert values["site"] == Coded("epidural-spinal")
        assert values["levels"] == Levels("T5", "T9")
        assert page.locator('[data-level="T7"]').get_attribute("aria-label") in ("T7: lesion 1", "T7: lesion 2")


def test_the_map_has_a_key_and_arrows(browser: Browser) -> None:
    with opened(browser, f"/study/spine-mr/{TEMPLATE}", empty=True) as page:
        page.keyboard.press("Alt+b")
        page.locator(".map-grid").wait_for()
        page.locator('[data-pick="kidney:right"]').focus()
        walked = []
        for key in ("ArrowRight", "ArrowUp", "ArrowLeft", "ArrowDown"):
            page.keyboard.press(key)
            walked.append(page.evaluate("document.activeElement.dataset.pick"))
        assert len(set(walked)) == 4
        assert all(walked)
        page.locator('[data-pick="lung:right"]').focus()
        for _ in range(3):
            page.keyboard.press("ArrowRight")
        assert page.evaluate("document.activeElement.dataset.pick") == "pleura:left"
        page.keyboard.press("Alt+b")
        assert page.locator(".map").get_attribute("open") is None
        assert page.evaluate("document.activeElement.closest('.map-grid')") is None


def test_a_pick_beside_a_described_lesion_begins_a_new_one(browser: Browser) -> None:
    with opened(browser, f"/study/emh-case-014/{TEMPLATE}") as page:
        before = len(lesions(said(page)))
        map_open(page)
        page.locator('[data-pick="kidney:left"]').click()
        page.wait_for_selector('[data-pick="kidney:left"]:not(:empty)')
        assert page.locator(".map").get_attribute("open") is not None
        settled(page)
        kept(page)
        found = lesions(said(page))
        assert len(found) == before + 1
        assert {item.field_id: item.value for item in found[-1].items} == {
            "site": Coded("kidney"),
            "laterality": Coded("left"),
        }


@pytest.mark.parametrize("width", [380, 1440])
def test_axe_finds_nothing_with_the_map_open(browser: Browser, axe: str, width: int) -> None:
    with opened(browser, f"/study/emh-case-014/{TEMPLATE}", width=width) as page:
        map_open(page)
        for scheme in ("dark", "light"):
            page.emulate_media(color_scheme=scheme)
            assert violations(page, axe) == []
        sizes = page.locator(".map button").evaluate_all(
            "all => all.map(one => one.getBoundingClientRect()).map(({width, height}) => Math.min(width, height))"
        )
        assert min(sizes) >= 24
        assert page.evaluate("document.documentElement.scrollWidth") <= width

"""The form for everybody: axe on every page and state, in dark and light, and in narrow windows."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Frame, Page

from scripts import keystrokes
from scripts.keystrokes import Key, press
from scripts.screenshots import SCENES
from tests.browser import browser
from tests.case_files import catalog
from tests.form_browser import Scheme, opened, settled
from tests.web_service import Visitor, fresh, site

__all__ = ["browser"]


@pytest.fixture(scope="module")
def axe(node_packages: Path) -> str:
    """Return the script of axe-core."""
    return (node_packages / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


FOUND = "tags => axe.run({runOnly: tags, resultTypes: ['violations']}).then(found => found.violations)"
"""What is wrong; a large page has thousands of elements with which nothing is, and axe describes each."""


def violations(page: Page | Frame, axe: str) -> list[str]:
    page.evaluate(axe)
    page.evaluate("scrollTo(0, 0)")  # what is half below the banner is so by how far somebody scrolled
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found: Any = page.evaluate(FOUND, tags)
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


STATES: list[tuple[str, str, tuple[keystrokes.Step, ...]]] = [
    ("worklist", "/", ()),
    ("nothing there", "/study/none/none", ()),
    ("empty", "/study/spine-mr/emh-mri-spine", ()),
    ("case", "/study/case-009/emh-followup", ()),
    ("all questions", "/study/case-009/emh-followup", (*keystrokes.find("site"), Key("Alt+a"))),
    ("list open", "/study/quick-ct/emh-minimal", (Key("Alt+l"), "p", Key("Enter"), "cord")),
    ("palette", "/study/quick-ct/emh-minimal", (Key("Alt+g"), "size")),
    ("keys", "/study/quick-ct/emh-minimal", (Key("?"),)),
    ("lacking", "/study/quick-ct/emh-minimal", (Key("Alt+s"),)),
    ("preview", "/study/case-009/emh-followup", (Key("Alt+p"),)),
    ("released", "/study/case-009/emh-followup", (Key("Alt+p"), Key("Enter"))),
]


WALKED = ("sign-in", "begin", *SCENES)
"""Pages and states that take more than an address and keys to come to."""


@contextlib.contextmanager
def scene(browser: Browser, name: str) -> Iterator[Page]:
    """Open a page that takes more than keys to come to."""
    if name == "sign-in":
        with opened(browser, "/", login="") as page:
            yield page
    elif name == "begin":
        with opened(browser, "/") as page:
            page.goto(f"{site()}/study/{fresh('case-009')}/emh-followup")
            yield page
    else:
        path, played = SCENES[name]
        with opened(browser, path) as page:
            played(page, Visitor())
            yield page


@pytest.mark.parametrize("name", WALKED)
def test_axe_finds_nothing_on_the_way_of_a_report(browser: Browser, axe: str, name: str) -> None:
    with scene(browser, name) as page:
        schemes: tuple[Scheme, ...] = ("dark", "light")
        for scheme in schemes:
            page.emulate_media(color_scheme=scheme)
            assert violations(page, axe) == [], scheme
        page.set_viewport_size({"width": 380, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= 380
        assert violations(page, axe) == []


@pytest.mark.parametrize(("path", "steps"), [state[1:] for state in STATES], ids=[state[0] for state in STATES])
def test_axe_finds_nothing(browser: Browser, axe: str, path: str, steps: tuple[keystrokes.Step, ...]) -> None:
    with opened(browser, path) as page:
        press(page, steps)
        settled(page)
        if steps[-2:] == keystrokes.RELEASE:
            page.wait_for_selector(".released")
        found = {}
        schemes: tuple[Scheme, ...] = ("dark", "light")
        for scheme in schemes:
            page.emulate_media(color_scheme=scheme)
            found[scheme] = violations(page, axe)
        assert found == {"dark": [], "light": []}


@pytest.mark.parametrize("template", sorted(catalog().newest))
def test_axe_finds_nothing_in_any_template(browser: Browser, axe: str, template: str) -> None:
    with opened(browser, f"/study/{template}-draft-a/{template}") as page:
        settled(page)
        assert violations(page, axe) == []


@pytest.mark.parametrize("width", [380, 720, 1440])
@pytest.mark.parametrize(
    "path", ["/", "/?kind=drafts", "/study/case-009/emh-followup", "/study/spine-mr/emh-mri-spine"]
)
def test_nothing_is_wider_than_the_window(browser: Browser, path: str, width: int) -> None:
    """380 px is a side panel, 720 px a window of 1440 px at 200 % zoom."""
    with opened(browser, path, width=width) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= width


UNKNOWN = """document.querySelectorAll('.seg input[value="(unknown)"]')
    .forEach(one => { if (one.closest(".seg").offsetParent) one.click(); })"""
CUT = """() => [...document.querySelectorAll(".seg")].filter(seg => seg.offsetParent && [...seg.children].some(
    one => one.offsetParent && one.getBoundingClientRect().right > seg.getBoundingClientRect().right + 1
)).map(seg => seg.parentElement.id)"""


@pytest.mark.parametrize("width", [380, 1400, 1440])
def test_no_answer_to_click_is_cut_off(browser: Browser, width: int) -> None:
    with opened(browser, "/study/spine-mr/emh-mri-spine", width=width) as page:
        page.keyboard.press("Alt+l")
        page.locator("#b-finding\\.1 .seg").first.wait_for()
        page.evaluate(UNKNOWN)
        settled(page)
        assert page.locator('.seg input[value="(unknown)"]:checked').count() > 1
        assert page.evaluate(CUT) == []


def test_the_patient_stays_in_view(browser: Browser) -> None:
    for width in (380, 1440):
        with opened(browser, "/study/case-009/emh-followup", width=width) as page:
            page.locator('[id="impression.1.impression"]').last.focus()
            page.mouse.wheel(0, 4000)
            box = page.locator(".patient").bounding_box()
            assert box is not None
            assert 0 <= box["y"] < 100

"""Take pictures of the form, to be looked at: ``make screenshots``. They go to build/screenshots.

``--readme`` also writes the picture of the front page, docs/images/form.png.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, sync_playwright

from emh_report.web.samples import samples
from scripts.keystrokes import ENTER, LESION, RELEASE, Key, Step, press
from tests import web_service
from tests.case_files import catalog
from tests.form_browser import Scheme, begun, kept, ready, signed_in
from tests.web_service import Visitor

ROOT: Final = Path(__file__).resolve().parent.parent
FOLDER: Final = ROOT / "build" / "screenshots"
CASE: Final = "/study/case-009/emh-followup"
SPINE: Final = "/study/emh-case-014/emh-mri-spine"

SCHEMES: Final[tuple[Scheme, ...]] = ("dark", "light")
WIDTHS: Final = {"": (1440, 900), "-panel": (380, 900), "-zoom": (720, 900)}
STATES: Final[tuple[tuple[str, str, tuple[Step, ...]], ...]] = (
    ("case", CASE, ()),
    ("spine", SPINE, (Key("Alt+g"), "1 site", ENTER)),
    ("list", "/study/quick-ct/emh-minimal", (LESION, "p", ENTER, "cord")),
    ("palette", SPINE, (Key("Alt+g"), "cord")),
    ("map", SPINE, (Key("Alt+b"),)),
    ("keys", "/study/quick-ct/emh-minimal", (Key("?"),)),
    ("preview", CASE, (Key("Alt+p"),)),
    ("released", CASE, RELEASE),
    ("refused", "/study/quick-ct/emh-minimal", (Key("Alt+s"),)),
)
"""Name, address and keys."""


def _signed(page: Page, _: Visitor) -> None:
    """Show a report that was signed and corrected."""
    press(page, (Key("Alt+s"), ENTER))
    page.get_by_text("Correct or add").click()
    page.wait_for_selector("html[data-ready]")
    page.locator('[id="impression.1.impression"]').last.fill("One more sentence.")
    kept(page)
    page.locator("#sign").click()
    page.locator("#reason").fill("A sentence was missing.")
    page.get_by_text("Show what would be released").click()
    page.wait_for_selector(".changes")


def _corrected(page: Page, visitor: Visitor) -> None:
    """Show the correction, released."""
    _signed(page, visitor)
    page.locator("#release button.primary").click()
    page.wait_for_selector(".history")


def _divided(page: Page, visitor: Visitor) -> None:
    """Show two sides of a report."""
    address = urlsplit(page.url).path
    there = visitor.get(address).text
    pairs = [
        ("finding.1.size", "41 x 30 mm") if name == "finding.1.size" else (name, value)
        for name, value in web_service.sent_by(there)
    ]
    visitor.post(address, [*web_service.beside(there), *pairs, ("impression.1.impression", "Saved in another window.")])
    page.locator('[id="impression.1.impression"]').last.fill("Typed here meanwhile.")
    page.locator('[id="finding.1.size"]').fill("40 x 30 mm")
    page.keyboard.press("Tab")
    page.wait_for_selector("#saved[data-state=elsewhere]")


def _compared(page: Page, visitor: Visitor) -> None:
    _divided(page, visitor)
    page.get_by_text("Compare both sides").click()
    page.wait_for_selector(".conflict")


def _signed_out(page: Page, _: Visitor) -> None:
    """Ask who it is, in place."""
    page.context.clear_cookies(name="emh-person")
    page.locator('[id="impression.1.impression"]').last.fill("Typed before the time was up.")
    page.wait_for_selector("dialog[open]")


SCENES: Final[Mapping[str, tuple[str, Callable[[Page, Visitor], None]]]] = {
    "correction": ("/study/emh-ct-body-draft-b/emh-ct-body", _signed),
    "corrected": ("/study/emh-ct-body-draft-b/emh-ct-body", _corrected),
    "divided": ("/study/emh-ct-body-draft-b/emh-ct-body", _divided),
    "conflict": ("/study/emh-ct-body-draft-b/emh-ct-body", _compared),
    "signed-out": (CASE, _signed_out),
}
"""Name, address, and what is done there."""


def picture(  # noqa: PLR0913, PLR0917 - what makes one picture
    browser: Browser,
    address: str,
    scheme: Scheme,
    width: str,
    name: str,
    path: str,
    scene: Callable[[Page, Visitor], None],
) -> None:
    """Take one picture."""
    across, down = WIDTHS[width]
    page = browser.new_page(viewport={"width": across, "height": down}, color_scheme=scheme)
    visitor = signed_in(page, "attending", address)
    page.goto(address + begun(visitor, path, empty=False))
    ready(page)
    scene(page, visitor)
    page.wait_for_timeout(400)
    page.screenshot(path=FOLDER / f"{name}-{scheme}{width}.png")
    page.close()


def work(visitor: Visitor) -> None:
    """Begin reports, and release some, so that the worklist has something of everything."""
    for study, template in (("spine-mr", "emh-mri-spine"), ("quick-ct", "emh-minimal"), ("case-009", "emh-followup")):
        address = visitor.begin(study, template)
        if study != "spine-mr":
            place = f"{address}/release/release-preliminary"
            visitor.post(place, web_service.hidden(visitor.get(place).text, "release"))


def front_page(browser: Browser, address: str) -> None:
    """Take the picture of the front page: a lesion being described, and what its last answer changed."""
    page = browser.new_page(viewport={"width": 1440, "height": 860}, color_scheme="dark")
    page.goto(address + begun(signed_in(page, "attending", address), SPINE, empty=False))
    page.wait_for_selector("html[data-ready]")
    press(
        page, (Key("Alt+g"), "1 pattern", ENTER, "focal", ENTER, Key("Alt+g"), "size", ENTER, "92 x 14 mm", Key("Tab"))
    )
    page.wait_for_timeout(900)
    page.locator('[id="finding.1.size"]').focus()
    page.evaluate("document.getElementById('b-finding.1').scrollIntoView()")
    page.evaluate("document.querySelector('#preview mark')?.scrollIntoView({block: 'center'})")
    page.wait_for_timeout(300)
    page.screenshot(path=ROOT / "docs" / "images" / "form.png")
    page.close()


def all_pictures(browser: Browser, scheme: Scheme, only: str) -> None:
    """Take every picture in these colours; ``only`` those whose name begins so."""
    scenes = [(name, path, _typing(steps)) for name, path, steps in STATES]
    scenes += [(name, path, scene) for name, (path, scene) in SCENES.items()]
    for width in WIDTHS:
        for name, path, scene in scenes:
            if name.startswith(only):
                picture(browser, web_service.site(), scheme, width, name, path, scene)
        with web_service.served(samples()) as address:
            work(Visitor("attending", address))
            for name, login in (("worklist", "attending"), ("sign-in", "")):
                if name.startswith(only):
                    start(browser, address, scheme, width, name, login)
    for template in sorted(catalog().newest):
        if template.startswith(only):
            path = f"/study/{template}-draft-a/{template}"
            picture(browser, web_service.site(), scheme, "", template, path, lambda *_: None)


def start(browser: Browser, address: str, scheme: Scheme, width: str, name: str, login: str) -> None:
    """Take a picture of the start page as somebody sees it."""
    across, down = WIDTHS[width]
    page = browser.new_page(viewport={"width": across, "height": down}, color_scheme=scheme)
    if login:
        signed_in(page, login, address)
    page.goto(address)
    page.screenshot(path=FOLDER / f"{name}-{scheme}{width}.png")
    page.close()


def _typing(steps: tuple[Step, ...]) -> Callable[[Page, Visitor], None]:
    return lambda page, _: press(page, steps)


def main() -> None:
    """Take all pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readme", action="store_true")
    parser.add_argument("--only", default="", metavar="NAME", help="only pictures whose name begins so")
    options = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        if options.readme:
            front_page(browser, web_service.site())
        else:
            for scheme in SCHEMES:
                all_pictures(browser, scheme, options.only)
        browser.close()
    print(f"pictures are in {FOLDER.relative_to(ROOT)}" if not options.readme else "docs/images/form.png is written")


if __name__ == "__main__":
    main()

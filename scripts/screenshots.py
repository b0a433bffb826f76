"""Take pictures of the form, to be looked at: ``make screenshots``. They go to build/screenshots.

``--readme`` also writes the picture of the front page, docs/images/form.png.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path
from typing import Final, Literal

from playwright.sync_api import Browser, sync_playwright

from emh_report.web.server import running
from scripts.keystrokes import ENTER, LESION, RELEASE, Key, Step, press
from tests.case_files import catalog
from tests.web_service import studies

ROOT: Final = Path(__file__).resolve().parent.parent
FOLDER: Final = ROOT / "build" / "screenshots"
CASE: Final = "/study/case-009/emh-followup"
SPINE: Final = "/study/emh-case-014/emh-mri-spine"

Scheme = Literal["dark", "light"]

WIDTHS: Final = {"": (1440, 900), "-panel": (380, 900), "-zoom": (720, 900)}
STATES: Final[tuple[tuple[str, str, tuple[Step, ...]], ...]] = (
    ("worklist", "/", ()),
    ("case", CASE, ()),
    ("spine", SPINE, (Key("Alt+g"), "1 site", ENTER)),
    ("list", "/study/quick-ct/emh-minimal", (LESION, "p", ENTER, "cord")),
    ("palette", SPINE, (Key("Alt+g"), "cord")),
    ("keys", "/study/quick-ct/emh-minimal", (Key("?"),)),
    ("released", CASE, RELEASE),
)


def take(browser: Browser, address: str, scheme: Scheme, width: str, state: tuple[str, str, tuple[Step, ...]]) -> None:
    """Take one picture."""
    name, path, steps = state
    across, down = WIDTHS[width]
    page = browser.new_page(viewport={"width": across, "height": down}, color_scheme=scheme)
    page.goto(address + path)
    if page.locator("#form").count():
        page.wait_for_selector("html[data-ready]")
    press(page, steps)
    page.wait_for_timeout(400)
    page.screenshot(path=FOLDER / f"{name}-{scheme}{width}.png")
    page.close()


def front_page(browser: Browser, address: str) -> None:
    """Take the picture of the front page: a lesion being described, and what its last answer changed."""
    page = browser.new_page(viewport={"width": 1440, "height": 860}, color_scheme="dark")
    page.goto(address + SPINE)
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


def main() -> None:
    """Take all pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readme", action="store_true")
    options = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    with running(catalog(), "127.0.0.1:0", studies()) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        if options.readme:
            front_page(browser, address)
        else:
            schemes: tuple[Scheme, ...] = ("dark", "light")
            for scheme in schemes:
                for width in WIDTHS:
                    for state in STATES:
                        take(browser, address, scheme, width, state)
                for template in sorted(catalog().newest):
                    name = f"{template}-draft-a"
                    take(browser, address, scheme, "", (template, f"/study/{name}/{template}", ()))
        browser.close()
    print(f"pictures are in {FOLDER.relative_to(ROOT)}" if not options.readme else "docs/images/form.png is written")


if __name__ == "__main__":
    main()

"""Let axe look at every page and state of the form, and write what it finds: ``make axe``.

docs/accessibility.md has the table of the last run. The same pages and states are tests (tests/test_form_access.py),
which fail on a single violation.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Page, sync_playwright

from scripts.keystrokes import RELEASE, press
from tests.browser import QUIET
from tests.case_files import catalog
from tests.form_browser import Scheme, opened, settled
from tests.test_form_access import STATES, WALKED, scene, violations

ROOT: Final = Path(__file__).resolve().parent.parent
PAGE: Final = ROOT / "docs" / "accessibility.md"
SCRIPT: Final = ROOT / "node_modules" / "axe-core" / "axe.min.js"
SCHEMES: Final[tuple[Scheme, ...]] = ("dark", "light")
MARK: Final = re.compile(r"(<!-- axe -->\n).*(<!-- end -->\n)", re.DOTALL)


def looked_at(browser: Browser) -> Iterator[tuple[str, Page]]:
    """Yield every page and state by name, one after another."""
    for name, path, steps in STATES:
        with opened(browser, path) as page:
            press(page, steps)
            settled(page)
            if steps[-2:] == RELEASE:
                page.wait_for_selector(".released")
            yield name, page
    for name in WALKED:
        with scene(browser, name) as page:
            yield name, page
    for template in sorted(catalog().newest):
        with opened(browser, f"/study/{template}-draft-a/{template}") as page:
            settled(page)
            yield template, page


def row(page: Page, axe: str) -> list[int]:
    """Return the violations of a page: dark, light, and 380 px wide."""
    found = []
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        found.append(len(violations(page, axe)))
    page.set_viewport_size({"width": 380, "height": 900})
    return [*found, len(violations(page, axe))]


def main() -> None:
    """Write the table into its page; fails where there is a violation."""
    axe = SCRIPT.read_text(encoding="utf-8")
    lines, total = ["| page or state | dark | light | 380 px wide |", "|---|---|---|---|"], 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(QUIET))
        for name, page in looked_at(browser):
            found = row(page, axe)
            total += sum(found)
            lines.append(f"| {name} | {' | '.join(map(str, found))} |")
            print(lines[-1], flush=True)
        browser.close()
    table = "\n".join(lines)
    PAGE.write_text(MARK.sub(rf"\g<1>{table}\n\g<2>", PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"{total} violations; {PAGE.relative_to(ROOT)} is written")
    sys.exit(1 if total else 0)


if __name__ == "__main__":
    main()

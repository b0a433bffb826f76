"""Take pictures of our Questionnaire in form engines of others, for the documentation: ``make form-pictures``.

They go to docs/images: one published case, as its response opens the form.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.peers import lhc_forms
from emh_report import questionnaires
from emh_report.export.questionnaire import Release
from tests import smart_forms
from tests.case_files import CASES, catalog, read_case

ROOT: Final = Path(__file__).resolve().parent.parent
FOLDER: Final = ROOT / "docs" / "images"
LHC_FORMS: Final = ROOT / "node_modules" / "lforms"
CASE: Final = "emh-case-052"
WIDTH, HEIGHT = 1000, 720
TO_TOP: Final = "element => { element.scrollIntoView({block: 'start'}); window.scrollBy(0, -80); }"
"""With the heading above."""
LARGEST: Final = 150_000
"""Bytes of a picture at most: every clone carries it."""


def contents() -> tuple[bytes, bytes]:
    """Return the Questionnaire of the case, and the response that says what the case says."""
    case = read_case(CASES / CASE)
    form = questionnaires.questionnaire(catalog(), case.draft.template_id, Release.R4).content
    return form, questionnaires.response(catalog(), case.draft, case.context)


def picture(page: Page, start: str, name: str) -> None:
    """Write what stands from ``start`` on. Raises ValueError for a picture that is too large."""
    page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    page.locator(start).first.evaluate(TO_TOP)
    page.wait_for_timeout(1500)  # lists, and what scrolling loads
    content = page.screenshot()
    page.context.close()
    if len(content) > LARGEST:
        raise ValueError(f"{name} has {len(content)} bytes, more than {LARGEST}")
    (FOLDER / name).write_bytes(content)
    print(f"docs/images/{name}: {len(content)} bytes")


def of_lhc_forms(browser: Browser) -> None:
    """Take the picture of LHC-Forms."""
    form, response = contents()
    with lhc_forms.served(LHC_FORMS) as address:
        page = lhc_forms.opened(browser, address)
        page.evaluate(lhc_forms.SHOW, [json.loads(form), json.loads(response), "R4"])
        page.locator('[id^="finding.presence/"]').first.wait_for()
        picture(page, '[id="label-finding.presence/1/1"], [id^="finding.presence/"]', "lhc-forms.png")


def of_smart_forms(browser: Browser) -> None:
    """Take the picture of Smart Forms."""
    with smart_forms.served() as address:
        page = smart_forms.opened(browser, address, *contents())
        picture(page, '[data-linkid="finding"]', "smart-forms.png")


def main() -> int:
    """Take both; says what is missing."""
    chromium = shutil.which("chromium")
    if not (chromium and LHC_FORMS.is_dir() and smart_forms.PAGE.is_dir()):
        print("needs Chromium, LHC-Forms in node_modules/lforms (.ci/run) and `make smart-forms`", file=sys.stderr)
        return 2
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        of_lhc_forms(browser)
        of_smart_forms(browser)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())

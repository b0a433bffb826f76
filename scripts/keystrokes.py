"""Fill published cases into the form by keyboard alone and count the keystrokes: ``make keystrokes``.

A key with modifiers held down counts as one, as does every character that is typed.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.peers import lhc_forms
from emh_report.store import open_store
from emh_report.web.people import Staff, demo_people
from emh_report.web.samples import Sample
from emh_report.web.server import running
from scripts import lhc_keystrokes
from tests import case_files
from tests.conftest import ROOT

CASE: Final = "emh-case-014"
TITLE: Final = "Paraplegia due to a paravertebral EMH in polycythaemia vera (PMC1994544)"


class Key(NamedTuple):
    """One key, with its modifiers."""

    name: str


Step = Key | str
ENTER, DOWN, NEXT, LESION = Key("Enter"), Key("ArrowDown"), Key("Alt+n"), Key("Alt+l")
ANOTHER = Key("Alt+e")


def find(words: str) -> tuple[Step, ...]:
    """Go to a question or press a button by its name."""
    return Key("Alt+g"), words, ENTER


RELEASE: Final[tuple[Step, ...]] = (Key("Alt+p"), ENTER)

SPINE: Final[tuple[Step, ...]] = (
    *find("sy"), "parapl", ENTER,
    *find("ca"), "pv", ENTER,
    *find("kn"), "1985-07",
    *find("ag"), "43a",
    LESION, "p", ENTER, "epi", DOWN, ENTER,
    *find("ve"), "t3-11 (not stated)",
    *find("po c"), "po", ENTER,
    *find("com"), "y",
    *find("ce"), "di", ENTER, "this", ENTER,
    *find("spe"), "not", ENTER, "imm", ENTER,
    *find("pa r"), "emh", ENTER,
    *find("compl"), "cord c", ENTER, "p",
    ANOTHER, "spas", ENTER, "p",
    *find("da"), "2004-05",
    *find("cl"), "complete r", ENTER,
    *find("fr"), "prompt, complete symptom resolution",
    *find("extr"), "p", ENTER, "di", ENTER, "EMH",
    *RELEASE,
)  # fmt: skip
"""Every fact of the published case in the template MR spine; patient, order and date come with the study."""

MINIMAL: Final[tuple[Step, ...]] = (
    NEXT, "pv", ENTER,
    NEXT, "?", ENTER,
    LESION, "p", ENTER, "epi", DOWN, ENTER,
    NEXT, "?", ENTER,
    NEXT, "p", ENTER,
    NEXT, "EMH",
    *RELEASE,
)  # fmt: skip
"""The same case in the quick form: what it asks and the publication answers."""

RUNS: Final = (("emh-minimal", MINIMAL, 60), ("emh-mri-spine", SPINE, 220))
"""Template, keystrokes, and how many there may be."""


def count(steps: Sequence[Step]) -> int:
    """Return how many keystrokes ``steps`` are."""
    return sum(1 if isinstance(step, Key) else len(step) for step in steps)


@contextlib.contextmanager
def served() -> Iterator[str]:
    """Serve the form of the case, with a store that is gone afterwards; gives its address."""
    with (
        tempfile.TemporaryDirectory() as folder,
        open_store(f"sqlite:///{folder}/reports.db", case_files.catalog()) as store,
        running(store, "127.0.0.1:0", studies(), Staff(demo_people())) as address,
    ):
        yield address


def sign_in(page: Page, address: str) -> None:
    """Sign in as the one who signs."""
    page.goto(address)
    page.locator("[name=person]").first.click()
    page.wait_for_selector(".worklist")


def begin(page: Page, address: str) -> None:
    """Begin the report of ``/study/STUDY/TEMPLATE``, or open the one there is."""
    page.goto(address)
    if page.locator("#begin button").count():
        page.locator("#begin button").click()
    page.wait_for_selector("html[data-ready]")


def studies() -> dict[str, Sample]:
    """Return the case as a study without answers, once for each template."""
    case = case_files.read_case(case_files.CASES / CASE)
    return {template: Sample(template, template, case.context) for template, _, _ in RUNS}


def press(page: Page, steps: Sequence[Step]) -> None:
    """Type ``steps``; before each, the page has said what it has to say about the one before."""
    for step in steps:
        page.wait_for_selector("html:not([data-busy], [data-leaving])", state="attached")
        if isinstance(step, Key):
            page.keyboard.press(step.name)
        else:
            page.keyboard.type(step)


def table(address: str, page: Page) -> Iterator[str]:
    """Fill in every case and yield a line for each."""
    sign_in(page, address)
    for template, steps, most in RUNS:
        begin(page, f"{address}/study/{template}/{template}")
        press(page, steps)
        page.wait_for_selector(".released")
        yield f"| {template} | {count(steps)} | {most} |"


def beside(browser: Browser) -> Iterator[str]:
    """Yield the keystrokes of the same case in LHC-Forms; what it does not give back as entered is said."""
    case = case_files.read_case(case_files.CASES / CASE)
    with lhc_forms.served(lhc_forms.unpacked(ROOT / "build" / "bench")) as address:
        for template_id, _, _ in RUNS:
            template = case_files.catalog().plan(template_id).template
            given = lhc_keystrokes.within(template, case.draft)
            page = lhc_forms.opened(browser, address)
            keys, back = lhc_keystrokes.fill(page, template, given, case.context)
            lost = sorted(lhc_keystrokes.missing(given, back))
            yield f"| {template_id} | {keys} | {', '.join(map('/'.join, lost)) or 'nothing'} |"


def main() -> None:
    """Print the tables."""
    print(f"{TITLE}\n\n| template | keystrokes | at most |\n|---|---|---|")
    with served() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for line in table(address, browser.new_page()):
            print(line)
        if shutil.which("npm"):
            print("\n| our Questionnaire in LHC-Forms | keystrokes | not as entered |\n|---|---|---|")
            for line in beside(browser):
                print(line, flush=True)
        else:
            print("\nnpm is not installed: without LHC-Forms")
        browser.close()


if __name__ == "__main__":
    main()

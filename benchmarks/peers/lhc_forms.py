"""LHC-Forms of the National Library of Medicine in a page of its own: our Questionnaire, filled, and what it extracts.

The package (npm lforms) is unpacked, not installed: a version that it depends on is not published.
"""

from __future__ import annotations

import contextlib
import functools
import http.server
import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PACKAGE = "lforms@40.1.3"
HTML = Path(__file__).with_name("lforms.html")
READY = "!!(window.LForms && LForms.FHIR && LForms.Util.addFormToPage)"
SHOW = """async ([form, response, version]) => {
    let shown = LForms.Util.convertFHIRQuestionnaireToLForms(form, version);
    if (response) shown = LForms.Util.mergeFHIRDataIntoLForms('QuestionnaireResponse', response, shown, version);
    await LForms.Util.addFormToPage(shown, 'form', {prepopulate: false});
}"""
EXTRACT = """calls => {
    let bundle;
    for (let call = 0; call < calls; call += 1)
        bundle = LForms.Util.getFormFHIRData('DiagnosticReport', 'R4', undefined, {bundleType: 'transaction'});
    return {bytes: JSON.stringify(bundle).length, entries: bundle.entry.length};
}"""


class _Files(http.server.SimpleHTTPRequestHandler):
    """The page and the package, without a log."""

    extensions_map = {  # noqa: RUF012 - as the standard library has it
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        ".js": "text/javascript; charset=utf-8",
    }

    def translate_path(self, path: str) -> str:
        name = path.partition("?")[0].lstrip("/")
        return str(HTML) if name == HTML.name else super().translate_path(path)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def served(package: Path) -> Iterator[str]:
    """Serve the page with the package, which is unpacked in a folder named lforms; yields its address."""
    handler = functools.partial(_Files, directory=str(package / "dist"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/{HTML.name}"
        server.shutdown()


def opened(browser: Browser, address: str, wait_milliseconds: int = 120_000) -> Page:
    """Return a page with the package loaded, in a browser context of its own."""
    page = browser.new_context(timezone_id="Europe/Berlin", viewport={"width": 1100, "height": 1400}).new_page()
    page.set_default_timeout(wait_milliseconds)
    page.goto(address)
    page.wait_for_function(READY)
    return page


def unpacked(folder: Path) -> Path:
    """Return the package, unpacked in ``folder``. Raises CalledProcessError where it cannot be had."""
    package = folder / "lforms"
    if not package.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        npm = ["npm", "pack", "--silent", "--pack-destination", str(folder), PACKAGE]
        archive = subprocess.run(npm, check=True, capture_output=True, text=True).stdout.strip()
        shutil.unpack_archive(folder / archive, folder, filter="data")
        (folder / "package").rename(package)
    return package


class Extraction:
    """Extraction by observation marks (HL7 SDC) in Chromium, timed by the processor time of its thread."""

    def __init__(self, page: Page, form: bytes, response: bytes) -> None:
        page.evaluate(SHOW, [json.loads(form), json.loads(response), "R4"])
        self._page, self._devtools = page, page.context.new_cdp_session(page)
        self._devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
        made: dict[str, Any] = page.evaluate(EXTRACT, 1)
        self.bytes, self.entries = int(made["bytes"]), int(made["entries"])

    def batch(self, calls: int) -> float:
        """Extract so many times; returns the seconds of processor that its thread took."""
        before = self._seconds()
        self._page.evaluate(EXTRACT, calls)
        return self._seconds() - before

    def _seconds(self) -> float:
        metrics = self._devtools.send("Performance.getMetrics")["metrics"]
        return next(float(one["value"]) for one in metrics if one["name"] == "ThreadTime")

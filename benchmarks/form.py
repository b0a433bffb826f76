"""The form: time to its first response, bytes over the wire, feedback with 20 lesions: ``python -m benchmarks.form``.

Server and client are one process. Times are of the clock (median, 95th percentile) and of the processor: other programs
share the machine, and both include what the client does. Feedback is from an answer to the page that says what is wrong
with it, in Chromium where there is one.
"""

from __future__ import annotations

import contextlib
import gzip
import http.client
import os
import re
import shutil
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final, NamedTuple
from urllib.parse import urlencode

import click
from playwright.sync_api import CDPSession, sync_playwright

from emh_report.draft import Draft
from emh_report.web.samples import Sample
from tests.case_files import catalog
from tests.form_browser import opened
from tests.web_service import Visitor, beside, sent_by, served, studies

LARGEST: Final = "emh-followup"
"""The template with the most questions."""

LESIONS: Final = 20
CALLS: Final = 60
LINKED: Final = re.compile(r'<(?:link|script|img)[^>]* (?:href|src)="([^"]+)"')
IMPORTED: Final = re.compile(r'from "\./([^"]+)"')
FEEDBACK: Final = """async (calls) => {
  const page = document.documentElement, times = [], box = document.getElementById("finding.1.size");
  const done = () => new Promise((told) => {
    const seen = new MutationObserver(() => { if (!("busy" in page.dataset)) { seen.disconnect(); told(); } });
    seen.observe(page, { attributes: true });
  });
  for (let call = 0; call < calls; call += 1) {
    box.value = `${20 + call} x 10 mm`;
    const start = performance.now(), told = done();
    box.dispatchEvent(new Event("change", { bubbles: true }));
    await told;
    times.push(performance.now() - start);
    await new Promise((rested) => { setTimeout(rested, 100); });
  }
  return times;
}"""


class Times(NamedTuple):
    """Milliseconds: of the clock, and of the processor for one call."""

    median: float
    p95: float
    processor: float


def timed(call: Callable[[], object], calls: int = CALLS) -> Times:
    """Return how long a call takes; the first ones, which compile, are left out."""
    for _ in range(3):
        call()
    times, before = [], time.process_time()
    for _ in range(calls):
        start = time.perf_counter()
        call()
        times.append((time.perf_counter() - start) * 1000)
    processor = (time.process_time() - before) * 1000 / calls
    return Times(statistics.median(times), statistics.quantiles(times, n=20)[-1], processor)


class Wire:
    """Requests of one browser that is signed in, over one connection."""

    def __init__(self, address: str) -> None:
        """Sign in."""
        self.visitor = Visitor(address=address)
        self._connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=30)

    def ask(self, method: str, path: str, body: bytes | None = None) -> bytes:
        """Return the body of an answer as it is sent, compressed."""
        headers = {**self.visitor.headers(), "Accept-Encoding": "gzip", "Origin": self.visitor.address}
        self._connection.request(method, path, body, headers)
        response = self._connection.getresponse()
        sent = response.read()
        if response.status != http.HTTPStatus.OK:
            raise ConnectionError(f"{path}: {response.status}")
        return sent if response.headers.get("Content-Encoding") == "gzip" else gzip.compress(sent, mtime=0)

    def assets(self, page: bytes) -> Mapping[str, int]:
        """Return what a page needs: address → bytes over the wire. Raises ValueError for anything from elsewhere."""
        found: dict[str, int] = {}
        left = LINKED.findall(gzip.decompress(page).decode())
        while left:
            path = left.pop()
            if not path.startswith("/") or path.startswith("//"):
                raise ValueError(path)
            if path not in found:
                sent = self.ask("GET", path)
                found[path] = len(sent)
                left += [
                    f"{path.rpartition('/')[0]}/{name}" for name in IMPORTED.findall(gzip.decompress(sent).decode())
                ]
        return found


def crowded() -> Sample:
    """Return the largest report with so many lesions."""
    sample = studies()[f"{LARGEST}-draft-a"]
    if sample.draft is None:
        raise LookupError(LARGEST)
    lesion = next(group for group in sample.draft.groups if group.group_id == "finding")
    others = [group for group in sample.draft.groups if group.group_id != "finding"]
    lesions = [lesion._replace(uid=f"lesion-{number}") for number in range(LESIONS)]
    draft: Draft = sample.draft._replace(groups=(*others, *lesions))
    return replace(sample, id="crowded", draft=draft)


@contextlib.contextmanager
def place() -> Iterator[str]:
    """Serve an empty study for each template, and the crowded one; gives the address."""
    found = {"crowded": crowded()}
    for template in catalog().templates:
        sample = studies()[f"{template.id}-draft-a"]
        first = replace(sample.context.studies[0], study_instance_uid=f"2.25.{len(found)}")
        context = replace(sample.context, studies=(first, *sample.context.studies[1:]))
        found[template.id] = replace(sample, id=template.id, draft=None, context=context)
    with served(found) as address:
        yield address


def pages(wire: Wire) -> None:
    """Print the empty form of each template."""
    print(f"{'empty form':24}{'ms':>8}{'p95':>8}{'cpu':>8}{'KB sent':>10}{'KB unpacked':>13}")
    for template in catalog().templates:
        path = wire.visitor.begin(template.id, template.id)
        page = wire.ask("GET", path)
        took = timed(lambda path=path: wire.ask("GET", path), CALLS // 3)  # type: ignore[misc]
        sent, whole = len(page) / 1000, len(gzip.decompress(page)) / 1000
        print(f"{template.id:24}{took.median:8.1f}{took.p95:8.1f}{took.processor:8.1f}{sent:10.1f}{whole:13.1f}")


def first_visit(wire: Wire) -> None:
    """Print what a browser loads that was never here."""
    page = wire.ask("GET", wire.visitor.begin(LARGEST, LARGEST))
    terms = re.search(r'data-terms="([^"]+)"', gzip.decompress(page).decode())
    found = wire.assets(page)
    found = {**found, "vocabularies": len(wire.ask("GET", terms[1])) if terms else 0}
    total = (len(page) + sum(found.values())) / 1000
    print(f"first visit, {LARGEST}: page, {len(found) - 1} files of this server and vocabularies: {total:.1f} KB sent")


def browsed(address: str) -> Times | None:
    """Return how long the page of the crowded report takes to tell; None without Chromium.

    Processor time is that of the page alone.
    """
    program = shutil.which("chromium")
    if program is None:
        return None
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        with opened(browser, f"/study/crowded/{LARGEST}", address=address) as page:
            tools = page.context.new_cdp_session(page)
            tools.send("Performance.enable", {"timeDomain": "threadTicks"})
            page.evaluate(FEEDBACK, 5)
            before = _worked(tools)
            times = page.evaluate(FEEDBACK, CALLS)
            processor = (_worked(tools) - before) * 1000 / CALLS
        browser.close()
    return Times(statistics.median(times), statistics.quantiles(times, n=20)[-1], processor)


def _worked(tools: CDPSession) -> float:
    """Return the seconds of processor time that a page took."""
    metrics = tools.send("Performance.getMetrics")["metrics"]
    return next(float(one["value"]) for one in metrics if one["name"] == "TaskDuration")


@click.command(help=__doc__)
def main() -> None:
    """Measure and print."""
    print("load at the start:", " ".join(f"{one:.1f}" for one in os.getloadavg()), f"on {os.cpu_count()} cores")
    with place() as address:
        wire = Wire(address)
        pages(wire)
        first_visit(wire)
        path = wire.visitor.begin("crowded", LARGEST)
        page = wire.visitor.get(path).text
        sent = urlencode([("token", wire.visitor.token), *beside(page), *sent_by(page)]).encode()
        answered = timed(lambda: wire.ask("POST", f"{path}/live", sent))
        shown = browsed(address)
    told(f"answer to the script, {LESIONS} lesions", answered)
    if shown is None:
        print("feedback: not measured, there is no Chromium here")
    else:
        told(f"feedback in Chromium, {LESIONS} lesions", shown._replace(processor=shown.processor + answered.processor))


def told(name: str, took: Times) -> None:
    """Print how long something took."""
    print(f"{name}: median {took.median:.1f} ms, p95 {took.p95:.1f} ms, of the processor {took.processor:.1f} ms")


if __name__ == "__main__":
    main()

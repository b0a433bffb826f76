"""A viewer for the tests: a page of another origin that shows the form in a side panel and talks with it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Browser, Frame, Page

from tests.form_browser import signed_in
from tests.web_service import served, studies

PAGE = """<!DOCTYPE html><html lang="en"><title>Viewer</title><body style="margin:0;display:flex">
<main style="flex:1;background:#000;color:#888"><h1>Images</h1></main>
<iframe title="Report" src="{frame}" width="380" height="880" style="border:0" allow="clipboard-write"></iframe>
<script>window.got = [];
addEventListener("message", ({{origin, data}}) => got.push({{origin, ...data}}));</script></body></html>"""


class _Viewer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """Answer with the page, which frames the address in its query; isolated, as viewers with threads are."""
        frame = parse_qs(urlsplit(self.path).query).get("frame", ["about:blank"])[0]
        body = PAGE.format(frame=frame).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        self.send_header("Cross-Origin-Resource-Policy", "same-site")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def viewer() -> Iterator[str]:
    """Serve a viewer while the block runs; gives its origin."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Viewer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@contextlib.contextmanager
def embedded(browser: Browser, study: str, template: str, *, locale: str | None = None) -> Iterator[tuple[Page, Frame]]:
    """Open a new report in a viewer whose origin is allowed; gives the viewer's page and the frame of the form."""
    with viewer() as origin, served(studies(), origins=(origin,)) as address:
        context = browser.new_context(viewport={"width": 1100, "height": 900}, locale=locale)
        page = context.new_page()
        failed: list[str] = []
        page.on("pageerror", lambda error: failed.append(str(error)))
        report = signed_in(page, "attending", address).begin(study, template)
        page.goto(f"{origin}/?frame={address}{report}")
        page.wait_for_function("got.some(one => one.type === 'emh-report/ready')")
        yield page, page.frames[1]
        context.close()
        assert failed == []


def send(page: Page, message: object) -> dict[str, Any]:
    """Send a message to the form and return its answer."""
    script = """message => new Promise(done => {
        addEventListener("message", function heard({data}) {
            if (!["emh-report/ack", "emh-report/refusal"].includes(data.type)) return;
            removeEventListener("message", heard);
            done(data);
        });
        frames[0].postMessage(message, "*");
    })"""
    answer: dict[str, Any] = page.evaluate(script, message)
    return answer


def measured(accession: str, *axes: str, unit: str = "mm", **more: object) -> dict[str, object]:
    """Return the message of one measurement."""
    said = {"type": "emh-report/measurement", "version": 1, "accession": accession}
    return {**said, "measurements": [{"axes": list(axes), "unit": unit}], **more}

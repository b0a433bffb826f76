"""The form as a running server for the tests, and plain requests to it."""

from __future__ import annotations

import atexit
import contextlib
import functools
import http.client
import re
from collections.abc import Mapping, Sequence
from html import unescape
from typing import NamedTuple
from urllib.parse import urlencode

from emh_report.web.desk import Desk
from emh_report.web.samples import Sample, samples
from emh_report.web.server import running
from tests import case_files
from tests.case_files import catalog


class Answer(NamedTuple):
    """What a server answered."""

    status: int
    headers: Mapping[str, str]
    text: str


@functools.cache
def studies() -> Mapping[str, Sample]:
    """Return the shipped samples, and every case and synthetic report of the tests as a study of its own."""
    found = dict(samples())
    for folder in case_files.case_folders():
        case = case_files.read_case(folder)
        found[case.id] = Sample(case.id, case.draft.template_id, case.context, case.draft)
    for path in case_files.synthetic_drafts():
        draft, context = case_files.read_report(path, case_files.synthetic_context(path))
        name = f"{path.parent.name}-{path.stem}"
        found[name] = Sample(name, draft.template_id, context, draft)
    return found


@functools.cache
def desk() -> Desk:
    """Return the use cases on the same studies, without a server."""
    return Desk(catalog(), studies())


@functools.cache
def site() -> str:
    """Start the form once for all tests of this process and return its address."""
    stack = contextlib.ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(running(catalog(), "127.0.0.1:0", studies()))


def ask(method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Answer:
    """Send one request and return the answer."""
    connection = http.client.HTTPConnection(site().removeprefix("http://"), timeout=30)
    with contextlib.closing(connection):
        connection.request(method, path, body, dict(headers or {}))
        response = connection.getresponse()
        return Answer(
            response.status, {name.lower(): value for name, value in response.getheaders()}, response.read().decode()
        )


class Visitor:
    """A browser without scripts: it keeps its cookie, and sends forms with the token they came with."""

    def __init__(self) -> None:
        self.cookie = ""
        self.token = ""

    def get(self, path: str) -> Answer:
        """Open a page."""
        return self._kept(ask("GET", path, headers=self._headers()))

    def post(self, path: str, pairs: Sequence[tuple[str, str]], **headers: str) -> Answer:
        """Send a form."""
        body = urlencode([("token", self.token), *pairs]).encode()
        return self._kept(ask("POST", path, body, self._headers() | {"Origin": site()} | headers))

    def _headers(self) -> dict[str, str]:
        return {"Cookie": self.cookie} if self.cookie else {}

    def _kept(self, answer: Answer) -> Answer:
        if "set-cookie" in answer.headers:
            self.cookie = answer.headers["set-cookie"].partition(";")[0]
        found = re.search(r'name="token" value="([^"]+)"', answer.text)
        self.token = found[1] if found else self.token
        return answer


INPUT = re.compile(r"<input([^>]*)>|<textarea([^>]*)>\n(.*?)</textarea>", re.DOTALL)
ATTRIBUTE = re.compile(r'([\w-]+)(?:="([^"]*)")?')


def sent_by(page: str) -> list[tuple[str, str]]:
    """Return names and values that a browser sends for the form of ``page``, in order; without token and buttons."""
    found = []
    form = page.partition('<form id="form"')[2].partition("</form>")[0]
    for match in INPUT.finditer(form):
        attributes = {name: unescape(value) for name, value in ATTRIBUTE.findall(match[1] or match[2] or "")}
        value = attributes.get("value", "") if match[1] is not None else unescape(match[3])
        if attributes.get("type") in ("radio", "checkbox") and "checked" not in attributes:
            continue
        if attributes.get("name", "token") != "token":
            found.append((attributes["name"], value))
    return found

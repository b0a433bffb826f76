"""The form as a running server for the tests, and plain requests to it."""

from __future__ import annotations

import atexit
import contextlib
import functools
import http.client
import itertools
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from html import unescape
from typing import NamedTuple, cast
from urllib.parse import urlencode

from emh_report.store import Store, StoredReport, open_store
from emh_report.web.desk import Desk
from emh_report.web.people import Staff, demo_people
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
def shelf() -> Store:
    """Return the store of that server."""
    stack = contextlib.ExitStack()
    atexit.register(stack.close)
    folder = stack.enter_context(tempfile.TemporaryDirectory())
    return stack.enter_context(open_store(f"sqlite:///{folder}/reports.db", catalog()))


@functools.cache
def site() -> str:
    """Start the form once for all tests of this process and return its address."""
    stack = contextlib.ExitStack()
    store = shelf()
    atexit.register(stack.close)  # before the store is closed
    return stack.enter_context(running(store, "127.0.0.1:0", studies(), Staff(demo_people())))


@contextlib.contextmanager
def served(
    found: Mapping[str, Sample],
    store: Store | None = None,
    *,
    seconds: int = 3600,
    address: str = "127.0.0.1:0",
    origins: tuple[str, ...] = (),
) -> Iterator[str]:
    """Serve the form of these studies over a store of its own, or the one given; gives its address.

    ``origins`` may show it in a frame.
    """
    with contextlib.ExitStack() as stack:
        if store is None:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            store = stack.enter_context(open_store(f"sqlite:///{folder}/reports.db", catalog()))
        staff = Staff(demo_people(), seconds=seconds, origins=origins)
        yield stack.enter_context(running(store, address, found, staff))


_numbers = itertools.count(1)


def fresh(name: str, *, empty: bool = False) -> str:
    """Return the name of a copy of a study that nobody reported yet, of another examination; ``empty``: unanswered."""
    sample, number = studies()[name], next(_numbers)
    first = sample.context.studies[0]
    examined = replace(first, study_instance_uid=f"2.25.777{number}")
    copy = replace(
        sample,
        id=f"{name}-copy-{number}",
        draft=None if empty else sample.draft,
        context=replace(sample.context, studies=(examined, *sample.context.studies[1:])),
    )
    cast("dict[str, Sample]", studies())[copy.id] = copy
    return copy.id


def ask(
    method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None, address: str = ""
) -> Answer:
    """Send one request and return the answer."""
    connection = http.client.HTTPConnection((address or site()).removeprefix("http://"), timeout=30)
    with contextlib.closing(connection):
        connection.request(method, path, body, dict(headers or {}))
        response = connection.getresponse()
        found: dict[str, str] = {}
        for name, value in response.getheaders():
            found[name.lower()] = f"{found[name.lower()]}\n{value}" if name.lower() in found else value
        return Answer(response.status, found, response.read().decode())


class Visitor:
    """A browser without scripts: it keeps its cookies, and sends forms with the token they came with."""

    def __init__(self, login: str = "attending", address: str = "", always: Mapping[str, str] | None = None) -> None:
        """Sign in as ``login``; as nobody where that is empty. ``always`` are headers of every request."""
        self.cookies: dict[str, str] = {}
        self.always = dict(always or {})
        self.token = ""
        self.address = address or site()
        if login:
            self.sign_in(login)

    def sign_in(self, login: str) -> None:
        """Say who sits there."""
        self.get("/")
        assert self.post("/sign-in", [("person", login)]).status == 303

    def get(self, path: str) -> Answer:
        """Open a page, and the one it leads to."""
        answer = self._kept(ask("GET", path, headers=self.headers(), address=self.address))
        return self.get(answer.headers["location"]) if answer.status == 303 else answer

    def post(self, path: str, pairs: Sequence[tuple[str, str]], **headers: str) -> Answer:
        """Send a form."""
        body = urlencode([("token", self.token), *pairs]).encode()
        sent = self.headers() | {"Origin": self.address} | headers
        return self._kept(ask("POST", path, body, sent, self.address))

    def follow(self, answer: Answer) -> Answer:
        """Open the page that an answer leads to."""
        assert answer.status == 303, answer.text
        return self.get(answer.headers["location"])

    def begin(self, study: str, template: str = "", focus: str = "patient") -> str:
        """Begin the report of a study and return its address."""
        begun = self.post(f"/study/{study}/{template or studies()[study].template_id}", [("focus", focus)])
        assert begun.status == 303, begun.text
        return begun.headers["location"]

    def headers(self) -> dict[str, str]:
        """Return the headers of every request."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return self.always | ({"Cookie": cookies} if cookies else {})

    def _kept(self, answer: Answer) -> Answer:
        for line in answer.headers.get("set-cookie", "").splitlines():
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        found = re.search(r'name="token" value="([^"]+)"', answer.text)
        self.token = found[1] if found else self.token
        return answer


def stored(address: str) -> StoredReport:
    """Return the stored report of an address."""
    return shelf().get(address.split("/")[2])


INPUT = re.compile(r"<input([^>]*)>|<textarea([^>]*)>\n(.*?)</textarea>", re.DOTALL)
ATTRIBUTE = re.compile(r'([\w-]+)(?:="([^"]*)")?')


BESIDE = ("token", "etag", "request")
"""Names that say who sends a form, and from which state."""


def beside(page: str) -> list[tuple[str, str]]:
    """Return the state a form of ``page`` was made from: etag and request id."""
    form = page.partition('<form id="form"')[2].partition("</form>")[0]
    return [(name, found[1]) for name in BESIDE[1:] if (found := re.search(f'name="{name}" value="([^"]*)"', form))]


def sent_by(page: str) -> list[tuple[str, str]]:
    """Return names and values that a browser sends for the form of ``page``, in order; without `BESIDE` and buttons."""
    found = []
    form = page.partition('<form id="form"')[2].partition("</form>")[0]
    for match in INPUT.finditer(form):
        attributes = {name: unescape(value) for name, value in ATTRIBUTE.findall(match[1] or match[2] or "")}
        value = attributes.get("value", "") if match[1] is not None else unescape(match[3])
        if attributes.get("type") in ("radio", "checkbox") and "checked" not in attributes:
            continue
        if attributes.get("name", "token") not in BESIDE:
            found.append((attributes["name"], value))
    return found


def hidden(page: str, form: str) -> list[tuple[str, str]]:
    """Return names and values that only a form of ``page`` knows, without its token."""
    inside = page.partition(f'<form id="{form}"')[2].partition("</form>")[0]
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', inside)
    return [(unescape(name), unescape(value)) for name, value in found if name != "token"]

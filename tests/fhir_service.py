"""FHIR over HTTP as a running server for the tests, with a store of its own, and plain requests to it."""

from __future__ import annotations

import atexit
import contextlib
import functools
import http.client
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

import orjson

from emh_report.fhir_http.releases import RELEASES
from emh_report.fhir_http.server import running
from emh_report.intake import bundles
from emh_report.intake.content import read_json
from emh_report.intake.terms import terms_of
from emh_report.issues import Issue
from emh_report.lifecycle import Action
from emh_report.store import Store
from tests.case_files import SYNTHETIC, catalog, read_report, synthetic_context
from tests.store_reports import ATTENDING, act, complete, created, fresh, pending

Json = Any


class Service(NamedTuple):
    """A running server, its address below which the releases are, and the store behind it."""

    base: str
    store: Store


class Answer(NamedTuple):
    """What the server answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Json:
        """The resource."""
        return orjson.loads(self.body)


@functools.cache
def service() -> Service:
    """Start the server once for all tests of this process."""
    stack = contextlib.ExitStack()
    atexit.register(stack.close)
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    store = stack.enter_context(fresh(folder))
    return Service(stack.enter_context(running(catalog(), "127.0.0.1:0", store)), store)


def ask(
    path: str,
    method: str = "GET",
    body: bytes | Json | None = None,
    headers: Mapping[str, str] | None = None,
    base: str = "",
) -> Answer:
    """Send one request; ``path`` is below the releases, as ``R4/metadata``. Every answer is looked at."""
    parts = urlsplit(f"{base or service().base}/{quote(path, safe='/?&=$%|:,+._-~')}")
    sent = {"Content-Type": "application/fhir+json"} if body is not None else {}
    content = body if body is None or isinstance(body, bytes) else orjson.dumps(body)
    connection = http.client.HTTPConnection(parts.netloc, timeout=60)
    with contextlib.closing(connection):
        connection.request(method, f"{parts.path}?{parts.query}", content, {**sent, **(headers or {})})
        response = connection.getresponse()
        known = {name.lower(): value for name, value in response.getheaders()}
        answer = Answer(response.status, known, response.read())
    assert answer.headers.get("content-type", "").startswith("application/fhir+json") or answer.status == 304
    return answer


def assert_valid(answer: Answer, release: str) -> None:
    """Hold a resource against the models of fhir.resources, and everything that content from outside is checked for."""
    version = RELEASES[release].short
    issues = bundles.check(read_json(answer.body), version, terms_of(catalog()))
    assert [(one.where.path, one.message) for one in issues if not _is_known(one)] == []


def _is_known(issue: Issue) -> bool:
    """Whether it is about what these checks cannot know: value sets are referred to by canonical, formats are types."""
    canonical = issue.rule_id == "fhir-reference" and ".contained[" in issue.where.path
    return canonical or issue.where.path == "CapabilityStatement.format[0]"


def local_references(value: Json) -> list[str]:
    """Return every literal reference of a resource."""
    if isinstance(value, dict):
        here = [value["reference"]] if isinstance(value.get("reference"), str) else []
        return here + [one for inner in value.values() for one in local_references(inner)]
    return [one for inner in value for one in local_references(inner)] if isinstance(value, list) else []


def refused(answer: Answer, status: int) -> Json:
    """Return the only issue of a refusal."""
    assert answer.status == status, answer.body
    outcome = answer.json
    assert outcome["resourceType"] == "OperationOutcome"
    return outcome["issue"][0]


@functools.cache
def various() -> tuple[str, ...]:
    """Return the ids of reports that have a resource of every type between them."""
    file = SYNTHETIC / "emh-ct-body" / "draft-b.json"  # with drugs
    drugs = created(service().store, *read_report(file, synthetic_context(file)), ATTENDING)
    draft, context = complete()
    task = created(service().store, pending(draft), context)
    for report_id in (drugs, task):
        act(service().store, report_id, Action.RELEASE_PRELIMINARY, ATTENDING)
    return report(), drugs, task


def report() -> str:
    """Return the id of a new final report in the store."""
    report_id = created(service().store, *complete())
    act(service().store, report_id, Action.FINALIZE, ATTENDING)
    return report_id

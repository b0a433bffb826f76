"""Studies of PACS and RIS: wrong answers of all kinds, and what several systems say together."""

from __future__ import annotations

import contextlib
import http.server
import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from emh_report.context import Context, Identifier, Order, Patient, Study
from emh_report.context_issues import context_issues
from emh_report.phrases import Line, is_ours
from emh_report.sources import Listing
from emh_report.sources.dicomweb import DicomWeb
from emh_report.sources.found import AT_MOST, LACKING, SourceError, Wanted, refusal
from emh_report.sources.settings import FhirSettings
from tests.sources import VARIABLE, board, dicomweb
from tests.test_sources_dicom import data

PRIVATE = "Privateperson"


# --- wrong answers ---------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def answering(body: Callable[[str], bytes], status: int = 200, **headers: str) -> Iterator[str]:
    """Serve what ``body`` makes of each path."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = body(self.path)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def searchset(*found: object) -> bytes:
    entries = [{"resource": one} for one in found]
    return json.dumps({"resourceType": "Bundle", "type": "searchset", "entry": entries}).encode()


def qido(**values: object) -> Callable[[str], bytes]:
    """A PACS that answers whatever it is asked with the same study."""
    return lambda _: json.dumps([data(**values)]).encode()


UNREADABLE = {
    "HTML": b"<html>" + PRIVATE.encode() + b"</html>",
    "garbage": b"\xff\x00\x16",
    "nothing": b"",
    "a text": b'"' + PRIVATE.encode() + b'"',
    "twice": b'{"resourceType": "Bundle", "resourceType": "Bundle"}',
    "huge": b"[" + b" " * (17 * 1024 * 1024) + b"]",
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_an_answer_that_cannot_be_read_is_a_line_on_the_worklist(what: str) -> None:
    with answering(lambda _: UNREADABLE[what]) as url:
        settings = dicomweb(url, title="PACS", timeout_seconds=20), FhirSettings(kind="fhir", url=url, title="RIS")
        with board(*settings) as asked:
            found, lines = asked.listing()
    assert found == ()
    assert len(lines) == 2
    assert all(line.startswith(("PACS answers ", "RIS answers ")) for line in lines)
    assert PRIVATE not in str(lines)
    assert all(map(is_ours, lines))


@pytest.mark.parametrize(
    ("status", "headers", "line"),
    [
        (401, {}, "PACS does not let this service in (HTTP 401)"),
        (302, {"Location": "http://127.0.0.1:1/"}, "PACS answers with an error (HTTP 302)"),
        (500, {}, "PACS answers with an error (HTTP 500)"),
    ],
)
def test_a_refusal_is_a_line_on_the_worklist(status: int, headers: dict[str, str], line: str) -> None:
    with answering(lambda _: PRIVATE.encode(), status, **headers) as url, board(dicomweb(url, title="PACS")) as asked:
        assert asked.listing() == Listing((), (line,))


def test_a_server_that_is_away_or_silent_is_a_line_on_the_worklist() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        quiet = f"http://127.0.0.1:{silent.getsockname()[1]}"
        settings = (
            dicomweb(quiet, title="PACS", timeout_seconds=0.2),
            FhirSettings(kind="fhir", url="http://127.0.0.1:1", title="RIS"),
            dicomweb("https://127.0.0.1:1", title="Other", token_env=VARIABLE),
        )
        with board(*settings) as asked:
            assert asked.listing().lines == (
                "PACS does not answer",
                "RIS does not answer",
                "Other is not asked: its token cannot be read",
            )


def test_an_answer_about_another_study_is_not_shown() -> None:
    """A server that ignores what it was asked for would put anybody's study below this number."""
    with answering(qido(AccessionNumber="ACC-2")) as url:
        source = DicomWeb(dicomweb(url))
        for wanted in (Wanted(accession="ACC-1"), Wanted(study_instance_uid="2.25.9")):
            assert source.read(wanted) == Listing((), ("1 not shown (another study than was asked for)",))


def test_more_than_can_be_shown_is_said() -> None:
    studies = [data(StudyInstanceUID=f"2.25.{number}") for number in range(1, 60)]
    with answering(lambda _: json.dumps(studies).encode()) as url, board(dicomweb(url, title="PACS")) as asked:
        found, lines = asked.listing()
    assert (len(found), lines) == (AT_MOST, ("PACS has more studies than are shown",))


def test_a_server_that_says_it_has_more_is_heard() -> None:
    with answering(qido(), Warning="299 pacs: more") as url, board(dicomweb(url, title="PACS")) as asked:
        assert asked.listing().lines == ("PACS has more studies than are shown",)
    paged = {"resourceType": "Bundle", "type": "searchset", "link": [{"relation": "next", "url": "x"}]}
    page = json.dumps(paged).encode()
    with answering(lambda _: page) as url, board(FhirSettings(kind="fhir", url=url, title="RIS")) as asked:
        assert asked.listing().lines == ("RIS has more orders, patients or studies than are shown",)


KNOWN = Patient((Identifier("urn:x", "1"),))
NO_REPORTS = (
    Context(patient=Patient(), studies=(Study("1.2.3"),)),
    Context(patient=KNOWN, studies=(Study(""),)),
    Context(patient=KNOWN, studies=(Study("1.x"),)),
    Context(patient=replace(KNOWN, birth_date="soon"), studies=(Study("1.2.3"),)),
    Context(patient=KNOWN, studies=(Study("1.2.3", started="soon"),)),
    Context(patient=KNOWN, studies=(Study(" "),)),
)


def test_why_no_report_can_be_made_has_a_phrase() -> None:
    """Held against what the issues of a context say: a word that changes there is missed here."""
    said = [refusal(context) for context in NO_REPORTS]
    assert all(isinstance(one, Line) and one.parts[1] in LACKING and is_ours(one) for one in said)
    assert {one.partition(": ")[2] for one in said} == set(LACKING)
    assert all(context_issues(context) for context in NO_REPORTS)


# --- all sources together --------------------------------------------------------------------------------------------


DOUBT = "1 not shown: sources name different patients for one study"


@pytest.mark.parametrize(
    ("other", "lines"),
    [({"PatientID": "MRN-1"}, ()), ({"PatientID": "MRN-2"}, (DOUBT,)), ({"PatientBirthDate": "1981"}, (DOUBT,))],
)
def test_sources_that_name_different_patients_for_a_study_are_not_believed(
    other: dict[str, object], lines: tuple[str, ...]
) -> None:
    with (
        answering(qido(PatientBirthDate="19800131")) as one,
        answering(qido(**other)) as second,
        board(dicomweb(one), dicomweb(second)) as asked,
    ):
        assert (len(asked.listing().studies), asked.listing().lines) == (1 - len(lines), lines)


def test_a_study_is_found_as_it_was_shown_and_read_again_later() -> None:
    now, patient = [0.0], ["MRN-1"]
    with contextlib.ExitStack() as stack:
        url = stack.enter_context(answering(lambda _: qido(PatientID=patient[0])("")))
        asked = stack.enter_context(board(dicomweb(url), clock=lambda: now[0]))
        (shown,), _ = asked.listing()
        assert asked.find("study-of-nobody") is None
        assert asked.find(shown.id) == shown
        now[0] = 400.0
        assert asked.find(shown.id) == shown
        now[0], patient[0] = 1000.0, "MRN-2"
        assert asked.find(shown.id) is None, "it is the study of somebody else now"


def test_a_study_that_cannot_be_read_again_is_not_begun() -> None:
    now = [0.0]
    with contextlib.ExitStack() as stack:
        server = contextlib.ExitStack()
        url = server.enter_context(answering(qido()))
        asked = stack.enter_context(board(dicomweb(url), clock=lambda: now[0]))
        (shown,), _ = asked.listing()
        server.close()
        assert asked.find(shown.id) == shown
        now[0] = 400.0
        with pytest.raises(SourceError, match="does not answer"):
            asked.find(shown.id)


def test_orders_are_those_of_the_context() -> None:
    """Nothing is made up for what DICOM does not state of an order."""
    with answering(qido(AccessionNumber="ACC-1")) as url, board(dicomweb(url)) as asked:
        (found,), _ = asked.listing()
    assert found.context.orders == (Order(Identifier("", "ACC-1")),)

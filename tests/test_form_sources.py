"""The form over the studies of a PACS that others wrote: shown, suggested a template, begun, and about its patient."""

from __future__ import annotations

import contextlib
import json
import re
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser

from emh_report.cli.exits import Exit
from emh_report.context import Identifier
from emh_report.sources import Board
from emh_report.store import Query, Store, open_store
from emh_report.web.people import Staff, demo_people
from emh_report.web.server import running
from tests import orthanc
from tests.browser import browser
from tests.case_files import catalog
from tests.cli_program import run
from tests.form_browser import opened
from tests.sources import ORGANIZATION, VARIABLE, board, dicomweb
from tests.test_form_access import axe, violations
from tests.test_sources import answering, qido
from tests.test_sources_dicom import data
from tests.web_service import Visitor, fresh

__all__ = ["axe", "browser"]


class Site(NamedTuple):
    """A running form."""

    address: str
    store: Store


@contextlib.contextmanager
def form(sources: Board) -> Iterator[Site]:
    with (
        tempfile.TemporaryDirectory() as folder,
        open_store(f"sqlite:///{folder}/reports.db", catalog()) as store,
        sources,
        running(store, "127.0.0.1:0", {}, Staff(demo_people()), sources) as address,
    ):
        yield Site(address, store)


@pytest.fixture(scope="module")
def pacs() -> Iterator[Site]:
    """Serve the form over an Orthanc with one study of today."""
    if words := orthanc.missing():
        pytest.skip(words)
    with pytest.MonkeyPatch.context() as patch, orthanc.running() as address:
        patch.setenv(VARIABLE, "secret")
        orthanc.store(address, t00080020=f"{date.today():%Y%m%d}")  # noqa: DTZ011 - as a PACS has it
        earlier = {"t00080020": "20240102", "t00081030": "CT chest", "t00080060": "CT", "t00080050": "ACC-1"}
        orthanc.store(address, **earlier, t0020000d="2.25.5000", t00080018="2.25.5001", t0020000e="2.25.5002")
        settings = dicomweb(
            f"{address}/dicom-web", title="PACS", user="reader", token_env=VARIABLE, issuers={"HOSP": "urn:oid:1.3"}
        )
        with form(board(settings, dicomweb("http://127.0.0.1:1", title="Archive"))) as site:
            yield site


def test_a_study_of_the_pacs_is_opened_and_its_banner_shows_the_patient(pacs: Site, browser: Browser) -> None:
    with opened(browser, "/", address=pacs.address) as page:
        assert page.locator(".sources").inner_text() == "▲ Archive does not answer"
        assert "Sample studies" not in page.content()
        page.get_by_role("link", name="MR whole spine").click()
        assert page.locator("h1").inner_text() == "MR spine"
        assert "Müller, Eva Maria" in page.locator(".patient").inner_text()
        page.get_by_role("button", name="Begin the report").click()
        page.wait_for_selector("html[data-ready]")
        banner = page.locator("header.banner").inner_text()
        assert all(part in banner for part in ("Müller, Eva Maria", "1980-01-31", "MRN-77", "MR ", "ACC-77"))
        assert "Test data" not in banner
        page.locator("#examinations li").first.wait_for()
        assert page.locator("#examinations .examinations").inner_text() == "2024-01-02 08:15 · CT · CT chest\nPACS"
        assert page.locator("#examinations .sources").inner_text() == "▲ Archive does not answer"
        page.get_by_role("link", name="Earlier examinations").click()
        assert "CT chest" in page.locator("main").inner_text()
    (begun,) = pacs.store.list(Query()).reports
    context = pacs.store.get(begun.report_id).context
    assert context.patient.identifiers == (Identifier("urn:oid:1.3", "MRN-77"),)
    assert (context.studies[0].study_instance_uid, context.organization) == ("2.25.4000", ORGANIZATION)
    assert context.author == demo_people()["attending"].actor.person


def test_without_pacs_and_ris_nothing_is_said_of_earlier_examinations() -> None:
    visitor = Visitor()
    own = visitor.begin(fresh("quick-ct"))
    assert "examinations" not in visitor.get(own).text
    assert visitor.get(f"{own}/examinations/panel").text == ""
    assert "No PACS or RIS is asked here." in visitor.get(f"{own}/examinations").text
    assert Visitor("").get(f"{own}/examinations/panel").status == 401


def test_axe_finds_nothing_in_the_list_of_earlier_examinations(browser: Browser, axe: str) -> None:
    today = f"{date.today():%Y%m%d}"  # noqa: DTZ011 - as a PACS has it
    studies = [
        data(StudyInstanceUID=f"2.25.{number}", StudyDate=day, StudyDescription="CT", PatientName={"Alphabetic": "A^B"})
        for number, day in ((1, today), (2, "20240102"))
    ]
    with (
        answering(lambda _: json.dumps(studies).encode()) as url,
        form(board(dicomweb(url, title="PACS"))) as site,
        opened(browser, "/", address=site.address) as page,
    ):
        page.get_by_role("link", name="CT").first.click()
        page.get_by_role("button", name="Begin the report").click()
        page.wait_for_selector("#examinations li")
        assert violations(page, axe) == []
        page.get_by_role("link", name="Earlier examinations").click()
        assert page.locator("main .examinations li").count() == 1
        assert violations(page, axe) == []


def test_every_other_template_can_be_chosen() -> None:
    with answering(qido(ModalitiesInStudy=["MR"], BodyPartExamined="SPINE")) as url, form(board(dicomweb(url))) as site:
        page = Visitor(address=site.address).get("/").text
    assert re.search(r'action="/study/study-[0-9a-f]{32}/emh-mri-spine"', page)
    assert len(re.findall(r"formaction=\"/study/study-[0-9a-f]{32}/", page)) == len(catalog().templates)


def test_what_a_study_does_not_state_leaves_no_broken_page() -> None:
    with answering(qido()) as url, form(board(dicomweb(url))) as site:
        visitor = Visitor(address=site.address)
        found = re.search(r'href="(/study/[^"]+)"', visitor.get("/").text)
        assert found
        assert visitor.get(found[1]).status == 200
        begun = visitor.follow(visitor.post(found[1], []))
        assert begun.status == 200
        assert visitor.get("/").status == 200


def test_a_study_of_somebody_else_by_now_is_not_begun() -> None:
    patient = ["MRN-1"]

    def answer(_: str) -> bytes:
        return qido(PatientID=patient[0])("")

    now = [0.0]
    with answering(answer) as url, form(board(dicomweb(url), clock=lambda: now[0])) as site:
        visitor = Visitor(address=site.address)
        found = re.search(r'href="(/study/[^"]+)"', visitor.get("/").text)
        assert found
        patient[0], now[0] = "MRN-2", 400.0
        assert visitor.post(found[1], []).status == 404
        assert site.store.list(Query()).reports == ()


def test_a_pacs_that_went_away_is_said_and_nothing_is_begun() -> None:
    now = [0.0]
    with contextlib.ExitStack() as stack:
        server = contextlib.ExitStack()
        url = server.enter_context(answering(qido()))
        site = stack.enter_context(form(board(dicomweb(url, title="PACS"), clock=lambda: now[0])))
        visitor = Visitor(address=site.address)
        found = re.search(r'href="(/study/[^"]+)"', visitor.get("/").text)
        assert found
        server.close()
        now[0] = 400.0
        refused = visitor.post(found[1], [])
        assert (refused.status, "Nothing was begun" in refused.text) == (503, True)
        assert "PACS does not answer" in visitor.get("/").text
        assert site.store.list(Query()).reports == ()


def test_what_sources_do_not_answer_is_said_in_the_language_of_the_page() -> None:
    now = [0.0]
    with contextlib.ExitStack() as stack:
        server = contextlib.ExitStack()
        url = server.enter_context(answering(two))
        away = dicomweb("http://127.0.0.1:1", title="Archiv")
        site = stack.enter_context(form(board(dicomweb(url, title="PACS"), away, clock=lambda: now[0])))
        visitor = Visitor(address=site.address, always={"Accept-Language": "de"})
        page = visitor.get("/").text
        assert "<span>Archiv antwortet nicht</span>" in page
        unnamed = "patient.identifiers: eine Patientenkennung mit Namensraum und Wert wird benötigt"
        assert f"<span>PACS: 1 nicht angezeigt ({unnamed})</span>" in page
        found = re.search(r'href="(/study/[^"]+)"', page)
        assert found
        own = visitor.post(found[1], []).headers["location"]
        assert "<span>Archiv antwortet nicht</span>" in visitor.get(f"{own}/examinations/panel").text
        server.close()
        now[0] = 400.0
        refused = visitor.post(f"{found[1].rpartition('/')[0]}/emh-minimal", [])
        assert (refused.status, "<li>PACS antwortet nicht</li>" in refused.text) == (503, True)


def two(_: str) -> bytes:
    """Answer two studies, one of somebody without a number."""
    return json.dumps([data(StudyInstanceUID="2.25.1"), data(StudyInstanceUID="2.25.2", PatientID="")]).encode()


def test_a_wrong_file_of_sources_stops_the_start(tmp_path: Path) -> None:
    file = tmp_path / "studies.toml"
    file.write_text('[studies.pacs]\nkind = "dimse"\n')
    options = ("--studies", str(file), "--store", f"sqlite:///{tmp_path}/r.db", "--address", "127.0.0.1:0")
    done = run("serve", *options, "--web", "127.0.0.1:0", "--fhir", "off")
    assert (done.exit_code, "studies.pacs.kind: accepted are dicomweb, fhir" in done.output) == (Exit.USAGE, True)


def test_an_address_opens_a_study_that_the_pacs_has(pacs: Site) -> None:
    visitor = Visitor(address=pacs.address)
    opened_page = visitor.get("/open?accessionNumber=ACC-77")
    assert (opened_page.status, "Müller" in opened_page.text) == (200, True)
    away = visitor.get("/open?accessionNumber=ACC-NONE")
    assert (away.status, "Archive does not answer" in away.text) == (503, True)


def test_an_address_opens_nothing_that_was_not_asked_for() -> None:
    with answering(qido(AccessionNumber="ACC-2")) as url, form(board(dicomweb(url))) as site:
        visitor = Visitor(address=site.address)
        assert "Nothing was begun" in visitor.get("/open?accessionNumber=ACC-1").text
        assert visitor.get("/open?accessionNumber=ACC-2").status == 200
        assert visitor.get("/open?accessionNumber=ACC-2&patientID=OTHER").status == 409
        assert site.store.list(Query()).reports == ()

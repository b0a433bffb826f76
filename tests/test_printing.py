"""Stored versions on paper: what was signed, whether that holds, and the signed bytes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from emh_report import pipeline, printing
from emh_report.errors import NotStoredError
from emh_report.export import Format
from emh_report.keys import new_signing_key
from emh_report.lifecycle import Action
from emh_report.records import StoredVersion
from emh_report.signing import verify
from emh_report.store import Store
from tests.case_files import catalog
from tests.cli_program import run
from tests.paper import Component, Paper, needs_pdf
from tests.store_reports import ATTENDING, act, changed, complete, created, fresh, saved, signed

pytestmark = needs_pdf


@pytest.fixture
def paper(tmp_path: Path, component: Component) -> Callable[[bytes], Paper]:
    return lambda content: Paper(content, tmp_path, component)


def version_of(store: Store) -> StoredVersion:
    return store.version(signed(store))


def test_a_signed_version_carries_what_was_signed(tmp_path: Path, paper: Callable[[bytes], Paper]) -> None:
    key = new_signing_key()
    with fresh(tmp_path, signing_keys=[key]) as store:
        version = version_of(store)
        found = paper(store.printed(version.report_id))
    files = found.attached()
    document = version.document
    bundle = pipeline.export_report(catalog(), document.draft, document.context, Format.FHIR_R4_TRANSACTION)[0].content
    assert files == {
        "report.json": version.content,
        "report.json.jws": version.signature.encode(),
        "report.fhir.json": bundle,
    }
    assert verify(files["report.json"], files["report.json.jws"].decode(), [key]).key_id == key.kid
    text = found.text()
    assert "Electronically signed" in text
    assert "holds (ES256, JWS)" in text
    assert version.sha256 in re.sub(r"\s", "", text)
    assert "application#2fjose" in found.objects()


def test_a_correction_says_which_version_and_why(tmp_path: Path, paper: Callable[[bytes], Paper]) -> None:
    with fresh(tmp_path) as store:
        report_id = signed(store)
        saved(store, report_id, changed(store.get(report_id).draft))
        act(store, report_id, Action.AMEND, ATTENDING)
        first, second = paper(store.printed(report_id, 1)).text(), paper(store.printed(report_id)).text()
    assert "version 1 · Final" in first
    assert "version 2 · CORRECTED" in second
    assert "CORRECTED REPORT: replaces the earlier version" in second
    assert "Reason" in second
    assert "because" in second
    assert "key for trying out" in second


def test_a_signature_that_cannot_be_confirmed_is_on_the_first_page(
    tmp_path: Path, paper: Callable[[bytes], Paper]
) -> None:
    with fresh(tmp_path) as store:
        version = version_of(store)
    for keys, content in (([], version.content), ([new_signing_key()], version.content + b" ")):
        text = paper(printing.printed(catalog(), replace(version, content=content), keys)).text()
        assert "SIGNATURE NOT CONFIRMED" in text.split("\f")[0]


def test_what_reads_otherwise_today_is_printed_as_it_was_stored(
    tmp_path: Path, paper: Callable[[bytes], Paper]
) -> None:
    with fresh(tmp_path) as store:
        version = version_of(store)
    words = "OLD TITLE\n\nLesion 1: as it was worded then, 4.20 mm.\n  <b>further</b> lines"
    older = replace(version, document=replace(version.document, narrative=words))
    found = paper(printing.printed(catalog(), older, []))
    text = found.text()
    assert "as it was worded then, 4.20 mm." in text
    assert "<b>further</b> lines" in text
    assert set(found.attached()) == {"report.json", "report.json.jws"}
    assert found.info()["Title"] == "OLD TITLE"


def test_what_was_released_without_a_signature_says_so(tmp_path: Path, paper: Callable[[bytes], Paper]) -> None:
    with fresh(tmp_path) as store:
        report_id = created(store, *complete())
        act(store, report_id, Action.RELEASE_PRELIMINARY, ATTENDING)
        found = paper(store.printed(report_id))
    assert "this state is released without one" in found.text()
    assert "Signed document" not in found.text()
    assert "PRELIMINARY REPORT: not signed" in found.text()
    assert set(found.attached()) == {"report.json", "report.fhir.json"}


def test_the_command_line_prints_it(tmp_path: Path) -> None:
    with fresh(tmp_path) as store:
        report_id = signed(store)
        expected = store.printed(report_id)
        with pytest.raises(NotStoredError):
            store.printed(report_id, 7)
    url, file = f"sqlite:///{tmp_path / 'reports.db'}", tmp_path / "out.pdf"
    result = run("reports", "print", report_id, "--store", url, "-o", str(file))
    assert (result.exit_code, file.read_bytes()) == (0, expected)

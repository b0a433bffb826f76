"""The report as PDF, judged by programs nobody here wrote: qpdf, pdfinfo, pdftotext, pdfdetach."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from emh_report import demo, limits, pipeline
from emh_report.context import Context, ReportStatus
from emh_report.draft import Draft, Item, Text
from emh_report.draft import Integer as Whole
from emh_report.errors import InputError, LimitError, MissingExtraError
from emh_report.export import Format
from emh_report.export.pdf import Sheet, engine, make
from emh_report.report import Amount, Axes, Report
from tests.case_files import catalog, read_report, synthetic_context, synthetic_drafts
from tests.paper import Component, Paper, needs_pdf

pytestmark = needs_pdf
BUNDLES = [one for one in Format if one.is_fhir]


def printed(draft: Draft, context: Context) -> bytes:
    return pipeline.export_report(catalog(), draft, context, Format.PDF)[0].content


@pytest.fixture
def paper(tmp_path: Path, component: Component) -> Callable[[bytes], Paper]:
    return lambda content: Paper(content, tmp_path, component)


def test_it_is_a_sound_tagged_file_that_declares_what_it_is(paper: Callable[[bytes], Paper]) -> None:
    found = paper(printed(*demo.read_case()))
    assert "No syntax or stream encoding errors" in found.check()
    info = found.info()
    assert (info["Tagged"], info["PDF version"], info["JavaScript"], info["Encrypted"]) == ("yes", "1.7", "no", "no")
    assert info["Title"] == "Extramedullary hematopoiesis: Follow-up"
    plain = found.objects()
    assert 'pdfaid:part="3"' in plain
    assert 'pdfaid:conformance="A"' in plain
    assert "/GTS_PDFA1" in plain
    assert "/Lang (en)" in plain
    assert {"/S /H1", "/S /H2", "/S /P", "/S /TH", "/S /L"} <= set(re.findall(r"/S /\w+", plain))
    assert "/AFRelationship /Data" in plain
    assert "/application#2ffhir+json" in plain


def test_the_bundle_within_is_the_export(paper: Callable[[bytes], Paper]) -> None:
    case = demo.read_case()
    bundle = pipeline.export_report(catalog(), *case, Format.FHIR_R4_TRANSACTION)[0].content
    assert paper(printed(*case)).attached() == {"report.fhir.json": bundle}


def test_a_draft_says_so_and_carries_no_bundle(paper: Callable[[bytes], Paper]) -> None:
    draft, context = demo.read_case()
    editing = replace(context, report=replace(context.report, status=ReportStatus.DRAFT))
    found = paper(printed(draft, editing))
    assert found.attached() == {}
    assert "DRAFT: not released, not for clinical use" in found.text()
    assert "DRAFT, not released" in found.text()


@pytest.mark.parametrize("path", synthetic_drafts(), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_number_that_was_answered_is_on_the_paper(path: Path, paper: Callable[[bytes], Paper]) -> None:
    draft, context = read_report(path, synthetic_context(path))
    found = paper(printed(draft, context))
    words = set(re.findall(r"\d[\d.]*\d|\d", found.text()))
    report = pipeline.release(catalog(), draft, context).report
    assert {number for number in numbers(report) if number not in words} == set()
    assert "No syntax or stream encoding errors" in found.check()


def numbers(report: Report) -> Iterator[str]:
    for group in report.groups:
        for item in group.items:
            match item.value:
                case Amount(text=text):
                    yield text.lstrip("+-−")
                case Axes(texts=texts):
                    yield from texts
                case Whole(value=value):
                    yield str(abs(value))
                case _:
                    pass


def test_every_page_says_whose_and_which_report_it_is(paper: Callable[[bytes], Paper]) -> None:
    draft, context = read_report(*long_report())
    pages = paper(printed(draft, context)).text().split("\f")[:-1]
    assert len(pages) > 2
    number = context.patient.identifiers[0].value
    for position, page in enumerate(pages, 1):
        assert f"{context.patient.family}, {' '.join(context.patient.given)} · born" in page
        assert number in page
        assert "version 1 · Final · Not signed electronically" in page
        assert f"Page {position} of {len(pages)}" in page


def long_report() -> tuple[Path, Path]:
    path = next(path for path in synthetic_drafts() if path.parent.name == "emh-mri-spine")
    return path, synthetic_context(path)


def test_the_same_report_is_the_same_bytes_in_every_process() -> None:
    code = (
        "import hashlib; from emh_report import demo, load_catalog, Format, export_report;"
        "print(hashlib.sha256(export_report(load_catalog(), *demo.read_case(), Format.PDF)[0].content).hexdigest())"
    )
    digest = hashlib.sha256(printed(*demo.read_case())).hexdigest()
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        made = subprocess.run([sys.executable, "-c", code], capture_output=True, env=environment, check=True)
        assert made.stdout.decode().strip() == digest


# --- what others typed -----------------------------------------------------------------------------------------------

HOSTILE = (
    '</td></tr></table></body></html><script>alert("x")</script><img src="file:///etc/hostname">'
    '<link rel="attachment" href="file:///etc/hostname"><style>body{display:none}</style>'
)


def test_hostile_text_stays_text(paper: Callable[[bytes], Paper], tmp_path: Path) -> None:
    draft, context = demo.read_case()
    (impression,) = (group for group in draft.groups if group.group_id == "impression")
    said = impression._replace(items=(*impression.items, Item("impression-text", Text(HOSTILE))))
    typed = tuple(said if group is impression else group for group in draft.groups)
    named = replace(context, patient=replace(context.patient, family="<b>O'Neil</b> & Söhne"))
    (tmp_path / "hostname").write_text("secret")
    found = paper(printed(draft._replace(groups=typed), named))
    joined = re.sub(r"\s+", "", found.text())
    assert '<script>alert("x")</script><imgsrc="file:///etc/hostname">' in joined
    assert "<b>O'Neil</b>&Söhne" in joined
    assert list(found.attached()) == ["report.fhir.json"]
    assert not Path("/etc/hostname").exists() or Path("/etc/hostname").read_text().strip() not in joined


@pytest.mark.parametrize(
    "asks",
    [
        '<img alt="" src="{url}"/>',
        '<link rel="attachment" href="{url}"/>',
        '<link rel="stylesheet" href="{url}"/>',
        '<style>@import url("{url}"); body {{ background: url("{url}") }}</style>',
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><title>x</title><image href="{url}"/></svg>',
    ],
)
def test_nothing_is_fetched_even_where_a_document_asks(
    asks: str, tmp_path: Path, paper: Callable[[bytes], Paper]
) -> None:
    secret = tmp_path / "secret.css"
    secret.write_text("body::before { content: 'fetched' }")
    markup = asks.format(url=secret.as_uri())
    html = f'<!DOCTYPE html><html lang="en"><head><title>t</title></head><body><p>words</p>{markup}</body></html>'
    found = paper(make(Sheet(html, "patient", "version")))
    assert "words" in found.text()
    assert "fetched" not in found.text()
    assert found.attached() == {}


NAMES = ["Παπαδοπούλου", "Щербакова", "Nguyễn", "שלום", "محمد", "张伟", "김민준", "\U00012000\U00012001"]


@pytest.mark.parametrize("name", NAMES)
def test_no_character_of_a_name_vanishes(name: str, paper: Callable[[bytes], Paper]) -> None:
    draft, context = demo.read_case()
    named = replace(context, patient=replace(context.patient, family=name))
    text = paper(printed(draft, named)).text()
    spelled = {character: f"U+{ord(character):04X}" for character in name}
    shown = {one for one in name if one in text}
    absent = {one: code for one, code in spelled.items() if one not in shown}
    if re.search(r"No font of this installation", text):
        assert all(f"[{code}]" in text for code in absent.values())
    else:
        # letters may be drawn joined: the text that the file states is compared as Unicode has it
        assert all(ord(one) > 0x58F for one in absent)


def test_a_character_without_a_font_is_named_on_the_first_page(paper: Callable[[bytes], Paper]) -> None:
    draft, context = demo.read_case()
    named = replace(context, patient=replace(context.patient, family="\U0001f9ff\U000fffff"))
    pages = paper(printed(draft, named)).text().split("\f")
    assert "U+FFFFF" in pages[0]
    assert "[U+FFFFF]" in pages[1]


def test_the_log_repeats_nothing_of_a_report() -> None:
    draft, context = demo.read_case()
    named = replace(context, patient=replace(context.patient, family="Secretname\U000fffff"))
    stream = io.StringIO()
    handler, root = logging.StreamHandler(stream), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        printed(draft, named)
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    assert stream.getvalue() == ""


# --- what is refused -------------------------------------------------------------------------------------------------


def test_a_text_beyond_the_limit_is_refused() -> None:
    with pytest.raises(LimitError, match="use HTML"):
        make(Sheet("x" * (limits.PRINTED + 1), "", ""))


@pytest.mark.parametrize(("fails", "said"), [(ImportError, r"emh_report\[pdf\]"), (OSError, "libpango")])
def test_without_the_extra_or_its_libraries_it_says_what_to_install(
    fails: type[Exception], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "weasyprint":
                raise fails("cannot load library 'libpango-1.0-0'")

    for name in [name for name in sys.modules if name.split(".")[0] == "weasyprint"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [Broken(), *sys.meta_path])
    with pytest.raises(MissingExtraError, match=said):
        engine._weasyprint()


def test_a_machine_without_subsets_by_harfbuzz_makes_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine._weasyprint().text.ffi, "harfbuzz_subset", None)
    with pytest.raises(MissingExtraError, match="libharfbuzz-subset0"):
        printed(*read_report(*long_report()))


# --- beside the HTML in FHIR -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("format_", BUNDLES)
def test_a_bundle_presents_the_paper_when_asked(format_: Format) -> None:
    draft, context = read_report(*long_report())
    usual = pipeline.export_report(catalog(), draft, context, format_)[0].content
    asked = pipeline.export_report(catalog(), draft, context, format_, with_pdf=True)[0].content
    paper = printed(draft, context)
    forms = presented(asked)
    assert [form["contentType"] for form in forms] == ["text/html", "application/pdf"]
    assert forms[:1] == presented(usual)
    assert base64.b64decode(forms[1]["data"]) == paper
    assert int(forms[1]["size"]) == len(paper)
    assert forms[1]["hash"] == base64.b64encode(hashlib.sha1(paper, usedforsecurity=False).digest()).decode()
    found = pipeline.import_report(catalog(), asked)
    assert found.draft == pipeline.import_report(catalog(), usual).draft


def presented(bundle: bytes) -> list[dict[str, str]]:
    resources = [entry["resource"] for entry in json.loads(bundle)["entry"]]
    report = next(one for one in resources if one["resourceType"] == "DiagnosticReport")
    forms: list[dict[str, str]] = report["presentedForm"]
    return forms


@pytest.mark.parametrize("format_", [Format.TEXT, Format.HTML, Format.PDF])
def test_only_a_bundle_presents_a_paper(format_: Format) -> None:
    with pytest.raises(InputError, match="with_pdf"):
        pipeline.export_report(catalog(), *demo.read_case(), format_, with_pdf=True)

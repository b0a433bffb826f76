"""Released reports over HTTP: what is read is what was released, and nothing else is there."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import orjson
import pytest

from emh_report import pipeline
from emh_report.context import Identifier
from emh_report.draft import ReportMode
from emh_report.export import fhir
from emh_report.export.fhir import Version
from emh_report.export.narrative import narrate
from emh_report.lifecycle import Action
from tests.case_files import catalog
from tests.fhir_service import ask, local_references, refused, report, service
from tests.store_reports import ATTENDING, RECORDS, act, added, changed, complete, created, saved

Json = Any
RELEASES = pytest.mark.parametrize("release", ["R4", "R5"])
OPTIONS = fhir.Options(create_patient=True)


def exported(report_id: str, release: str, version: int = 0) -> Json:
    """Return the transaction of a released version, as JSON."""
    document = service().store.version(report_id, version).document
    made = pipeline.release(catalog(), document.draft, document.context).report
    bundle = fhir.transaction(made, narrate(made), OPTIONS, version=Version[release])
    return orjson.loads(fhir.to_json(bundle))


def local(report_id: str, type_: str, urn: str) -> str:
    part = (report_id + urn.removeprefix("urn:uuid:")).replace("-", "")
    return f"{type_}/{report_id if type_ == 'DiagnosticReport' else part}"


def renamed(value: Json, names: dict[str, str]) -> Json:
    if isinstance(value, dict):
        return {
            key: names.get(one, one) if key == "reference" and isinstance(one, str) else renamed(one, names)
            for key, one in value.items()
        }
    return [renamed(one, names) for one in value] if isinstance(value, list) else value


@RELEASES
def test_every_resource_of_a_report_is_served_as_it_is_exported(release: str) -> None:
    report_id = report()
    entries = exported(report_id, release)["entry"]
    names = {one["fullUrl"]: local(report_id, one["resource"]["resourceType"], one["fullUrl"]) for one in entries}
    assert len(entries) > 40
    for entry in entries:
        answer = ask(f"{release}/{names[entry['fullUrl']]}")
        assert (answer.status, answer.headers["etag"], answer.headers["cache-control"]) == (200, 'W/"1"', "no-store")
        served = answer.json
        assert f"{served['resourceType']}/{served.pop('id')}" == names[entry["fullUrl"]]
        meta = served["meta"]
        assert meta.pop("versionId") == "1"
        assert meta.pop("lastUpdated").endswith("Z")
        wanted = renamed(entry["resource"], names)
        assert served == {**wanted, "meta": wanted.get("meta", {})}


@RELEASES
def test_no_reference_dangles(release: str) -> None:
    todo, done = [f"DiagnosticReport/{report()}"], set[str]()
    while todo:
        name = todo.pop()
        if name not in done:
            done.add(name)
            answer = ask(f"{release}/{name}")
            assert answer.status == 200, name
            todo += local_references(answer.json)
    assert len(done) > 20


@RELEASES
def test_drafts_are_not_there(release: str) -> None:
    draft, context = complete()
    report_id = created(service().store, draft, context)
    patient = context.patient.identifiers[0]
    assert refused(ask(f"{release}/DiagnosticReport/{report_id}"), 404)["code"] == "not-found"
    for search in (f"_id={report_id}", f"patient.identifier={patient.system}|{patient.value}", "status=registered"):
        assert ask(f"{release}/DiagnosticReport?{search}").json.get("entry", []) == []


def test_what_is_edited_after_the_release_is_not_served_before_the_next() -> None:
    report_id = report()
    before = ask(f"R4/DiagnosticReport/{report_id}").body
    draft = service().store.get(report_id).draft
    saved(service().store, report_id, changed(draft, "Not yet released."))
    answer = ask(f"R4/DiagnosticReport/{report_id}")
    assert answer.body == before
    act(service().store, report_id, Action.AMEND, ATTENDING)
    now = ask(f"R4/DiagnosticReport/{report_id}")
    assert (now.headers["etag"], now.json["status"], "Not yet released." in now.json["conclusion"]) == (
        'W/"2"',
        "corrected",
        True,
    )
    assert ask(f"R4/DiagnosticReport/{report_id}/_history/1").body == before
    history = ask(f"R4/DiagnosticReport/{report_id}/_history").json
    assert [one["resource"]["meta"]["versionId"] for one in history["entry"]] == ["2", "1"]
    assert history["entry"][1]["resource"] == orjson.loads(before)


def test_what_a_correction_takes_back_is_entered_in_error_and_stays_in_its_version() -> None:
    report_id = report()
    draft = service().store.get(report_id).draft
    gone = next(group for group in draft.groups if group.group_id == "finding")
    known = {one["fullUrl"]: one["resource"] for one in exported(report_id, "R4")["entry"]}
    saved(service().store, report_id, draft._replace(groups=tuple(one for one in draft.groups if one is not gone)))
    act(service().store, report_id, Action.AMEND, ATTENDING)
    left = {one["fullUrl"] for one in exported(report_id, "R4")["entry"]}
    lost = [local(report_id, one["resourceType"], urn) for urn, one in known.items() if urn not in left]
    assert lost
    for name in lost:
        assert ask(f"R4/{name}").json["status"] == "entered-in-error"
        assert ask(f"R4/{name}/_history/1").json["status"] == "final"
        assert refused(ask(f"R4/{name}/_history/2"), 404)["code"] == "not-found"


def test_a_withdrawn_report_says_so() -> None:
    report_id = report()
    act(service().store, report_id, Action.WITHDRAW, RECORDS)
    answer = ask(f"R4/DiagnosticReport/{report_id}").json
    assert answer["status"] == "entered-in-error"
    found = ask(f"R4/DiagnosticReport?_id={report_id}&status=entered-in-error").json
    assert [one["resource"] for one in found["entry"]] == [answer]


def test_a_companion_is_no_report_and_its_findings_are_there() -> None:
    draft, context = complete()
    number = Identifier("https://fhir.hospital.test/report", "R-77")
    context = replace(context, report=replace(context.report, identifier=number))
    report_id = created(service().store, draft._replace(mode=ReportMode.COMPANION), context)
    act(service().store, report_id, Action.FINALIZE, ATTENDING)
    assert "made elsewhere" in refused(ask(f"R4/DiagnosticReport/{report_id}"), 404)["diagnostics"]
    assert "entry" not in ask("R4/DiagnosticReport?identifier=R-77").json
    entries = exported(report_id, "R4")["entry"]
    names = [local(report_id, one["resource"]["resourceType"], one["fullUrl"]) for one in entries]
    assert {ask(f"R4/{name}").status for name in names} == {200}


@RELEASES
def test_the_document_is_that_of_the_export(release: str) -> None:
    report_id = report()
    stored = service().store.version(report_id)
    made = pipeline.release(catalog(), stored.document.draft, stored.document.context).report
    wanted = fhir.to_json(
        fhir.document(made, narrate(made), Version[release], fhir.Options(signature=stored.signature))
    )
    assert b'"application/jose"' in wanted
    assert ask(f"{release}/DiagnosticReport/{report_id}/$document").body == wanted


def test_where_there_is_no_document_it_says_why() -> None:
    report_id = created(service().store, *complete())
    act(service().store, report_id, Action.RELEASE_PRELIMINARY, ATTENDING)
    act(service().store, report_id, Action.CANCEL, ATTENDING)
    issue = refused(ask(f"R4/DiagnosticReport/{report_id}/$document"), 422)
    assert issue["expression"] == ["context.report.status"]
    assert ask(f"R5/DiagnosticReport/{report_id}/$document").json["type"] == "document"


def test_a_version_that_would_be_worded_otherwise_is_shown_in_the_words_that_were_signed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    report_id = report()
    signed = service().store.version(report_id).document.narrative
    saved(service().store, report_id, added(service().store.get(report_id).draft))
    act(service().store, report_id, Action.ADD_ADDENDUM, ATTENDING)
    monkeypatch.setattr("emh_report.fhir_http.shelf.narrate", lambda report: narrate(report)._replace(text="otherwise"))
    answer = ask(f"R5/DiagnosticReport/{report_id}/_history/1").json
    [form] = answer["presentedForm"]
    assert base64.b64decode(form["data"]).decode() == signed
    assert "text" not in answer
    assert refused(ask(f"R5/DiagnosticReport/{report_id}/$document"), 422)["code"] == "conflict"

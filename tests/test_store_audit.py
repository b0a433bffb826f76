"""Reading the audit: every action once, in order, as lines, JSON and AuditEvent; nothing clinical, no patient."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.auditevent import AuditEvent

from emh_report import limits
from emh_report.bulk.audit_events import audit_event
from emh_report.cli.exits import Exit
from emh_report.context import Identifier
from emh_report.lifecycle import Action
from emh_report.program import DISTINGUISHED_NAMES, FORM, NOBODY, certified
from emh_report.reads import Read, ReadAction
from emh_report.records import AuditEntry, Release
from emh_report.store import Store, audit
from emh_report.store.sealing import digest
from emh_report.text import visible
from tests.cli_program import run
from tests.program import RIS, called_by
from tests.store_reports import ATTENDING, act, complete, created, fresh, new_id
from tests.test_store_verify import tamper

PERSON = Identifier("https://fhir.hospital.test/staff", "S-7")
ACTIONS = ["create", "finalize", "withdraw"]


def withdrawn(store: Store) -> str:
    """Return the id of a report that was created, signed and taken back."""
    report_id = created(store, *complete())
    act(store, report_id, Action.FINALIZE, ATTENDING)
    wanted = Release(Action.WITHDRAW, ATTENDING, "CANARY: wrong patient")
    shown = store.preview(report_id, wanted)
    store.release(report_id, wanted._replace(seen=shown.seen), etag=shown.etag)
    return report_id


def test_every_action_is_there_once_and_in_order(store: Store) -> None:
    first, second = withdrawn(store), withdrawn(store)
    everything = list(store.audit())
    assert [one.seq for one in everything] == list(range(1, 7))
    for report_id in (first, second):
        found = list(store.audit(report_id=report_id))
        assert [one.action for one in found] == ACTIONS
        assert [(one.version, one.status) for one in found] == [(0, "draft"), (1, "final"), (2, "entered-in-error")]
        assert {one.actor for one in found} == {ATTENDING.person.identifier}
        assert found[1].sha256 == store.version(report_id, 1).sha256
    assert list(store.audit(after=4)) == everything[4:]
    assert list(store.audit(after=99)) == []
    assert list(store.audit(report_id="none")) == []


def test_pages_join_without_a_gap(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2):
        withdrawn(store)
    whole = list(store.audit())
    for size in (1, 2, 3, 6, 7):
        monkeypatch.setattr(limits, "MAX_PAGE", size)
        assert list(store.audit()) == whole


def test_an_entry_as_audit_event(store: Store) -> None:
    report_id = withdrawn(store)
    events: list[Any] = [audit_event(entry) for entry in store.audit()]
    for event in events:
        assert AuditEvent.model_validate(event).id == event["id"]
    assert [event["action"] for event in events] == ["C", "U", "U"]
    assert events[0]["entity"][0]["what"] == {"type": "DiagnosticReport", "identifier": {"value": report_id}}
    assert events[2]["entity"][0]["what"] == {"reference": f"DiagnosticReport/{report_id}/_history/2"}
    details = {one["type"]: one["valueString"] for one in events[1]["entity"][0]["detail"]}
    assert details["action"] == "finalize"
    assert details["sha256"] == store.version(report_id, 1).sha256
    assert len({event["id"] for event in events}) == len(events)
    assert store.verify(f"3:{events[2]['id']}").damages == ()


def test_the_program_that_called_is_kept(store: Store) -> None:
    with called_by(RIS):
        report_id = created(store, *complete())
    act(store, report_id, Action.FINALIZE, ATTENDING)
    first, second = store.audit(report_id=report_id)
    assert (first.program, second.program) == (RIS, NOBODY)
    assert first.actor == ATTENDING.person.identifier
    assert store.verify().damages == ()
    event: Any = audit_event(first)
    assert AuditEvent.model_validate(event).id == first.hash
    person, program = event["agent"]
    assert (person["requestor"], program["requestor"]) == (True, False)
    dicom = {"system": "http://dicom.nema.org/resources/ontology/DCM", "code": "110150", "display": "Application"}
    assert program["type"] == {"coding": [dicom]}
    assert program["who"] == {"type": "Device", "identifier": {"system": RIS.system, "value": RIS.value}}
    without: Any = audit_event(second)
    assert [agent["requestor"] for agent in without["agent"]] == [True]


def test_for_whom_a_program_called_is_kept_as_said(store: Store) -> None:
    """It is in the digest of its link, and those of links without it are as they were."""
    with called_by(RIS, PERSON):
        report_id = created(store, *complete())
        store.noted(Read(ReadAction.READ, report_id))
    with called_by(NOBODY, PERSON):
        act(store, report_id, Action.FINALIZE, ATTENDING)
    entries = list(store.audit())
    assert {entry.on_behalf_of for entry in entries} == {PERSON}
    assert store.verify().damages == ()
    events: list[Any] = [audit_event(entry) for entry in entries]
    for event in events:
        assert AuditEvent.model_validate(event).id == event["id"]
        said = event["agent"][-1]
        assert said["role"] == [{"text": "named by the program that called, not authenticated"}]
        assert said["who"] == {"identifier": {"system": PERSON.system, "value": PERSON.value}}
        assert [agent["requestor"] for agent in event["agent"]].count(True) == 1
        assert not said["requestor"]
    assert [len(event["agent"]) for event in events] == [3, 2, 2]


@pytest.mark.parametrize("column", ["on_behalf_of", "program"])
@pytest.mark.parametrize("change", ["", "https://other.test|S-9"])
def test_for_whom_cannot_be_changed_unnoticed(store: Store, store_url: str, column: str, change: str) -> None:
    with called_by(RIS, PERSON):
        created(store, *complete())
    tamper(store_url, f"UPDATE audit SET {column} = '{change}'")  # noqa: S608 - words of ours
    (damage,) = store.verify().damages
    assert damage.where == "audit 1"


def test_links_of_before_keep_their_digests() -> None:
    """What a link without a later field was digested from has not changed."""
    entry = audit.Entry("a", "b", "c", "d", "e", 1, "f", "g", "h", "i")
    always = ["a", "b", "c", "d", "e", "1", "f", "g", "h", "i"]
    for changes, added in (
        ({}, []),
        ({"program": "p"}, ["p"]),
        ({"found": 2}, ["", "2"]),
        ({"program": "p", "found": 2}, ["p", "2"]),
    ):
        assert audit.link_digest(b"k", "0", 7, "n", entry._replace(**changes)) == digest(
            b"k", "0", "7", "n", *always, *added
        )


def test_a_request_that_another_program_repeats_is_done_once(store: Store) -> None:
    id_, (draft, context) = new_id(), complete()
    for program in (RIS, NOBODY, FORM):
        with called_by(program):
            store.create(draft, context, ATTENDING, request_id=id_)
    assert [entry.program for entry in store.audit()] == [RIS]


def test_a_name_in_a_certificate_is_bounded_and_written_out() -> None:
    assert certified("CN=ris,O=Hospital") == Identifier(DISTINGUISHED_NAMES, "CN=ris,O=Hospital")
    assert certified("CN=r\u202es").value == "CN=r\\u202es"
    assert len(certified("CN=" + "x" * 5_000).value) == limits.NAME + 3


def test_unsafe_characters_of_an_actor_are_written_out(store: Store) -> None:
    withdrawn(store)
    entry: AuditEntry = next(store.audit())
    unsafe = "S\u202e-1"
    event: Any = audit_event(entry._replace(actor=type(entry.actor)("", unsafe)))
    assert event["agent"][0]["who"]["identifier"] == {"value": visible(unsafe)}


def test_the_command(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'reports.db'}"
    with fresh(tmp_path) as store:
        with called_by(RIS):
            report_id = withdrawn(store)
        withdrawn(store)
        patient = complete()[1].patient
    shown = run("reports", "audit", report_id, "--store", url).output
    assert [line.split()[2] for line in shown.splitlines()[1:]] == ACTIONS
    assert all(line.endswith(f" via ris ({RIS.system})") for line in shown.splitlines()[1:])
    lines = run("reports", "audit", "--after", "2", "--json", "--store", url).output.splitlines()
    assert [json.loads(line)["seq"] for line in lines] == [3, 4, 5, 6]
    programs = [json.loads(line)["program"] for line in lines]
    assert programs == [{"system": RIS.system, "value": "ris"}] + [{"system": "", "value": ""}] * 3
    events = run("reports", "audit", report_id, "--fhir", "--store", url).output
    assert [json.loads(line)["resourceType"] for line in events.splitlines()] == ["AuditEvent"] * 3
    for canary in ("CANARY", patient.family, patient.identifiers[0].value):
        assert canary
        assert canary not in shown + "".join(lines) + events


@pytest.mark.parametrize("audited", [[], ["--json"], ["--fhir"]])
def test_a_report_that_is_not_there_is_not_one_that_nobody_touched(tmp_path: Path, audited: list[str]) -> None:
    url = f"sqlite:///{tmp_path / 'reports.db'}"
    with fresh(tmp_path, audits_reads=True) as store:
        withdrawn(store)
        store.noted(Read(ReadAction.AUDIT, "none"))  # that somebody asked for it makes no report of it
    result = run("reports", "audit", "none", *audited, "--store", url)
    assert (result.exit_code, result.stdout) == (Exit.USAGE, "")
    assert "there is no such report" in result.stderr

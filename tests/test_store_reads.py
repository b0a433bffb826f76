"""Reads in the audit: every door, who and what, one entry for a search; no entry, no answer. Off unless asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from emh_report.client import Client, UnavailableError, UnknownReportError
from emh_report.config import read_settings
from emh_report.context import Identifier, ReportIdentity
from emh_report.deliveries import DeliveryQuery
from emh_report.errors import SettingError, StoreUnavailableError
from emh_report.fhir_http.server import Options
from emh_report.fhir_http.server import running as fhir
from emh_report.grpc_server import access, noting
from emh_report.grpc_server.run import running
from emh_report.lifecycle import Action
from emh_report.program import FORM
from emh_report.reads import ReadAction
from emh_report.records import AuditEntry, Release
from emh_report.store import Store, open_store
from emh_report.web.people import Staff
from emh_report.web.samples import samples
from emh_report.web.server import running as form
from emh_report.web.staff import read_staff
from tests.case_files import catalog
from tests.deliveries import fhir as to_peer
from tests.fhir_service import ask
from tests.locks import locked, token
from tests.paper import prints
from tests.peers import ScriptedPeer, peers_of
from tests.program import RIS
from tests.store_reports import ATTENDING, complete, created, signed
from tests.test_access import client
from tests.test_form_people import staff
from tests.web_forms import TEXT, everything
from tests.web_service import Visitor
from tests.web_service import ask as visit

FEW = 3


@pytest.fixture
def audited(store_url: str) -> Iterator[Store]:
    """Open a store whose audit has reads, on both databases."""
    with open_store(store_url, catalog(), audits_reads=True) as store:
        yield store


def reads(store: Store) -> list[AuditEntry]:
    """Return the entries of reads."""
    return [entry for entry in store.audit() if entry.action in set(ReadAction)]


def said(store: Store) -> list[tuple[str, str, int, int]]:
    """Return what they say was read."""
    return [(one.action, one.report_id, one.version, one.found) for one in reads(store)]


def unwritable(store: Store) -> None:
    """Let a database be read and not written, as a replica or a full disk can."""
    store.ledger.engine.dispose()
    sqlite = store.ledger.engine.dialect.name == "sqlite"
    statement = "PRAGMA query_only = ON" if sqlite else "SET default_transaction_read_only = on"

    def only_read(connection: Any, _: object) -> None:  # noqa: ANN401 - of either driver
        connection.cursor().execute(statement)
        connection.commit()

    event.listen(store.ledger.engine, "connect", only_read)


def test_every_method_that_reads_reports_is_known() -> None:
    """What a scope to read or search reports or deliveries opens is noted, and nothing else; peers are numbers."""
    reading = {
        service: {name for name, scope in methods.items() if scope.resource in ("DiagnosticReport", "Task")}
        for service, methods in access.NEEDED.items()
        if isinstance(methods, dict)
    }
    for service, names in reading.items():
        known = {
            name for name in names if set(access.needed(f"/emh_report.v1.{service}/{name}").interactions) & set("rs")
        }
        assert set(noting.READS.get(service, {})) == known - {"ListPeers"}


def test_calls_over_grpc_leave_an_entry_each(audited: Store) -> None:
    first, second = signed(audited), created(audited, *complete())
    patient = audited.get(first).context.patient
    with running(catalog(), store=audited) as address, Client(address, timeout=60) as ris:
        ris.stored.get(first)
        ris.stored.version(first)
        ris.stored.list()
        ris.stored.preview(second, Release(Action.FINALIZE, ATTENDING))
    assert said(audited) == [
        ("read", first, 0, 0),
        ("read", first, 1, 0),
        ("search", "", 0, 2),
        ("read", second, 0, 0),
    ]
    assert reads(audited)[3].actor == ATTENDING.person.identifier
    assert reads(audited)[0].actor == Identifier()
    assert audited.verify().damages == ()
    written = json.dumps([entry._asdict() for entry in audited.audit()], default=str)
    assert patient.family not in written
    assert patient.identifiers[0].value not in written


def test_earlier_reports_of_a_patient_are_a_search_and_the_one_that_is_followed_a_read(audited: Store) -> None:
    first = signed(audited)
    earlier = audited.get(first)
    studies = tuple(replace(one, study_instance_uid="2.25.7", accession="") for one in earlier.context.studies)
    context = replace(earlier.context, report=ReportIdentity(), studies=studies, orders=())
    with running(catalog(), store=audited) as address, Client(address, timeout=60) as ris:
        assert len(ris.priors.list(context).priors) == 1
        assert ris.priors.follow_up(context).prior.report_id == first
        assert len(ris.priors.compare(earlier.draft, context).priors) == 1
    assert said(audited) == [("search", "", 0, 1), ("read", first, 1, 0), ("search", "", 0, 1)]


def test_where_reports_went_is_a_read(store_url: str, tmp_path: Path) -> None:
    """A list says which reports there are, and one delivery where a report is; numbers say nothing of one."""
    configured = peers_of(tmp_path, ehr=to_peer(ScriptedPeer(port=9)))
    with open_store(store_url, catalog(), audits_reads=True, peers=[one.peer for one in configured]) as audited:
        report_id = signed(audited)
        with running(catalog(), store=audited) as address, Client(address, timeout=60) as ris:
            (delivery,) = ris.deliveries.list(DeliveryQuery(report_id)).deliveries
            ris.deliveries.get(delivery.delivery_id)
            assert ris.deliveries.peers()
            with pytest.raises(UnknownReportError):
                ris.deliveries.get("none")
        assert said(audited) == [("search", "", 0, 1), ("read", report_id, 1, 0)]


def test_a_watch_is_noted_when_it_begins(audited: Store) -> None:
    signed(audited)
    with running(catalog(), store=audited) as address, Client(address, timeout=60) as ris:
        events = iter(ris.stored.watch())
        assert [next(events).action for _ in range(2)] == [Action.CREATE, Action.FINALIZE]
    assert said(audited) == [("search", "", 0, 0)]


def test_what_is_refused_leaves_none(audited: Store) -> None:
    nobody = "00000000-0000-4000-8000-000000000000"
    with running(catalog(), store=audited) as address, Client(address) as ris, pytest.raises(UnknownReportError):
        ris.stored.get(nobody)
    assert said(audited) == []


def test_requests_over_fhir_leave_an_entry_each(audited: Store) -> None:
    ids = [signed(audited) for _ in range(FEW)]
    with fhir(catalog(), "127.0.0.1:0", audited) as base:
        found = ask("R4/DiagnosticReport", base=base).json
        assert len(found["entry"]) == FEW
        report = ask(f"R4/DiagnosticReport/{ids[0]}", base=base).json
        ask(f"R5/DiagnosticReport/{ids[0]}/_history/1", base=base)
        ask(f"R4/DiagnosticReport/{ids[0]}/_history", base=base)
        ask(f"R4/DiagnosticReport/{ids[1]}/$document", base=base)
        assert ask(f"R4/{report['subject']['reference']}", base=base).status == 200
        assert ask("R4/DiagnosticReport?status=cancelled&patient.identifier=CANARY", base=base).status == 200
        ask("R4/metadata", base=base)
        ask("R4/ValueSet/site/$expand?count=1", base=base)
        ask("R4/DiagnosticReport/none", base=base)
    assert said(audited) == [
        ("search", "", 0, FEW),
        ("read", ids[0], 1, 0),
        ("read", ids[0], 1, 0),
        ("read", ids[0], 0, 0),
        ("export", ids[1], 1, 0),
        ("read", ids[0], 1, 0),
        ("search", "", 0, 0),
    ]
    assert audited.verify().damages == ()
    assert "CANARY" not in json.dumps([entry._asdict() for entry in audited.audit()], default=str)


def test_pages_of_the_form_leave_an_entry_each(audited: Store, tmp_path: Path) -> None:
    people = Staff(read_staff(staff(tmp_path)), "X-User")
    sam = {"X-User": "sam"}
    with form(audited, "127.0.0.1:0", samples(), people) as address:
        visitor = Visitor("", address, sam)
        visitor.get("/")
        place = visitor.begin("quick-ct", "emh-minimal")
        report_id = place.split("/")[2]
        before, other = len(reads(audited)), signed(audited)
        own = f"/report/{other}/version/1"
        for path in (f"/report/{report_id}", own, f"{own}/fhir", "/"):
            assert visit("GET", path, headers=sam, address=address).status == 200
        visit("GET", f"/report/{report_id}", address=address)  # nobody: refused
    found = reads(audited)[before:]
    assert said(audited)[before:] == [
        ("read", report_id, 0, 0),
        ("read", other, 1, 0),
        ("export", other, 1, 0),
        ("search", "", 0, 2),
    ]
    assert {(one.actor.value, one.program) for one in found} == {("S-2", FORM)}


def test_what_scripts_ask_belongs_to_the_opening(audited: Store, tmp_path: Path) -> None:
    """Who never opened a report and asks as a script does is noted, once."""
    people = Staff(read_staff(staff(tmp_path)), "X-User")
    with form(audited, "127.0.0.1:0", samples(), people) as address:
        sam, rita = (Visitor("", address, {"X-User": login}) for login in ("sam", "rita@hospital.test"))
        for visitor in (sam, rita):
            visitor.get("/")
        place = sam.begin("quick-ct", "emh-minimal")
        sam.get(place)
        before = len(reads(audited))
        for visitor in (sam, rita, rita):
            assert visitor.post(f"{place}/live", []).status == 200
        assert [one.actor.value for one in reads(audited)[before:]] == ["S-1"]


def test_both_sides_of_a_conflict_are_a_read(audited: Store, tmp_path: Path) -> None:
    people = Staff(read_staff(staff(tmp_path)), "X-User")
    with form(audited, "127.0.0.1:0", samples(), people) as address:
        sam = Visitor("", address, {"X-User": "sam"})
        sam.get("/")
        place = sam.begin("quick-ct", "emh-minimal")
        page = sam.get(place)
        sam.post(place, [*everything(page), (TEXT, "Saved first.")])
        before = len(reads(audited))
        assert sam.post(place, [*everything(page), (TEXT, "Saved late.")]).status == 409
        assert said(audited)[before:] == [("read", place.split("/")[2], 0, 0)]


def test_tokens_name_who_reads(audited: Store, tmp_path: Path) -> None:
    security, authority = locked(tmp_path)
    report_id, given_out = signed(audited), "t" * 32
    with (
        running(catalog(), store=audited, security=security) as address,
        client(address, authority, token()) as ris,
    ):
        ris.stored.get(report_id)
    with fhir(catalog(), "127.0.0.1:0", audited, Options(tokens=[given_out])) as base:
        ask(f"R4/DiagnosticReport/{report_id}", headers={"Authorization": f"Bearer {given_out}"}, base=base)
    first, second = (entry.program for entry in reads(audited))
    assert first == RIS
    assert second.system == "urn:emh-report:token-sha256"
    assert given_out not in second.value
    assert len(second.value) == 16


def test_without_an_entry_nothing_is_answered(audited: Store, tmp_path: Path) -> None:
    report_id = signed(audited)
    people = Staff(read_staff(staff(tmp_path)), "X-User")
    with (
        running(catalog(), store=audited) as address,
        fhir(catalog(), "127.0.0.1:0", audited) as base,
        form(audited, "127.0.0.1:0", samples(), people) as page,
    ):
        unwritable(audited)
        assert audited.get(report_id).version == 1, "the database itself can be read"
        with Client(address, timeout=60) as ris:
            for read in (lambda: ris.stored.get(report_id), ris.stored.list):
                with pytest.raises(UnavailableError):
                    read()
        for path in (f"R4/DiagnosticReport/{report_id}", "R4/DiagnosticReport"):
            answer = ask(path, base=base)
            assert (answer.status, answer.json["resourceType"]) == (503, "OperationOutcome")
        family = audited.get(report_id).context.patient.family
        printed = [f"/report/{report_id}/version/1/pdf"] if prints() else []
        for path in (f"/report/{report_id}/version/1", *printed, "/"):
            refused = visit("GET", path, headers={"X-User": "sam"}, address=page)
            assert refused.status == 503
            assert family not in refused.text
        with pytest.raises(StoreUnavailableError):
            created(audited, *complete())


def test_it_is_off_unless_asked_for(store: Store) -> None:
    report_id = signed(store)
    with running(catalog(), store=store) as address, Client(address) as ris:
        ris.stored.get(report_id)
    with fhir(catalog(), "127.0.0.1:0", store) as base:
        ask(f"R4/DiagnosticReport/{report_id}", base=base)
    assert store.note is None
    assert reads(store) == []
    assert not read_settings({}).audit_reads
    assert read_settings({"EMH_AUDIT_READS": "true"}).audit_reads
    assert not read_settings({"EMH_AUDIT_READS": "true"}, audit_reads=False).audit_reads
    with pytest.raises(SettingError, match="EMH_AUDIT_READS"):
        read_settings({"EMH_AUDIT_READS": "perhaps"})

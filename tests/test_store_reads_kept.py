"""Reads as the audit keeps them: links of one chain with changes, as AuditEvent, and as lines of the command."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.auditevent import AuditEvent
from sqlalchemy import event, text

from emh_report.bulk.audit_events import audit_event
from emh_report.lifecycle import Action
from emh_report.reads import Read, ReadAction
from emh_report.records import VersionQuery
from emh_report.store import Store, open_store
from tests.case_files import catalog
from tests.cli_program import run
from tests.program import RIS, called_by
from tests.store_reports import ATTENDING, act, complete, created, fresh, signed
from tests.test_store_reads import audited, reads

__all__ = ["audited"]


def test_reads_are_links_of_the_same_chain(audited: Store) -> None:
    """Writes and reads stand between each other, the store goes on, and what is changed behind its back is found."""
    report_id = created(audited, *complete())
    assert audited.note
    for read in (Read(ReadAction.READ, report_id), Read(ReadAction.SEARCH, found=7), Read(ReadAction.SEARCH)):
        with called_by(RIS):
            audited.note(read)
    act(audited, report_id, Action.FINALIZE, ATTENDING)
    audited.note(Read(ReadAction.EXPORT, report_id, 1, actor=ATTENDING))
    assert [one.action for one in audited.audit()] == ["create", "read", "search", "search", "finalize", "export"]
    told = [(one.seq, one.action) for one in audited.events()]
    assert told == [(1, Action.CREATE), (5, Action.FINALIZE)], "a watch tells of changes only, with gaps for the rest"
    assert audited.verify().damages == ()
    with audited.ledger.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("ALTER TABLE audit DISABLE TRIGGER ALL"))
        else:
            connection.execute(text("DROP TRIGGER audit_no_update"))
        connection.execute(text("UPDATE audit SET found = 1 WHERE seq = 3"))
    assert {damage.where for damage in audited.verify().damages} == {"audit 3"}


@pytest.mark.parametrize("asked", [Store.events, lambda store: store.find_versions(VersionQuery(), size=1)])
def test_reads_are_not_walked_through_to_find_changes(tmp_path: Path, asked: Callable[[Store], object]) -> None:
    """SQLite says how it would go about it: along an index that has the changes alone."""
    seen: list[tuple[str, Any]] = []
    with fresh(tmp_path) as store:
        event.listen(store.ledger.engine, "before_cursor_execute", lambda *given: seen.append((given[2], given[3])))
        asked(store)
        statement, values = next(one for one in seen if "FROM audit" in one[0])
        with store.ledger.engine.connect() as connection:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
    assert "USING INDEX ix_audit_changes" in plan[0][3]


def test_a_read_as_audit_event(audited: Store) -> None:
    report_id = signed(audited)
    assert audited.note
    with called_by(RIS):
        audited.note(Read(ReadAction.READ, report_id, 1))
        audited.note(Read(ReadAction.READ, report_id, actor=ATTENDING))
        audited.note(Read(ReadAction.SEARCH, found=7))
    audited.note(Read(ReadAction.EXPORT, report_id, 1))
    events: list[Any] = [audit_event(entry) for entry in reads(audited)]
    for one in events:
        assert AuditEvent.model_validate(one).id == one["id"]
        assert sum(agent["requestor"] for agent in one["agent"]) == 1
    assert [one["action"] for one in events] == ["R", "R", "E", "R"]
    assert [one["subtype"][0]["code"] for one in events] == ["read", "read", "search-type", "read"]
    assert events[0]["entity"][0]["what"] == {"reference": f"DiagnosticReport/{report_id}/_history/1"}
    assert "what" not in events[2]["entity"][0]
    details = {one["type"]: one["valueString"] for one in events[2]["entity"][0]["detail"]}
    assert details == {"number": "5", "action": "search", "found": "7"}
    assert [agent["requestor"] for agent in events[1]["agent"]] == [True, False]
    assert [len(one["agent"]) for one in events] == [1, 2, 1, 1]


def test_the_command_shows_reads(store_url: str) -> None:
    with open_store(store_url, catalog(), audits_reads=True) as store:
        report_id = signed(store)
        assert store.note
        store.note(Read(ReadAction.SEARCH, found=7))
        store.note(Read(ReadAction.READ, report_id, actor=ATTENDING))
    lines = run("reports", "audit", "--after", "2", "--store", store_url).output.splitlines()
    assert "7 found" in lines[1]
    assert lines[1].endswith("unknown")
    assert ATTENDING.person.identifier.value in lines[2]
    written = run("reports", "audit", "--after", "2", "--json", "--store", store_url).output.splitlines()
    said = [(one["action"], one["found"], one["actor"]["value"]) for one in map(json.loads, written)]
    assert said == [("search", 7, ""), ("read", 0, ATTENDING.person.identifier.value)]

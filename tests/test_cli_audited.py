"""Commands on the machine of a store in its audit: who gave them, which, and nothing of a patient."""

from __future__ import annotations

import getpass
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from emh_report.cli import storing
from emh_report.cli.exits import Exit
from emh_report.context import Identifier
from emh_report.deliveries import Peer, Versions
from emh_report.errors import StoreUnavailableError
from emh_report.reads import OperatorAction, ReadAction
from emh_report.records import AuditEntry
from emh_report.store import Store, open_store
from tests import cli_program
from tests.case_files import catalog
from tests.deliveries import fhir
from tests.paper import prints
from tests.peers import ScriptedPeer, peers_file
from tests.store_reports import complete, created, signed

ME = Identifier("urn:emh-report:operator", storing.operator().person.identifier.value)
ARCHIVE = Peer("archive", "folder", "fhir-r4-document", Versions.SIGNED, "/archive")
EXPORT, READ, SEARCH = ReadAction.EXPORT, ReadAction.READ, ReadAction.SEARCH


@pytest.fixture
def ids(store_url: str) -> tuple[str, str]:
    """Store a signed report and a draft, on both databases."""
    with open_store(store_url, catalog(), peers=[ARCHIVE]) as store:
        return signed(store), created(store, *complete())


def run(url: str, *arguments: str, audited: bool = True) -> str:
    """Give a command on a store and return what it printed; ``audited``: the installation has reads in its audit."""
    result = cli_program.run(*arguments, "--store", url, env={"EMH_AUDIT_READS": str(audited).lower()})
    assert result.exit_code == 0, result.output
    return result.stdout


def noted(url: str, after: int = 0) -> list[AuditEntry]:
    """Return what commands left in the audit; the chain holds."""
    with open_store(url, catalog()) as store:
        assert store.verify().damages == ()
        return [one for one in store.audit(after) if one.program.system == "urn:emh-report:program"]


def test_reads_say_who_with_which_command(store_url: str, ids: tuple[str, str], tmp_path: Path) -> None:
    report_id, draft_id = ids
    out = str(tmp_path / "out")
    accession = complete()[1].orders[0].accession.value
    printing = [(("reports", "print", report_id, "-o", out), (EXPORT, report_id, 1, 0))] if prints() else []
    commands: list[tuple[tuple[str, ...], tuple[Any, ...]]] = [
        (("reports", "list", "--accession", accession), (SEARCH, "", 0, 2)),
        (("reports", "show", report_id), (READ, report_id, 1, 0)),
        (("reports", "show", report_id, "-o", out), (EXPORT, report_id, 1, 0)),
        *printing,
        (("reports", "export", report_id, "--as", "fhir-r4-document", "-o", out), (EXPORT, report_id, 1, 0)),
        (("reports", "priors", report_id), (SEARCH, "", 0, 0)),
        (("reports", "compare", report_id), (SEARCH, "", 0, 0)),
        (("reports", "migrate", draft_id), (READ, draft_id, 0, 0)),
        (("deliveries", "list"), (SEARCH, "", 0, 1)),
        (("reports", "audit", report_id), (ReadAction.AUDIT, report_id, 0, 0)),
    ]
    for arguments, _ in commands:
        run(store_url, *arguments)
        run(store_url, *arguments, audited=False)
    found = noted(store_url)
    assert [(one.action, one.report_id, one.version, one.found) for one in found] == [said for _, said in commands]
    assert [one.program.value for one in found] == [f"emh-report {' '.join(line[:2])}" for line, _ in commands]
    assert {(one.actor, one.rank, one.on_behalf_of.value) for one in found} == {(ME, "records", "")}
    assert accession not in str(found)
    shown = run(store_url, "reports", "audit", audited=False)
    assert f"{ME.value} (urn:emh-report:operator) via emh-report reports list" in shown
    assert complete()[1].patient.family not in shown


@pytest.mark.usefixtures("ids")
def test_what_is_done_to_all_reports_is_always_noted(store_url: str, tmp_path: Path) -> None:
    peers = str(peers_file(tmp_path, ehr=fhir(ScriptedPeer(port=9))))
    run(store_url, "export-all", str(tmp_path / "all.ndjson"), audited=False)
    run(store_url, "deliveries", "backfill", "ehr", "--peers", peers, audited=False)
    if store_url.startswith("sqlite"):
        run(store_url, "reports", "backup", str(tmp_path / "copy.db"), audited=False)
    found = noted(store_url)
    said = [("export-all", 1, "emh-report export-all"), ("backfill", 0, "emh-report deliveries backfill")]
    if store_url.startswith("sqlite"):
        said.append(("backup", 0, "emh-report reports backup"))
    assert [(one.action, one.found, one.program.value) for one in found] == said
    assert {one.actor for one in found} == {ME}
    assert {one.action for one in found} <= set(OperatorAction)
    events = [json.loads(line) for line in run(store_url, "reports", "audit", "--fhir", audited=False).splitlines()]
    roles = [event["entity"][0]["role"]["code"] for event in events[-len(said) :]]
    assert set(roles) == {"17"}, "Data Repository"


def unwritable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing be noted, as on a full disk."""

    def full(*_: object) -> None:
        raise StoreUnavailableError("the disk is full")

    monkeypatch.setattr(Store, "noted", full)


def test_what_shows_nothing_of_a_report_is_not_noted(store_url: str, ids: tuple[str, str]) -> None:
    """A check of the store, and how many reports went to whom."""
    for arguments in (("reports", "verify"), ("reports", "verify", "--json"), ("deliveries", "peers")):
        shown = run(store_url, *arguments)
        assert shown
        assert not any(one in shown for one in ids)
    assert noted(store_url) == []


def test_what_cannot_be_noted_is_not_shown(
    store_url: str, ids: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unwritable(monkeypatch)
    target = tmp_path / "out"
    for arguments in (
        ("reports", "show", ids[0]),
        *([("reports", "print", ids[0], "-o", str(target))] if prints() else []),
        ("reports", "audit"),
        ("deliveries", "list"),
        ("export-all", str(target)),
    ):
        env = {"EMH_AUDIT_READS": "true"}
        result = cli_program.run(*arguments, "--store", store_url, env=env)
        assert (result.exit_code, result.stdout) == (Exit.SERVICE, ""), arguments
        assert not target.exists()
    assert run(store_url, "reports", "show", ids[0], audited=False)


def test_a_copy_is_made_where_the_audit_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is full is a reason for a copy."""
    url, copy = f"sqlite:///{tmp_path / 'reports.db'}", tmp_path / "copy.db"
    with open_store(url, catalog(), create=True) as store:
        signed(store)
    unwritable(monkeypatch)
    result = cli_program.run("reports", "backup", str(copy), "--store", url)
    assert (result.exit_code, copy.exists()) == (0, True)
    assert "warning: the audit cannot be written" in result.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="there it is the account that Windows names")
def test_no_variable_changes_who_somebody_is(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "somebody-else")
    assert getpass.getuser() == "somebody-else"
    assert storing.operator().person.identifier == ME
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000)
    assert storing.operator().person.identifier.value == "4000000", "as in a container that was given a number"

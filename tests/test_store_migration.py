"""Stored drafts of an older template version, migrated through the store, gRPC and the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from emh_report.catalog import Catalog
from emh_report.cli.exits import Exit
from emh_report.cli.storing import operator
from emh_report.client import Client, OutdatedError
from emh_report.context import Context
from emh_report.errors import ConflictError, NotAsSeenError, NotPermittedError
from emh_report.grpc_server import running
from emh_report.lifecycle import Action
from emh_report.migration import Carried, Fate
from emh_report.records import Migrate
from emh_report.store import Store, open_store
from tests.cli_program import run
from tests.store_reports import ATTENDING, AUTHOR, RECORDS, act, complete, new_id
from tests.visit_templates import BOARD, MASS, NEW, OLD, RENAMED, TEXT, draft, site


@pytest.fixture
def old(tmp_path: Path) -> Catalog:
    return site(tmp_path / "site", {"dept-visit": OLD}, code="fuzzy")


@pytest.fixture
def context() -> Context:
    return complete()[1]


@pytest.fixture
def updated(store_url: str, tmp_path: Path, old: Catalog, context: Context) -> Iterator[tuple[Store, str]]:
    """Store a draft under the older version, then open the store with the newer one."""
    with open_store(store_url, old) as store:
        report_id = store.create(draft(MASS, BOARD, TEXT), context, ATTENDING).report_id
    newer = site(tmp_path / "site", {"dept-visit@1.0.0": OLD, "dept-visit": NEW + RENAMED})
    with open_store(store_url, newer) as store:
        yield store, report_id


def test_a_stored_draft_is_shown_then_migrated_as_shown(updated: tuple[Store, str]) -> None:
    store, report_id = updated
    shown, before = store.preview_migration(report_id), store.get(report_id)
    assert store.get(report_id) == before, "a preview changes nothing"
    wanted, id_ = Migrate(ATTENDING, shown.etag, shown.migration.to_hash), new_id()
    with pytest.raises(NotPermittedError):
        store.migrate(report_id, wanted._replace(actor=RECORDS))
    with pytest.raises(ConflictError):
        store.migrate(report_id, wanted._replace(etag="1-x"))
    with pytest.raises(NotAsSeenError):
        store.migrate(report_id, wanted._replace(to_hash="0" * 64))
    assert store.get(report_id) == before
    receipt = store.migrate(report_id, wanted, request_id=id_)
    assert store.migrate(report_id, wanted, request_id=id_) == receipt, "a repeated request is done once"
    after = store.get(report_id)
    assert (after.draft, after.etag, after.context) == (shown.migration.draft, receipt.etag, before.context)
    again = store.preview_migration(report_id)
    assert not again.migration.needed
    assert store.migrate(report_id, Migrate(ATTENDING, again.etag, again.migration.to_hash)).etag == receipt.etag
    assert store.verify().damages == ()
    released = act(store, report_id, Action.RELEASE_PRELIMINARY, ATTENDING)
    assert "Soft: yes" in store.version(released.report_id).document.narrative


def test_a_migration_over_grpc_is_that_of_the_store(updated: tuple[Store, str]) -> None:
    store, report_id = updated
    with running(store.catalog, store=store) as address, Client(address, timeout=60) as client:
        shown = client.stored.preview_migration(report_id)
        assert shown == store.preview_migration(report_id)
        wanted = Migrate(ATTENDING, shown.etag, shown.migration.to_hash)
        with pytest.raises(OutdatedError):
            client.stored.migrate(report_id, wanted._replace(to_hash="0" * 64))
        receipt = client.stored.migrate(report_id, wanted)
        assert client.stored.get(report_id).etag == receipt.etag
        with pytest.raises(OutdatedError):
            client.stored.migrate(report_id, wanted)


def test_the_command_line_shows_first(store_url: str, tmp_path: Path, updated: tuple[Store, str]) -> None:
    store, report_id = updated
    where = ("--store", store_url, "--site", str(tmp_path / "site"))
    result = run("reports", "migrate", report_id, *where)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("dept-visit 1.0.0 → 1.1.0: 1 kept, 3 moved, 2 to a remark\n")
    assert "nothing was changed" in result.stdout
    assert store.preview_migration(report_id).migration.needed
    me = f"{AUTHOR.identifier.system}|{AUTHOR.identifier.value}"
    assert run("reports", "migrate", report_id, *where, "--apply", "nobody").exit_code == Exit.USAGE
    found = json.loads(run("reports", "migrate", report_id, *where, "--json", "--apply", me).stdout)
    *_, done = store.audit(report_id=report_id)
    assert (f"{done.actor.system}|{done.actor.value}", done.program.value) == (me, "emh-report reports migrate")
    assert done.on_behalf_of == operator().person.identifier, "who gave the command"
    assert (found["applied"], [Carried(**one).fate for one in found["answers"]].count(Fate.MOVED)) == (True, 3)
    assert store.get(report_id).draft.template_version == "1.1.0"
    assert "nothing to migrate" in run("reports", "migrate", report_id, *where).stdout


def test_a_changed_list_of_terms_is_a_migration_too(tmp_path: Path, old: Catalog, context: Context) -> None:
    """The version is the same and the content is not: its hash says so, and a code that is gone is no guess."""
    url = f"sqlite:///{tmp_path / 'reports.db'}"
    with open_store(url, old) as store:
        report_id = store.create(draft(MASS), context, ATTENDING).report_id
    changed = site(tmp_path / "site", {"dept-visit": OLD})
    with open_store(url, changed) as store:
        found = store.preview_migration(report_id).migration
    assert (found.from_version, found.to_version, found.needed) == ("1.0.0", "1.0.0", True)
    (noted,) = [one for one in found.carried if one.fate is Fate.TO_REMARK]
    assert noted.field_id == "dept-edge"


def test_what_was_released_by_a_changed_template_is_exported_by_its_earlier_folder(
    tmp_path: Path, old: Catalog, context: Context
) -> None:
    url, earlier, out = f"sqlite:///{tmp_path / 'reports.db'}", tmp_path / "earlier", tmp_path / "out"
    site(earlier, {"dept-visit": OLD}, code="fuzzy")
    with open_store(url, old) as store:
        report_id = store.create(draft(MASS, BOARD, TEXT), context, ATTENDING).report_id
        act(store, report_id, Action.RELEASE_PRELIMINARY, ATTENDING)
    site(tmp_path / "site", {"dept-visit": OLD})
    now = run("export-all", f"{out}.now", "--store", url, "--site", str(tmp_path / "site"))
    assert now.exit_code == Exit.REPORT_HAS_ERRORS
    refused = json.loads(Path(f"{out}.now.refused.ndjson").read_text())
    assert (refused["report_id"], refused["template"], refused["template_version"]) == (
        report_id,
        "dept-visit",
        "1.0.0",
    )
    assert refused["reasons"]
    assert run("export-all", f"{out}.then", "--store", url, "--site", str(earlier)).exit_code == 0
    assert len(Path(f"{out}.then").read_text().splitlines()) == 1

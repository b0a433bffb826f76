"""Whatever is edited, deleted, moved or put into the store behind its back is found; what was written holds."""

from __future__ import annotations

import shutil
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError

from emh_report.errors import DamagedError, InputError
from emh_report.keys import new_secret, new_signing_key
from emh_report.lifecycle import Action
from emh_report.signing import sha256
from emh_report.store import Store, open_store
from emh_report.store.engine import connect
from emh_report.store.sealing import EARLIER_WORDS, PLAIN, WORDS, Sealer
from tests.case_files import catalog
from tests.program import RIS, called_by
from tests.store_reports import ATTENDING, act, added, changed, complete, created, fresh, saved, signed


def filled(store: Store) -> list[str]:
    """Store three reports in several states, with versions, a withdrawn one among them."""
    with called_by(RIS):
        first = signed(store)
    saved(store, first, added(store.get(first).draft))
    act(store, first, Action.ADD_ADDENDUM, ATTENDING)
    second = created(store, *complete())
    saved(store, second, changed(store.get(second).draft))
    third = signed(store)
    act(store, third, Action.WITHDRAW, ATTENDING)
    return [first, second, third]


def test_what_was_written_holds(store: Store) -> None:
    assert store.verify().damages == ()
    filled(store)
    found = store.verify()
    assert (found.damages, found.links, found.versions, found.signatures, found.trial) == ((), 9, 4, 4, 4)
    filled(store)
    assert store.verify(found.end).damages == ()


TAMPERED = {
    "an actor": "UPDATE audit SET actor = 'x|y' WHERE seq = 2",
    "a program": "UPDATE audit SET program = 'x|y' WHERE seq = 4",
    "another program": "UPDATE audit SET program = 'x|y' WHERE seq = 1",
    "no program": "UPDATE audit SET program = '' WHERE seq = 1",
    "a time": "UPDATE audit SET at = '2020-01-01T00:00:00.000Z' WHERE seq = 1",
    "a deleted link": "DELETE FROM audit WHERE seq = 3",
    "a deleted first link": "DELETE FROM audit WHERE seq = 1",
    "a deleted last link": "DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)",
    "two links swapped": "UPDATE audit SET seq = CASE seq WHEN 2 THEN -3 WHEN 3 THEN -2 END WHERE seq IN (2, 3);"
    "UPDATE audit SET seq = -seq WHERE seq < 0",
    "a link put in": "INSERT INTO audit SELECT seq + 1, at, actor, rank, action, report_id, version, status, etag,"
    " sha256, request_id, key_id, hash, program, found, on_behalf_of FROM audit"
    " WHERE seq = (SELECT max(seq) FROM audit)",
    "the end set back": "DELETE FROM audit WHERE seq = 9; UPDATE chain SET seq = 8,"
    " hash = (SELECT hash FROM audit WHERE seq = 8)",
    "a state": "UPDATE reports SET status = 'final' WHERE status = 'entered-in-error'",
    "a working copy of another": "UPDATE reports SET working_copy = (SELECT working_copy FROM reports WHERE number = 2)"
    " WHERE number = 1",
    "a document of another": "UPDATE versions SET document = (SELECT document FROM versions WHERE number = 3 AND"
    " version = 1) WHERE number = 1 AND version = 1",
    "a document and its digest": "UPDATE versions SET (document, sha256) = (SELECT document, sha256 FROM versions WHERE"
    " number = 3 AND version = 1) WHERE number = 1 AND version = 1",
    "a signature": "UPDATE versions SET signature = (SELECT signature FROM versions WHERE number = 3 AND version = 1)"
    " WHERE number = 1 AND version = 1",
    "a deleted version": "DELETE FROM versions WHERE number = 1 AND version = 1",
    "a state of a version": "UPDATE versions SET status = 'corrected' WHERE number = 1 AND version = 1",
    "a deleted report": "DELETE FROM report_keys WHERE number = 2; DELETE FROM reports WHERE number = 2",
}


def tamper(url: str, statements: str) -> None:
    """Do what somebody with the rights of the database's owner can do."""
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        off(connection)
        for statement in statements.split(";"):
            connection.execute(text(statement))
    engine.dispose()


def off(connection: Connection) -> None:
    for table in ("versions", "audit"):
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
        else:
            for event in ("update", "delete"):
                connection.execute(text(f"DROP TRIGGER {table}_no_{event}"))


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return a folder with a filled store, to be copied, and the end of its audit."""
    folder = tmp_path_factory.mktemp("original")
    with fresh(folder) as store:
        filled(store)
        return folder, store.verify().end


@pytest.mark.parametrize("statements", TAMPERED.values(), ids=TAMPERED)
def test_every_change_behind_its_back_is_found(original: tuple[Path, str], tmp_path: Path, statements: str) -> None:
    folder, noted = original
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    tamper(f"sqlite:///{tmp_path / 'reports.db'}", statements)
    with fresh(tmp_path) as store:
        assert store.verify(noted).damages != ()


def test_on_postgresql_too(store_url: str) -> None:
    with open_store(store_url, catalog()) as store:
        filled(store)
    tamper(store_url, TAMPERED["an actor"])
    with open_store(store_url, catalog()) as store:
        assert [damage.where for damage in store.verify().damages] == ["audit 2"]


def test_a_chain_written_anew_without_the_key_is_found(tmp_path: Path) -> None:
    secret = new_secret().raw_value
    with fresh(tmp_path, secrets=[secret]) as store:
        filled(store)
    tamper(f"sqlite:///{tmp_path / 'reports.db'}", "UPDATE audit SET key_id = '' WHERE seq = 2")
    with fresh(tmp_path, secrets=[secret]) as store:
        assert "written without the key" in " ".join(damage.what for damage in store.verify().damages)


def test_keys_may_change_and_the_chain_goes_on(tmp_path: Path) -> None:
    old, new = new_secret().raw_value, new_secret().raw_value
    for secrets in ((), (old,), (new, old)):
        with fresh(tmp_path, secrets=secrets, signing_keys=[new_signing_key()] if secrets else []) as store:
            signed(store)
    with fresh(tmp_path, secrets=(new, old)) as store:
        unknown = store.verify()
    assert {damage.what for damage in unknown.damages} == {"signed with a key that is not among those given"}
    assert len(unknown.damages) == 2


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE versions SET status = 'draft'",
        "DELETE FROM versions",
        "UPDATE audit SET rank = 'x'",
        "DELETE FROM audit",
    ],
)
def test_the_database_itself_refuses_to_change_what_was_written(store_url: str, statement: str) -> None:
    with open_store(store_url, catalog()) as store:
        signed(store)
    engine = connect(store_url)
    with pytest.raises(DBAPIError, match="only added to"), engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def test_an_end_that_is_none_is_refused(store: Store) -> None:
    for expected in ("x", "1", ":a", "a:b"):
        with pytest.raises(InputError, match="expected"):
            store.verify(expected)


def test_no_clinical_text_is_in_the_audit(tmp_path: Path) -> None:
    draft, context = complete()
    with fresh(tmp_path) as store:
        report_id = created(store, changed(draft, "CANARY"), context)
        act(store, report_id, Action.FINALIZE, ATTENDING)
    engine = connect(f"sqlite:///{tmp_path / 'reports.db'}")
    with engine.connect() as connection:
        noted = str(connection.execute(text("SELECT * FROM audit")).all())
    engine.dispose()
    said: Callable[[str], bool] = lambda word: word in noted  # noqa: E731
    assert not any(map(said, ("CANARY", context.patient.family, context.patient.identifiers[0].value, "thalassemia")))
    assert "https://fhir.hospital.test/staff|S-1" in noted


def test_what_payloads_were_packed_with_never_changes() -> None:
    """Every payload that was ever stored refers to these bytes: other ones would make all of them unreadable."""
    assert sha256(WORDS) == "ace621c611fe88cc2d38f55251be18e0ad8bb66d5da2ff312c1b518fc75287ce"
    assert sha256(EARLIER_WORDS) == "de4d0b1185467d3ceb46cc545c0bbaaeee208609ff088288779f6038990fa45b"


@pytest.mark.parametrize("secrets", [(), (b"k" * 32,)], ids=["in the clear", "encrypted"])
def test_a_payload_comes_back_to_the_byte_and_a_part_of_it_does_not(secrets: tuple[bytes, ...]) -> None:
    sealer = Sealer(secrets)
    for content in (b"", b"4.20", WORDS, bytes(range(256)) * 300):
        sealed = sealer.seal(content, "a place")
        assert sealer.open(sealed, "a place") == content
        for wrong in (sealed[:-1], sealed + b"\x00", sealed[:-5] + b"\x00" * 5):
            with pytest.raises(DamagedError):
                sealer.open(wrong, "a place")


def test_payloads_of_earlier_forms_are_opened() -> None:
    packer = zlib.compressobj(zdict=EARLIER_WORDS)
    for packed in (zlib.compress(b"older"), packer.compress(b"older") + packer.flush()):
        assert Sealer().open(PLAIN + packed, "a place") == b"older"


@pytest.mark.parametrize("content", [b"", b"4.20", b'{"measured": "4.20", "site": "presacral"}' * 3, bytes(range(200))])
def test_no_changed_bit_of_a_payload_changes_what_it_says(content: bytes) -> None:
    """Bits of a frame that say nothing of its content (RFC 8878, section 3.1.1.1.1) may be anything."""
    sealed = Sealer().seal(content, "a place")
    damaged = 0
    for place in range(8 * len(sealed)):
        wrong = bytearray(sealed)
        wrong[place // 8] ^= 1 << place % 8
        try:
            assert Sealer().open(bytes(wrong), "a place") == content
        except DamagedError:
            damaged += 1
    assert damaged >= 8 * len(sealed) - 3, "most bits say something"

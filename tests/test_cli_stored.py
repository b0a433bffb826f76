"""emh-report reports, keys and verify."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import sqlite3
from pathlib import Path

import pytest

from emh_report.cli.exits import Exit
from emh_report.errors import StoreUnavailableError
from emh_report.lifecycle import Action
from emh_report.store import Store, open_store
from tests.case_files import catalog
from tests.cli_program import run
from tests.store_reports import ATTENDING, act, complete, created, fresh, pending, saved, signed
from tests.test_store_verify import tamper


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'reports.db'}"


def filled(folder: Path) -> tuple[str, str]:
    """Store a signed report and a draft."""
    with fresh(folder) as store:
        return signed(store), created(store, *complete())


def mode(file: Path) -> int:
    return file.stat().st_mode & 0o777


@pytest.mark.skipif(os.name != "posix", reason="modes of files are those of POSIX")
def test_new_files_with_reports_or_keys_are_for_their_owner_only(tmp_path: Path, url: str) -> None:
    report_id, _ = filled(tmp_path)
    shown, keys, every = tmp_path / "v.json", tmp_path / "keys.json", tmp_path / "all.ndjson"
    assert run("reports", "show", report_id, "--store", url, "-o", str(shown)).exit_code == 0
    assert run("keys", "new", "signing", "-o", str(keys)).exit_code == 0
    assert run("export-all", str(every), "--store", url).exit_code == 0
    assert [mode(file) for file in (shown, tmp_path / "v.json.jws", keys, every)] == [0o600] * 4
    shown.chmod(0o640)
    assert run("reports", "show", report_id, "--store", url, "-o", str(shown)).exit_code == 0
    assert mode(shown) == 0o640


def test_new_keys_never_replace_others(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    run("keys", "new", "signing", "-o", str(file))
    before = file.read_bytes()
    assert run("keys", "new", "signing", "-o", str(file)).exit_code == Exit.FILE
    assert file.read_bytes() == before
    assert run("keys", "new", "signing", "--before", str(file), "-o", str(file)).exit_code == 0
    assert [key["kid"] for key in json.loads(file.read_text())["keys"]][1:] == [json.loads(before)["keys"][0]["kid"]]


def test_keys_of_one_kind_are_not_taken_for_the_other(tmp_path: Path) -> None:
    files = {kind: tmp_path / f"{kind}.json" for kind in ("signing", "store")}
    for kind, file in files.items():
        assert run("keys", "new", kind, "-o", str(file)).exit_code == 0
    for option, wrong, right in (("--signing-keys", "store", "signing"), ("--store-keys", "signing", "store")):
        served = run("serve", "--store", f"sqlite:///{tmp_path}/new.db", option, str(files[wrong]))
        made = run("keys", "new", right, "--before", str(files[wrong]))
        for refused in (served, made):
            assert (refused.exit_code, refused.stdout) == (Exit.USAGE, "")
            assert f"{files[wrong]}: accepted are a JSON Web Key set" in refused.stderr
            assert f"emh-report keys new {right} makes" in refused.stderr


def test_why_a_server_cannot_be_reached_is_said_at_the_terminal_alone() -> None:
    pytest.importorskip("psycopg", reason="needs the extra emh_report[postgresql]")
    where = "postgresql://emh:Zaphod-4711@127.0.0.1:1/reports"
    said = run("reports", "verify", "--store", where)
    assert said.exit_code == Exit.SERVICE
    assert "connection" in said.stderr.splitlines()[1]
    assert "Zaphod" not in said.output
    with pytest.raises(StoreUnavailableError) as told:
        open_store(where, catalog())
    assert "127.0.0.1" not in str(told.value)  # which is what callers get


MISTYPED = (
    ("reports", "list"),
    ("reports", "verify"),
    ("reports", "backup", "copy.db"),
    ("reports", "show", "x"),
    ("export-all", "all.ndjson"),
    ("deliver", "--once"),
    ("deliveries", "list"),
)


@pytest.mark.parametrize("command", MISTYPED, ids=" ".join)
def test_a_mistyped_store_is_refused_and_makes_nothing(
    command: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.db").touch()
    for name in ("typo.db", "empty.db", "folder/typo.db"):
        result = run(*command, "--store", f"sqlite:///{name}")
        assert result.exit_code == Exit.USAGE
        assert f"no such store: sqlite:///{name}; accepted is" in result.stderr
    assert [(file.name, file.stat().st_size) for file in tmp_path.iterdir()] == [("empty.db", 0)]


def test_a_database_of_others_is_no_store(tmp_path: Path, url: str) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "reports.db")) as other:
        other.execute("CREATE TABLE theirs (id INTEGER)")
    assert run("reports", "verify", "--store", url).exit_code == Exit.USAGE
    with contextlib.closing(sqlite3.connect(tmp_path / "reports.db")) as other:
        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("theirs",)]


def test_a_list_names_no_person(tmp_path: Path, url: str) -> None:
    ids = filled(tmp_path)
    result = run("reports", "list", "--store", url)
    assert [line.split()[0] for line in result.stdout.splitlines()] == ["REPORT", ids[1], ids[0]]
    assert "Fictional" not in result.stdout
    found = json.loads(run("reports", "list", "--store", url, "--status", "final", "--json").stdout)
    assert [(one["report_id"], one["state"], one["version"]) for one in found] == [(ids[0], "final", 1)]
    assert run("reports", "list", "--store", url, "--accession", "none").stdout == ""
    assert len(json.loads(run("reports", "list", "--store", url, "--limit", "1", "--json").stdout)) == 1
    for more in ((), ("--json",)):
        cut = run("reports", "list", "--store", url, "--limit", "1", *more)
        assert cut.stderr == "only the newest 1 are listed; --limit N lists more\n"
        assert run("reports", "list", "--store", url, "--limit", "2", *more).stderr == ""


def test_a_pending_communication_is_in_the_list(tmp_path: Path, url: str) -> None:
    draft, context = complete()
    with fresh(tmp_path) as store:
        act(store, created(store, pending(draft), context), Action.FINALIZE, ATTENDING)
    assert run("reports", "list", "--store", url).stdout.rstrip().endswith("pending")


def test_a_version_is_shown_and_verified_by_itself(tmp_path: Path, url: str) -> None:
    report_id, draft_id = filled(tmp_path)
    with fresh(tmp_path) as store:
        version = store.version(report_id)
    assert run("reports", "show", report_id, "--store", url).stdout.strip() == version.document.narrative.strip()
    file, key_file = tmp_path / "v.json", tmp_path / "keys.json"
    assert run("reports", "show", report_id, "--store", url, "-o", str(file)).exit_code == 0
    assert file.read_bytes() == version.content
    with fresh(tmp_path) as store:
        key_file.write_text(trial_keys(store))
    result = run("verify", str(file), "--keys", str(key_file))
    assert (result.exit_code, "trying out" in result.stdout) == (0, True)
    assert json.loads(run("verify", str(file), "--keys", str(key_file), "--json").stdout)["sha256"] == version.sha256
    file.write_bytes(version.content.replace(b"4.20", b"4.2") + b" ")
    refused = run("verify", str(file), "--keys", str(key_file))
    assert (refused.exit_code, "does not hold" in refused.stdout) == (Exit.REPORT_HAS_ERRORS, True)
    assert json.loads(run("verify", str(file), "--keys", str(key_file), "--json").stdout)["holds"] is False
    for missing, said in ((draft_id, "nothing was released yet"), ("none", "there is no such report")):
        refused = run("reports", "show", missing, "--store", url)
        assert (refused.exit_code, said in refused.stderr) == (Exit.USAGE, True)


def trial_keys(store: Store) -> str:
    """Return the public half of the key that signs in a store without keys."""
    from emh_report.keys import public_keys

    return public_keys([store.ledger.signer.key])


def test_a_check_finds_what_was_changed(tmp_path: Path, url: str) -> None:
    filled(tmp_path)
    result = run("reports", "verify", "--store", url)
    assert (result.exit_code, "3 links of the audit, 1 versions" in result.stdout) == (0, True)
    end = json.loads(run("reports", "verify", "--store", url, "--json").stdout)["end"]
    assert run("reports", "verify", "--store", url, "--expected", end).exit_code == 0
    for wrong in ("x", "", f"{2**63}:abc"):  # empty: the variable of a script that was not set
        refused = run("reports", "verify", "--store", url, "--expected", wrong)
        assert (refused.exit_code, "number:digest is needed" in refused.stderr) == (Exit.USAGE, True)
    tamper(url, "UPDATE audit SET rank = 'records' WHERE seq = 2")
    damaged = run("reports", "verify", "--store", url)
    assert (damaged.exit_code, "damaged: audit 2" in damaged.stdout) == (Exit.REPORT_HAS_ERRORS, True)


def test_a_backup_is_a_store(tmp_path: Path, url: str) -> None:
    ids = filled(tmp_path)
    copy = tmp_path / "copy.db"
    assert run("reports", "backup", str(copy), "--store", url).exit_code == 0
    with fresh(tmp_path) as store:
        created(store, *complete())  # after the copy
        before = store.version(ids[0])
    found = json.loads(run("reports", "verify", "--store", f"sqlite:///{copy}", "--json").stdout)
    assert (found["links"], found["damages"]) == (4, []), "the copy says that it was made"
    assert json.loads(run("reports", "show", ids[0], "--store", f"sqlite:///{copy}", "--json").stdout) == json.loads(
        before.content
    )
    again = run("reports", "backup", str(copy), "--store", url)
    assert (again.exit_code, "there already" in again.stderr) == (Exit.FILE, True)


def test_keys_are_made_and_changed(tmp_path: Path, url: str) -> None:
    fresh(tmp_path).close()
    for purpose, option in (("signing", "--signing-keys"), ("store", "--store-keys")):
        first, second = tmp_path / f"{purpose}1.json", tmp_path / f"{purpose}2.json"
        first.write_text(run("keys", "new", purpose).stdout)
        second.write_text(run("keys", "new", purpose, "--before", str(first)).stdout)
        old, new = (json.loads(file.read_text())["keys"] for file in (first, second))
        assert (new[1:], len(new)) == (old, 2)
        assert run("reports", "list", "--store", url, option, str(second)).exit_code == 0
    public = json.loads(run("keys", "public", str(tmp_path / "signing2.json")).stdout)["keys"]
    assert all("d" not in key for key in public)
    assert run("keys", "public", str(tmp_path / "store2.json")).exit_code == Exit.USAGE
    wrong = str(tmp_path / "signing1.json")
    assert run("reports", "list", "--store", url, "--store-keys", wrong).exit_code == Exit.USAGE
    assert run("reports", "list", "--store", url, "--store-keys", str(tmp_path / "none")).exit_code == Exit.FILE
    assert run("reports", "list", "--store", url, "--store-keys", __file__).exit_code == Exit.USAGE


def test_without_a_store_there_is_nothing_to_see() -> None:
    assert run("reports", "list", "--store", "none").exit_code == Exit.USAGE
    assert run("reports", "list", "--store", "mysql://x/y").exit_code == Exit.USAGE


def test_a_version_is_exported_with_its_signature_and_with_what_it_takes_back(tmp_path: Path, url: str) -> None:
    with fresh(tmp_path) as store:
        report_id = signed(store)
        report = store.get(report_id)
        fewer = (
            group._replace(items=tuple(item for item in group.items if item.field_id != "organ-iron"))
            for group in report.draft.groups
        )
        saved(store, report_id, report.draft._replace(groups=tuple(fewer)))
        act(store, report_id, Action.AMEND, ATTENDING)
        proofs = [store.version(report_id, number).signature for number in (1, 2)]
    for number, kind in ((1, "fhir-r4-transaction"), (2, "fhir-r5-transaction"), (2, "fhir-r4-document")):
        file = tmp_path / f"{number}.{kind}.json"
        chosen = ("--version", str(number), "--as", kind, "-o", str(file))
        result = run("reports", "export", report_id, "--store", url, *chosen)
        assert (result.exit_code, result.stdout) == (0, "")
        resources = [entry["resource"] for entry in json.loads(file.read_bytes())["entry"]]
        (carried,) = (one["signature"] for one in resources if one["resourceType"] == "Provenance")
        assert [base64.b64decode(one["data"]).decode() for one in carried] == [proofs[number - 1]]
        withdrawn = [one for one in resources if one.get("status") == "entered-in-error"]
        assert bool(withdrawn) is (number == 2 and kind.endswith("transaction"))


def test_a_version_that_has_no_such_form_is_not_exported(tmp_path: Path, url: str) -> None:
    _, draft = filled(tmp_path)
    to = ("--as", "fhir-r4-document", "-o", str(tmp_path / "x.json"), "--store", url)
    assert run("reports", "export", draft, *to).exit_code == Exit.USAGE, "nothing is released"
    assert run("reports", "export", "0" * 36, *to).exit_code == Exit.USAGE
    assert not (tmp_path / "x.json").exists()


@pytest.mark.parametrize(
    "command", [("audit", "--after"), ("show", "x", "--version"), ("print", "x", "-o", "x.pdf", "--version")]
)
def test_a_number_that_no_database_can_hold_is_wrong_usage(command: tuple[str, ...]) -> None:
    result = run("reports", *command, str(2**63), "--store", "sqlite:///none.db")
    assert (result.exit_code, "is not in the range" in result.stderr) == (Exit.USAGE, True)

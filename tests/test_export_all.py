"""export-all: everything that was released, once, whatever happens in between; and the table it can make."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import text, update

from emh_report import pipeline
from emh_report.bulk import makers
from emh_report.bulk.export import Files, Work
from emh_report.bulk.export import export_all as exported
from emh_report.bulk.lines import Lines
from emh_report.cli.exits import Exit
from emh_report.errors import InputError
from emh_report.export import Format, lesions, narrative
from emh_report.lifecycle import Action
from emh_report.records import StoredVersion
from emh_report.report import Narrative, Report
from emh_report.store import Store
from emh_report.store.tables import VERSIONS
from tests.case_files import CASES, catalog, read_report
from tests.cli_program import run
from tests.conftest import ROOT
from tests.store_reports import ATTENDING, act, changed, complete, created, fresh, saved, signed


class StoppedError(Exception):
    """Stands for whatever ends a process."""


def filled(store: Store, count: int = 7) -> list[str]:
    """Store signed reports, one of them corrected, and a draft that stays one; return the ids of the signed ones."""
    ids = [signed(store) for _ in range(count)]
    saved(store, ids[1], changed(complete()[0], "Corrected."))
    act(store, ids[1], Action.AMEND, ATTENDING)
    created(store, *complete())
    return ids


def files(folder: Path) -> Files:
    return Files(folder / "out.checkpoint", folder / "out.refused.ndjson")


def numbers(lines: bytes) -> list[str]:
    """Return the version identifiers of bundles, one a line."""
    return [json.loads(line)["identifier"]["value"] for line in lines.splitlines()]


def test_every_released_report_is_one_line(store: Store, store_url: str, tmp_path: Path) -> None:
    ids = filled(store)
    target = tmp_path / "all.ndjson"
    result = run("export-all", str(target), "--store", store_url)
    assert (result.exit_code, result.stdout) == (0, f"{target}: 7 entries of 7 reports\n")
    for line, report_id in zip(target.read_bytes().splitlines(), ids, strict=True):
        version = store.version(report_id)
        answers, signature = (version.document.draft, version.document.context), version.signature
        one, _ = pipeline.export_report(store.catalog, *answers, Format.FHIR_R4_TRANSACTION, signature=signature)
        assert line == one.content, "a line is the bundle that export writes, and its signature"
        assert bool(signature) is (b'"application/jose"' in line)
    assert sorted(path.name for path in tmp_path.iterdir() if "reports.db" not in path.name) == ["all.ndjson"]
    again = run("export-all", str(target), "--store", store_url)
    assert (again.exit_code, "it is there already" in again.stderr) == (Exit.FILE, True)


@pytest.mark.parametrize("batch", [1, 2, 3])
@pytest.mark.parametrize("at", ["make", "write", "checkpoint"])
def test_an_export_that_was_stopped_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int, at: str
) -> None:
    """Stopped anywhere, over and over, it ends with every report once."""
    with fresh(tmp_path) as store:
        filled(store, 5)
        whole, out, left = _lines(store, tmp_path, "whole", 5), tmp_path / "out", iter(range(1000))
        bundles = makers.bundles(store, Format.FHIR_R4_IMR)
        stops = 0
        while True:
            with monkeypatch.context() as patch:
                _stop(patch, at, left)
                try:
                    outcome = exported(store, Work("x", _make(bundles, at, left), batch), Lines(out), files(tmp_path))
                except StoppedError:
                    stops += 1
                    continue
            break
    assert stops
    assert out.read_bytes() == whole
    assert outcome == (5, 5, 0)


def _lines(store: Store, folder: Path, name: str, batch: int) -> bytes:
    beside = Files(folder / f"{name}.checkpoint", folder / f"{name}.refused")
    exported(store, Work("x", makers.bundles(store, Format.FHIR_R4_IMR), batch), Lines(folder / name), beside)
    return (folder / name).read_bytes()


def _make(bundles: Callable[[StoredVersion], list[bytes]], at: str, left: Iterator[int]) -> Any:  # noqa: ANN401
    def make(version: StoredVersion) -> list[bytes]:
        if at == "make" and next(left) % 4 == 3:
            raise StoppedError
        return bundles(version)

    return make


def _stop(patch: pytest.MonkeyPatch, at: str, left: Iterator[int]) -> None:
    """Let every other batch stop once its lines are in the file, before or after that is noted."""
    write, noted = Lines.write, "emh_report.bulk.export.checkpoint.write"
    from emh_report.bulk import checkpoint

    keep = checkpoint.write

    def written(lines: Lines, entries: list[bytes]) -> int:
        place = write(lines, entries)
        if entries and next(left) % 2 == 0:
            raise StoppedError
        return place

    def kept(path: Path, state: checkpoint.Checkpoint) -> None:
        keep(path, state)
        if next(left) % 2 == 0:
            raise StoppedError

    if at == "write":
        patch.setattr(Lines, "write", written)
    if at == "checkpoint":
        patch.setattr(noted, kept)


def test_a_killed_command_goes_on(tmp_path: Path) -> None:
    with fresh(tmp_path) as store:
        ids = filled(store, 5)
    url, target = f"sqlite:///{tmp_path / 'reports.db'}", tmp_path / "all.ndjson"
    code = (
        "import os, signal, sys\n"
        "from emh_report.bulk import export\n"
        "from emh_report.cli import main\n"
        "sys.modules['emh_report.cli.export_all'].LINES = 2\n"
        "keep = export.checkpoint.write\n"
        "def kept(path, state):\n"
        "    if state.reports >= 4: os.kill(os.getpid(), signal.SIGKILL)\n"
        "    keep(path, state)\n"
        "export.checkpoint.write = kept\n"
        "main(sys.argv[1:])\n"
    )
    command = [sys.executable, "-c", code, "export-all", str(target), "--store", url]
    assert subprocess.run(command, check=False, cwd=ROOT, capture_output=True).returncode == -9
    assert not target.exists()
    assert len(numbers((tmp_path / "all.ndjson.part").read_bytes())) == 4, "two more than the checkpoint knows"
    result = run("export-all", str(target), "--store", url, "--json")
    assert json.loads(result.stdout) == {"target": str(target), "reports": 5, "entries": 5, "refused": 0}
    found = numbers(target.read_bytes())
    assert len(set(found)) == len(found) == len(ids)


def test_two_exports_to_one_place_do_not_mix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with fresh(tmp_path) as store:
        ids = filled(store, 4)
    target, real = tmp_path / "all.ndjson", makers.bundles
    other: list[Result] = []
    command = ("export-all", str(target), "--store", f"sqlite:///{tmp_path / 'reports.db'}")

    def bundles(*arguments: Any, **options: Any) -> Callable[[StoredVersion], list[bytes]]:  # noqa: ANN401
        make = real(*arguments, **options)

        def making(version: StoredVersion) -> list[bytes]:
            if version.report_id == ids[2] and not other:
                other.append(run(*command, "--restart"))
            return make(version)

        return making

    monkeypatch.setattr(makers, "bundles", bundles)
    assert run(*command).exit_code == 0
    assert (other[0].exit_code, "another export is writing it" in other[0].stderr) == (Exit.FILE, True)
    assert len(set(numbers(target.read_bytes()))) == len(ids)
    assert sorted(path.name for path in tmp_path.glob("all*")) == ["all.ndjson"]
    assert run(*command).exit_code == Exit.FILE, "it is there already"


def test_a_folder_that_is_not_there_is_named_as_it_was_given(tmp_path: Path) -> None:
    fresh(tmp_path).close()
    target = tmp_path / "none" / "all.ndjson"
    said = run("export-all", str(target), "--store", f"sqlite:///{tmp_path / 'reports.db'}")
    assert (said.exit_code, said.stderr) == (Exit.FILE, f"error: {target}: there is no such folder to write it to\n")


def test_standard_output_is_refused_and_no_file_is_called_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with fresh(tmp_path) as store:
        filled(store, 2)
    monkeypatch.chdir(tmp_path)
    said = run("export-all", "-", "--store", f"sqlite:///{tmp_path / 'reports.db'}")
    assert (said.exit_code, "'-' is no file" in said.stderr) == (Exit.USAGE, True)
    assert not (tmp_path / "-").exists()


def test_a_checkpoint_of_something_else_is_refused(tmp_path: Path) -> None:
    with fresh(tmp_path) as store:
        filled(store, 2)
    where = ("--store", f"sqlite:///{tmp_path / 'reports.db'}")
    target, checkpoint = tmp_path / "all.ndjson", tmp_path / "all.ndjson.checkpoint"
    for content in ('{"of": "another"}', "[]", "no json"):
        checkpoint.write_text(content)
        result = run("export-all", str(target), *where)
        assert (result.exit_code, "--restart" in result.stderr) == (Exit.FILE, True), content
    assert run("export-all", str(target), *where, "--restart").exit_code == 0


def test_an_output_that_lost_something_is_not_gone_on_with(tmp_path: Path) -> None:
    with fresh(tmp_path) as store:
        filled(store, 3)
        _lines(store, tmp_path, "out", 1)
        (tmp_path / "out").write_bytes(b"")
        with pytest.raises(InputError, match="less than its checkpoint"):
            _lines(store, tmp_path, "out", 1)


def test_what_cannot_be_exported_is_listed_and_stops_nothing(tmp_path: Path) -> None:
    with fresh(tmp_path) as store:
        ids = filled(store, 3)
        act(store, cancelled := created(store, *complete()), Action.CANCEL, ATTENDING)
        with store.ledger.engine.begin() as connection:
            connection.execute(text("DROP TRIGGER versions_no_update"))
            connection.execute(update(VERSIONS).where(VERSIONS.c.number == 3).values(document=b"\x00damaged"))
    target = tmp_path / "all.ndjson"
    where = ("--store", f"sqlite:///{tmp_path / 'reports.db'}", "--as", "fhir-r4-document")
    result = run("export-all", str(target), *where)
    assert (result.exit_code, "2 could not be exported" in result.stdout) == (Exit.REPORT_HAS_ERRORS, True)
    assert len(numbers(target.read_bytes())) == 2
    refused = [json.loads(line) for line in (tmp_path / "all.ndjson.refused.ndjson").read_text().splitlines()]
    assert [one["report_id"] for one in refused] == [ids[2], cancelled]
    assert "not what was written" in refused[0]["reasons"][0]
    template = complete()[0].template_id
    assert (refused[1]["template"], refused[1]["template_version"]) == (template, catalog().newest[template])
    assert "context.report.status" in refused[1]["reasons"][0]


def test_what_is_worded_otherwise_today_is_not_passed_off_as_signed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = narrative.narrate

    def reworded(report: Report) -> Narrative:
        found = real(report)
        return found._replace(text=found.text.replace("Corrected.", "Put otherwise."))

    with fresh(tmp_path) as store:
        ids = filled(store, 3)
        monkeypatch.setattr(narrative, "narrate", reworded)
        lines = _lines(store, tmp_path, "out", 2)
    assert (len(numbers(lines)), b"Corrected." in lines) == (2, False)
    (refused,) = (json.loads(line) for line in (tmp_path / "out.refused").read_text().splitlines())
    assert (refused["report_id"], refused["version"]) == (ids[1], 2)
    assert refused["reasons"] == ["this program words the report otherwise than it was signed"]


def test_garbage_is_looked_for_again_afterwards(tmp_path: Path) -> None:
    with fresh(tmp_path) as store:
        filled(store, 2)
        _lines(store, tmp_path, "out", 1)
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0


@pytest.mark.parametrize(
    "folder", sorted(path for path in CASES.iterdir() if path.is_dir()), ids=lambda path: path.name
)
def test_every_answer_about_a_lesion_of_a_published_case_is_in_its_row(folder: Path) -> None:
    draft, context = read_report(folder / "draft.json", folder / "context.json")
    report = pipeline.release(catalog(), draft, context).report
    known = {column.name: column.type for column in lesions.columns(catalog().templates)}
    found = lesions.rows(report, "R", lambda _: "K")
    groups = [group for group in report.groups if group.definition.role == "finding"]
    assert [row["lesion__uid"] for row in found] == [group.uid for group in groups]
    for row, group in zip(found, groups, strict=True):
        assert row.keys() <= known.keys()
        for item in group.items:
            name = lesions.column_name(item.field.id)
            assert any(column == name or column.startswith(f"{name}__") for column in row), item.field.id


def test_without_its_package_the_table_says_what_to_install(tmp_path: Path) -> None:
    with fresh(tmp_path) as store:
        filled(store, 2)
    code = "import sys; sys.modules['pyarrow'] = None; from emh_report.cli import main; main(sys.argv[1:])"
    where = ["--store", f"sqlite:///{tmp_path / 'reports.db'}", "--as", "lesions"]
    command = [sys.executable, "-c", code, "export-all", str(tmp_path / "t"), *where]
    done = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, "emh_report[parquet]" in done.stderr) == (Exit.USAGE, True)

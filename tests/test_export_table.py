"""export-all --as lesions: the table in Parquet, read back with pyarrow."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from emh_report.bulk import makers
from emh_report.bulk.export import Work
from emh_report.bulk.export import export_all as exported
from emh_report.cli.exits import Exit
from emh_report.errors import InputError
from emh_report.export import lesions
from emh_report.lifecycle import Action
from emh_report.records import StoredVersion
from tests.case_files import catalog
from tests.cli_program import run
from tests.store_reports import ATTENDING, act, complete, fresh
from tests.test_export_all import StoppedError, files, filled

if TYPE_CHECKING:
    from emh_report.bulk.table import Table

parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed; the extra [parquet] brings it")


def table_in(folder: Path, columns: tuple[lesions.Column, ...]) -> Table:
    from emh_report.bulk.table import Table

    return Table(folder, columns)


def test_the_table_is_read_back_as_it_was_answered(tmp_path: Path) -> None:
    with fresh(tmp_path) as store:
        ids = filled(store, 3)
        act(store, ids[2], Action.WITHDRAW, ATTENDING)
    target = tmp_path / "lesions"
    result = run("export-all", str(target), "--as", "lesions", "--store", f"sqlite:///{tmp_path / 'reports.db'}")
    assert result.exit_code == 0, result.output
    table = parquet.read_table(target)
    assert set(table.column("report__id").to_pylist()) == set(ids[:2]), "what was withdrawn says nothing any more"
    row = table.to_pylist()[0]
    draft = complete()[0]
    lesion = next(group for group in draft.groups if group.uid == row["lesion__uid"])
    size: Any = next(item.value for item in lesion.items if item.field_id == "size")
    assert row["size__as_entered"] == f"{' x '.join(size.axes)} {size.unit}"
    assert row["size__axis_1"] == float(size.axes[0])
    site: Any = next(item.value for item in lesion.items if item.field_id == "site")
    assert (row["site"], row["site__absent"]) == (site.code, None)
    assert table.schema.field("size__axis_1").metadata == {
        b"meaning": b"Size, axis 1 in the order entered",
        b"unit": b"mm",
    }
    assert "Fictional" not in str(
        {name: value for name, value in row.items() if name.startswith(("patient", "report"))}
    )
    keys = set(table.column("patient__key").to_pylist())
    assert len(keys) == 2
    assert not any("M-" in key for key in keys)


@pytest.mark.parametrize("withdrawn", [0, 2])
def test_a_table_without_rows_has_its_columns(tmp_path: Path, withdrawn: int) -> None:
    with fresh(tmp_path) as store:
        for report_id in filled(store, withdrawn) if withdrawn else ():
            act(store, report_id, Action.WITHDRAW, ATTENDING)
    target = tmp_path / "lesions"
    result = run("export-all", str(target), "--as", "lesions", "--store", f"sqlite:///{tmp_path / 'reports.db'}")
    assert result.exit_code == 0, result.output
    table = parquet.read_table(target)
    assert table.num_rows == 0
    assert table.column_names == [column.name for column in lesions.columns(catalog().templates)]


def test_a_table_that_was_stopped_goes_on(tmp_path: Path) -> None:
    with fresh(tmp_path) as store:
        filled(store, 5)
        columns = lesions.columns(catalog().templates)
        make = makers.lesions(store)
        left = iter(range(100))

        def stopping(version: StoredVersion) -> list[lesions.Row]:
            if next(left) % 4 == 3:
                raise StoppedError
            return make(version)

        while True:
            try:
                done = exported(store, Work("x", stopping, 2), table_in(tmp_path / "table", columns), files(tmp_path))
            except StoppedError:
                (tmp_path / "table" / "part-000009.parquet").write_bytes(b"left over")
                continue
            break
        whole = [row for one in store.released() for row in make(one.read())]
    table = parquet.read_table(tmp_path / "table")
    assert table.column("report__id").to_pylist() == [row["report__id"] for row in whole]
    assert (done.reports, done.entries) == (5, len(whole))


def test_a_table_that_lost_a_part_is_not_gone_on_with(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="less than its checkpoint"):
        table_in(tmp_path / "table", lesions.REPORT_COLUMNS).resume(1)


@pytest.mark.parametrize("format_", ["lesions", "fhir-r4-imr"])
def test_a_patient_that_would_not_be_sent_is_refused_before_anything_is_written(tmp_path: Path, format_: str) -> None:
    fresh(tmp_path).close()
    where = ("--store", f"sqlite:///{tmp_path / 'reports.db'}", "--as", format_)
    result = run("export-all", str(tmp_path / "out"), *where, "--create-patient")
    assert (result.exit_code, "never carries the patient" in result.stderr) == (Exit.USAGE, True)
    assert not list(tmp_path.glob("out*"))

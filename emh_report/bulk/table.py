"""A table in parts: a folder of Parquet files, one for each batch. The only door to pyarrow."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from emh_report.bulk.checkpoint import SHORTER
from emh_report.errors import InputError, MissingExtraError
from emh_report.export.lesions import Column, Row

try:
    pa, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
except ImportError:
    raise MissingExtraError("a table in Parquet", "emh_report[parquet]") from None

_TYPES = {"string": pa.string(), "bool": pa.bool_(), "int64": pa.int64(), "double": pa.float64()}


class Table:
    """A folder of part files. Its place is how many there are."""

    def __init__(self, folder: Path, columns: Sequence[Column]) -> None:
        """Name the folder; it is made, for its owner only, where it is not there. Every part has all of the columns."""
        folder.mkdir(mode=0o700, exist_ok=True)
        self._folder = folder
        self._schema = pa.schema([_field(column) for column in columns])
        self._parts = 0

    def resume(self, place: int) -> None:
        """Remove the parts after the first ``place``. Raises InputError where one of those is gone."""
        kept = {self._part(number) for number in range(place)}
        if any(not part.exists() for part in kept):
            raise InputError([(str(self._folder), SHORTER)])
        for part in set(self._folder.glob("part-*")) - kept:
            part.unlink()
        self._parts = place

    def _part(self, number: int) -> Path:
        return self._folder / f"part-{number:06d}.parquet"

    def write(self, entries: Sequence[Row]) -> int:
        """Write one part and return the place after it, once it is on the disk. Raises OSError.

        Without entries too: a table in which nothing stands has its columns.
        """
        part = self._part(self._parts)
        beside = part.with_suffix(".new")
        beside.touch(mode=0o600)
        parquet.write_table(pa.Table.from_pylist(list(entries), schema=self._schema), beside, compression="zstd")
        with beside.open("rb") as file:
            os.fsync(file.fileno())
        beside.replace(part)
        self._parts += 1
        return self._parts

    def close(self) -> None:
        """Nothing is open between two parts."""


def _field(column: Column) -> Any:  # noqa: ANN401 - pyarrow has no hints
    base = _TYPES[column.type.removeprefix("list<").removesuffix(">")]
    notes = {"meaning": column.meaning, "vocabulary": column.vocabulary, "unit": column.unit}
    kept = {name: text for name, text in notes.items() if text}
    return pa.field(column.name, pa.list_(base) if column.type.startswith("list<") else base, metadata=kept)

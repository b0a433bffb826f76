"""Statements that every report goes through: said in SQLAlchemy, put into words once, and run by the driver itself.

SQLAlchemy takes about eight times as long to run a short statement as SQLite does. What a statement says, for which
database, and how its values are read and written stays SQLAlchemy's; transactions, too.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Delete, Dialect, Insert, Select, Update
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import DBAPIError

Values = Mapping[str, Any]
"""Values by the names of columns, or of bound parameters."""

Cast = Callable[[Any], Any]


class _Prepared(NamedTuple):
    """A statement in the words of one database. ``places`` are the names of its values in order, each with its cast."""

    text: str
    places: tuple[tuple[str, Cast | None], ...]
    positional: bool
    row: Callable[[Iterable[Any]], Any]
    casts: tuple[tuple[int, Cast], ...]

    def given(self, values: Values) -> Any:  # noqa: ANN401 - as the driver takes values: in their order, or by name
        if self.positional:
            return [cast(values[name]) if cast else values[name] for name, cast in self.places]
        return {name: cast(values[name]) if cast else values[name] for name, cast in self.places}

    def read(self, found: Sequence[Any]) -> Any:  # noqa: ANN401 - a named tuple of the columns
        if not self.casts:
            return self.row(found)
        values = list(found)
        for place, cast in self.casts:
            values[place] = cast(values[place])
        return self.row(values)


class Statement:
    """One statement of SQLAlchemy Core. It raises what SQLAlchemy would."""

    def __init__(self, core: Select[Any] | Insert | Update | Delete) -> None:
        """Take what is said. Values are only those it is run with: literals in it are not."""
        self._core: Final = core
        self._prepared: dict[tuple[str, ...], _Prepared] = {}

    def run(self, connection: Connection, values: Values) -> None:
        """Run it."""
        prepared = self._for(connection, values)
        _executed(connection, prepared.text, prepared.given(values)).close()

    def run_each(self, connection: Connection, values: Sequence[Values]) -> None:
        """Run it for each of ``values``, which have the same names; there is at least one."""
        prepared = self._for(connection, values[0])
        _executed(connection, prepared.text, [prepared.given(one) for one in values], many=True).close()

    def first(self, connection: Connection, values: Values) -> Any:  # noqa: ANN401 - a named tuple of its columns
        """Run it and return its first row; None where it finds nothing."""
        prepared = self._for(connection, values)
        cursor = _executed(connection, prepared.text, prepared.given(values))
        found = cursor.fetchone()
        cursor.close()
        return None if found is None else prepared.read(found)

    def all(self, connection: Connection, values: Values) -> list[Any]:
        """Run it and return its rows."""
        prepared = self._for(connection, values)
        cursor = _executed(connection, prepared.text, prepared.given(values))
        found = cursor.fetchall()
        cursor.close()
        return [prepared.read(row) for row in found]

    def _for(self, connection: Connection, values: Values) -> _Prepared:
        dialect = connection.dialect
        key = (dialect.name, *values)
        return self._prepared.get(key) or self._prepared.setdefault(key, _prepare(self._core, dialect, values))


def _executed(connection: Connection, text: str, values: Any, *, many: bool = False) -> DBAPICursor:  # noqa: ANN401
    """Return the cursor of what was run. A connection that is lost with it is not used again."""
    cursor = connection.connection.cursor()
    try:
        (cursor.executemany if many else cursor.execute)(text, values)
    except connection.dialect.loaded_dbapi.Error as error:
        dialect, failed = connection.dialect, connection.dialect.loaded_dbapi.Error
        if dialect.is_disconnect(error, connection.connection.driver_connection, cursor):
            connection.invalidate(error)
        raise DBAPIError.instance(text, None, error, failed, dialect=dialect) from None
    return cursor


def _prepare(core: Select[Any] | Insert | Update | Delete, dialect: Dialect, values: Values) -> _Prepared:
    compiled = core.compile(dialect=dialect, column_keys=list(values))
    names = compiled.positiontup if compiled.positional else list(compiled.binds)
    binds = {name: compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect) for name in names or ()}
    columns = core.exported_columns
    readers = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
    names_read = [str(name) for name in columns.keys()]  # noqa: SIM118 - not a mapping
    row = namedtuple("Row", names_read)  # type: ignore[misc]  # noqa: PYI024 - fields that only the statement knows
    return _Prepared(
        text=str(compiled),
        places=tuple((name, binds[name]) for name in names or ()),
        positional=compiled.positional,
        row=row._make,
        casts=tuple((place, reader) for place, reader in enumerate(readers) if reader),
    )

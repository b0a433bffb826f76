"""A TOML file with one table for each server. Anything odd in it is refused with file, key and reason."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from emh_report.errors import ServersError

Shape = TypeVar("Shape", bound=BaseModel)

MAX_BYTES: Final = 1_000_000
NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}", re.ASCII)
"""Names stand in the store, in lists and in file names."""


class ServersFile:
    """One file; ``wrong`` is the error that it is refused with."""

    def __init__(self, path: Path, key: str, wrong: type[ServersError], others: Collection[str] = ()) -> None:
        """Read it: tables below ``key``, and beside it nothing but ``others``.

        Raises ``wrong``, and OSError for a file that cannot be read.
        """
        self._file, self._key, self._wrong = str(path), key, wrong
        content = path.read_bytes()
        if len(content) > MAX_BYTES:
            raise wrong(self._file, "", f"larger than {MAX_BYTES} bytes")
        try:
            self.content: Mapping[str, Any] = tomllib.loads(content.decode())
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise wrong(self._file, "", f"not TOML: {error}") from None
        known = (*others, key)
        for unknown in sorted(self.content.keys() - set(known)):
            raise wrong(self._file, unknown, f"unknown key; known here: {', '.join(known)}")

    def tables(self, kinds: Collection[str]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        """Yield name, kind and table of each server, in order. Raises the error of the file."""
        tables = self.content.get(self._key)
        form = f"[{self._key}.NAME]"
        if not isinstance(tables, dict) or not tables:
            raise self._wrong(self._file, self._key, f"a table for each is needed: {form}")
        for name, table in tables.items():
            if not NAME.fullmatch(name):
                raise self._wrong(self._file, self.place(name), f"a name has the form {NAME.pattern}")
            if not isinstance(table, dict):
                raise self._wrong(self._file, self.place(name), f"a table is needed: {form}")
            kind = table.get("kind")
            if not isinstance(kind, str) or kind not in kinds:
                raise self._wrong(self._file, f"{self.place(name)}.kind", f"accepted are {', '.join(kinds)}")
            yield name, kind, table

    def place(self, name: str) -> str:
        """Return the key of the table of a server."""
        return f"{self._key}.{name}"

    def shaped(self, place: str, shape: type[Shape], table: object) -> Shape:
        """Return a table in its shape. Raises the error of the file."""
        try:
            return shape.model_validate(table)
        except ValidationError as error:
            raise self._wrong(self._file, *_reason(error, place, shape)) from None


def _reason(wrong: ValidationError, place: str, shape: type[BaseModel]) -> tuple[str, str]:
    """Return key and reason of the first mistake; never what stands there, which may be a secret."""
    error = wrong.errors(include_url=False, include_input=False)[0]
    key = ".".join((place, *(str(part) for part in error["loc"])))
    match error["type"]:
        case "extra_forbidden":
            known = sorted(shape.model_fields)
            near = difflib.get_close_matches(str(error["loc"][-1]), known, n=1) or known
            return key, f"unknown key; known here: {', '.join(near)}"
        case "missing":
            return key, "this key is missing"
        case _:
            message = error["msg"].removeprefix("Value error, ")
            return key, message[:1].lower() + message[1:]

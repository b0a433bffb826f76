"""The staff file of a department: who may use the form, with which rank, and who signs for whom. One table each."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from emh_report.context import Identifier, Practitioner
from emh_report.errors import SettingError
from emh_report.lifecycle import Actor, Rank
from emh_report.web.people import People, Person

KEYS: Final = frozenset({"system", "identifier", "family", "given", "rank", "supervisor"})
"""What a table may have; ``given`` and ``supervisor`` may be left out."""


def read_staff(file: Path) -> People:
    """Return the people of ``file`` by login.

    Raises OSError, and SettingError with table and key for everything that is not understood: nobody gets a rank by
    mistake.
    """
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingError(str(file), [f"TOML in UTF-8 ({error})"]) from None
    actors = {login: _actor(f"{file}: {login}", table) for login, table in tables.items()}
    named = {login: _supervisor(f"{file}: {login}", tables[login], actors) for login in tables}
    return {login: Person(login, actor, named[login]) for login, actor in actors.items()}


def _actor(place: str, table: object) -> Actor:
    if not isinstance(table, dict):
        raise SettingError(place, ["a table of " + ", ".join(sorted(KEYS))])
    for key in sorted(table.keys() - KEYS):
        raise SettingError(f"{place}.{key}", sorted(KEYS))
    given = table.get("given", [])
    if not (isinstance(given, list) and all(isinstance(name, str) for name in given)):
        raise SettingError(f"{place}.given", ["a list of names"])
    if table.get("rank") not in set(Rank):
        raise SettingError(f"{place}.rank", list(Rank))
    identifier = Identifier(_text(place, table, "system"), _text(place, table, "identifier"))
    person = Practitioner(identifier, _text(place, table, "family"), tuple(given))
    return Actor(person, Rank(table["rank"]))


def _text(place: str, table: Mapping[str, Any], key: str) -> str:
    value = table.get(key)
    if not (isinstance(value, str) and value.strip()):
        raise SettingError(f"{place}.{key}", ["a text"])
    return value


def _supervisor(place: str, table: Mapping[str, Any], actors: Mapping[str, Actor]) -> Practitioner | None:
    """Return who signs for somebody. A resident's report that nobody could sign would never leave as final."""
    rank = Rank(table["rank"])
    attendings = sorted(login for login, actor in actors.items() if actor.rank is Rank.ATTENDING)
    login = table.get("supervisor")
    if login is None and rank is not Rank.RESIDENT:
        return None
    if login not in attendings or rank is not Rank.RESIDENT:
        raise SettingError(f"{place}.supervisor", [*attendings, "and only for a resident"])
    return actors[login].person

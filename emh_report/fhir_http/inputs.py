"""In parameters of operations: from an address, or from a Parameters resource; only those that are known."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from emh_report import limits
from emh_report.fhir_http.outcomes import RefusedError
from emh_report.intake.content import Json

COMPLEX: Final = frozenset({"Coding", "CodeableConcept", "Resource"})
"""Types that no address can carry."""
BOOLEANS: Final = {"true": True, "false": False}
_INTEGER: Final = re.compile(r"(?:0|[1-9][0-9]{0,8})")
_INTEGERS: Final = range(2**31)
"""What an integer of FHIR may be (R4 datatypes, integer), but for negative ones: nothing here is asked so."""
_PYTHON: Final = {"boolean": bool, "integer": int, "Coding": dict, "CodeableConcept": dict, "Resource": dict}


class Input(NamedTuple):
    """One in parameter; it may be given once, unless it ``repeats``."""

    name: str
    type: str
    words: str = ""
    repeats: bool = False


class Inputs:
    """What was given, each of its declared type."""

    def __init__(self, given: dict[str, list[Json]]) -> None:
        """Take values by name."""
        self._given = given

    def has(self, name: str) -> bool:
        """Whether it was given."""
        return name in self._given

    def text(self, name: str, default: str = "") -> str:
        """Return a text."""
        return str(self._given[name][0]) if name in self._given else default

    def texts(self, name: str) -> list[str]:
        """Return a text that repeats."""
        return [str(one) for one in self._given.get(name, ())]

    def number(self, name: str, default: int) -> int:
        """Return an integer."""
        return int(self._given[name][0]) if name in self._given else default

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a boolean."""
        return bool(self._given[name][0]) if name in self._given else default

    def part(self, name: str) -> Json:
        """Return an object, or None."""
        return self._given[name][0] if name in self._given else None


def from_address(pairs: Iterable[tuple[str, str]], known: Sequence[Input]) -> Inputs:
    """Return what an address gives. Raises RefusedError (400)."""
    table = {one.name: one for one in known}
    return _collected(((name, _read(_known(name, table), text)) for name, text in pairs), table)


def from_resource(content: Json, known: Sequence[Input]) -> Inputs:
    """Return what a Parameters resource gives. Raises RefusedError (400)."""
    table = {one.name: one for one in known}
    if not isinstance(content, dict) or content.get("resourceType") != "Parameters":
        raise RefusedError(400, "structure", "a Parameters resource is needed", expression="Parameters")
    listed = content.get("parameter", [])
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise RefusedError(400, "structure", "a list of objects is needed", expression="Parameters.parameter")
    return _collected((_parameter(one, place, table) for place, one in enumerate(listed)), table)


def _known(name: str, table: dict[str, Input]) -> Input:
    if name not in table:
        accepted = ", ".join(table) or "none"
        raise RefusedError(400, "not-supported", f"a parameter that is not known here; accepted are: {accepted}")
    return table[name]


def _read(wanted: Input, text: str) -> Json:
    if wanted.type in COMPLEX:
        reason = f"{wanted.name}: a {wanted.type} is given in a Parameters resource, by POST"
        raise RefusedError(400, "not-supported", reason, expression=wanted.name)
    if wanted.type == "boolean" and text in BOOLEANS:
        return BOOLEANS[text]
    if wanted.type == "integer" and _INTEGER.fullmatch(text):
        return int(text)
    if wanted.type in ("boolean", "integer"):
        raise _wrong(wanted)
    return _checked(wanted, text)


def _checked(wanted: Input, text: str) -> str:
    if not text or len(text) > limits.NAME:
        raise _wrong(wanted)
    return text


def _wrong(wanted: Input) -> RefusedError:
    reason = f"{wanted.name}: not a value of type {wanted.type} that is accepted"
    return RefusedError(400, "value", reason, expression=wanted.name)


def _parameter(one: Json, place: int, table: dict[str, Input]) -> tuple[str, Json]:
    wanted = _known(str(one.get("name", "")), table)
    values = [value for name, value in one.items() if name == "resource" or name.startswith("value")]
    expression = f"Parameters.parameter[{place}]"
    if len(values) != 1:
        raise RefusedError(400, "structure", f"{wanted.name}: one value is needed", expression=expression)
    value = values[0]
    if type(value) is not _PYTHON.get(wanted.type, str) or (isinstance(value, int) and value not in _INTEGERS):
        raise _wrong(wanted)
    return wanted.name, _checked(wanted, value) if isinstance(value, str) else value


def _collected(pairs: Iterable[tuple[str, Json]], table: dict[str, Input]) -> Inputs:
    given: dict[str, list[Json]] = {}
    for name, value in pairs:
        given.setdefault(name, []).append(value)
        if len(given[name]) > 1 and not table[name].repeats:
            raise RefusedError(400, "invalid", f"{name}: given more than once", expression=name)
    return Inputs(given)

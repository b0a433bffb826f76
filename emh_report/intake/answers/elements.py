"""Items and answers of a response as far as FHIR defines them, and the list of what is wrong with it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Iterator
from decimal import Decimal
from typing import Final, NamedTuple, TypeVar

from emh_report import limits
from emh_report.dates import is_partial_date, is_partial_date_time
from emh_report.decimals import MAX_DIGITS
from emh_report.draft import Quantity
from emh_report.intake.content import Json
from emh_report.linkids import UCUM
from emh_report.text import is_unsafe

Read = TypeVar("Read")

_LINK_ID: Final = re.compile(r"[\w.:-]{1,255}", re.ASCII)
_INT32: Final = range(-(2**31), 2**31)

ITEM: Final = frozenset({"linkId", "definition", "text", "_text", "answer", "item", "id", "extension"})
"""Elements of an item; what is not an answer is passed over."""
ANSWER: Final = frozenset({"item", "id", "extension"})
CODING: Final = frozenset({"system", "code", "display", "version", "userSelected", "id", "extension"})
QUANTITY: Final = frozenset({"value", "unit", "system", "code", "id", "extension"})


class Wrong(ValueError):  # noqa: N818 - a result of reading, not a failure of the program
    """An answer that cannot be read. The message never repeats it."""


class Found(NamedTuple):
    """One item: its link id, its elements, and where it stands."""

    link_id: str
    content: Json
    path: str


class Problems:
    """What is wrong with a response, up to the number that is reported at once."""

    def __init__(self) -> None:
        """Start without any."""
        self.found: list[tuple[str, str]] = []

    def add(self, path: str, reason: str) -> None:
        """Record one."""
        if len(self.found) < limits.VIOLATIONS:
            self.found.append((path, reason))

    def unknown(self, path: str, link_id: str, known: Collection[str]) -> None:
        """Record a link id that is none of ``known``."""
        if len(self.found) >= limits.VIOLATIONS:
            return
        near = difflib.get_close_matches(link_id[:255], known, n=2)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        name = link_id if _LINK_ID.fullmatch(link_id) else "(no link id of ours)"
        self.add(f"{path}.linkId", f"no such item here: {name}{hint}")


def items(parent: Json, path: str, problems: Problems) -> Iterator[Found]:
    """Yield the items inside ``parent``."""
    inside = parent.get("item", [])
    if not isinstance(inside, list):
        problems.add(f"{path}.item", "a list is needed")
        return
    for position, content in enumerate(inside):
        place = f"{path}.item[{position}]"
        if not isinstance(content, dict):
            problems.add(place, "an object is needed")
        elif not isinstance(content.get("linkId"), str):
            problems.add(f"{place}.linkId", "a link id is needed")
        else:
            for name in sorted(content.keys() - ITEM):
                problems.add(place, f"has an element that items do not have{named(name)}")
            yield Found(content["linkId"], content, place)


def values(found: Found, kind: str, read: Callable[[Json], Read], problems: Problems) -> Iterator[tuple[Read, str]]:
    """Yield every answer of a question as ``read`` reads it, with its path. Answers of another type are refused."""
    for given, value, path in _answers(found, problems):
        if given != kind:
            problems.add(path, f"value{kind} is needed")
            continue
        try:
            answer = read(value)
        except Wrong as error:
            problems.add(path, str(error))
            continue
        yield answer, path


def _answers(found: Found, problems: Problems) -> Iterator[tuple[str, Json, str]]:
    """Yield type, value and path of every answer of a question."""
    inside = found.content.get("answer", [])
    if found.content.get("item"):
        problems.add(f"{found.path}.item", "nothing is asked below this question")
    if not isinstance(inside, list):
        problems.add(f"{found.path}.answer", "a list is needed")
        return
    for position, content in enumerate(inside):
        place = f"{found.path}.answer[{position}]"
        names = sorted(content.keys() - ANSWER) if isinstance(content, dict) else []
        if len(names) != 1 or not names[0].startswith("value"):
            problems.add(place, "one value is needed, and nothing beside it")
        elif content.get("item"):
            problems.add(f"{place}.item", "nothing is asked below this question")
        else:
            yield names[0].removeprefix("value"), content[names[0]], f"{place}.{names[0]}"


def named(name: str) -> str:
    """Return the name of an element for a message, unless it may be something else."""
    return f": {name}" if re.fullmatch(r"_?[A-Za-z]{1,40}", name) else ""


# --- values ----------------------------------------------------------------------------------------------------------


def coding(value: Json) -> tuple[str, str, str]:
    """Return system, code and display. Raises Wrong."""
    if not isinstance(value, dict):
        raise Wrong("a Coding is needed")
    if value.keys() - CODING:
        raise Wrong("has an element that a Coding does not have")
    parts = [value.get(name, "") for name in ("system", "code", "display")]
    if not all(isinstance(part, str) for part in parts):
        raise Wrong("system, code and display are texts")
    system, code, display = parts
    if not system or not code:
        raise Wrong("a code with its system is needed")
    return system, code, display


def decimal(value: Json) -> str:
    """Return a number as text with its digits. Raises Wrong."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise Wrong("a number is needed, not in quotes" if isinstance(value, str) else "a number is needed")
    number = Decimal(value)
    if not -MAX_DIGITS <= number.adjusted() < MAX_DIGITS:
        raise Wrong(f"more than {MAX_DIGITS} digits")
    text = format(number, "f")
    if sum(character.isdigit() for character in text) > MAX_DIGITS:
        raise Wrong(f"more than {MAX_DIGITS} digits")
    return text


def quantity(value: Json) -> Quantity:
    """Return a number with its unit. Raises Wrong."""
    if not isinstance(value, dict):
        raise Wrong("a Quantity is needed")
    if value.keys() - QUANTITY:
        raise Wrong("has an element that cannot be read: a number with a unit is needed, without a comparator")
    unit = value.get("code")
    if value.get("system") != UCUM or not isinstance(unit, str) or not unit:
        raise Wrong("the unit is needed as a code of UCUM with its system")
    return Quantity(decimal(value.get("value")), unit)


def integer(value: Json) -> int:
    """Return a whole number. Raises Wrong."""
    if isinstance(value, bool) or not isinstance(value, int) or value not in _INT32:
        raise Wrong("a whole number of 32 bits is needed")
    return value


def string(value: Json) -> str:
    """Return a text. Raises Wrong."""
    if not isinstance(value, str):
        raise Wrong("a text is needed")
    if not value.strip():
        raise Wrong("is empty; leave the answer out instead")
    if is_unsafe(value):
        raise Wrong("has control characters or bidirectional overrides")
    return value


def date(value: Json) -> str:
    """Return a date of any precision. Raises Wrong."""
    if not isinstance(value, str) or not is_partial_date(value):
        raise Wrong("not a date that exists: YYYY, YYYY-MM or YYYY-MM-DD is needed")
    return value


def date_time(value: Json) -> str:
    """Return a date of any precision, or a date and time with time zone. Raises Wrong."""
    if not isinstance(value, str) or not is_partial_date_time(value):
        raise Wrong("not a date, or date and time with time zone, that exists")
    return value

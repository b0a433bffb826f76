"""Searches as they are asked: criteria of the table, page and order. Nothing that is not known is guessed at."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from emh_report import limits
from emh_report.fhir_http import spans
from emh_report.fhir_http.outcomes import RefusedError
from emh_report.fhir_http.served import Kind, SearchParameter, Served

COUNT: Final = "_count"
SORT: Final = "_sort"
TOTAL: Final = "_total"
INCLUDING: Final = ("_include", "_include:iterate", "_revinclude")
MOST_VALUES: Final = 20
"""Values of one parameter, and parameters of one search."""

_COMMA: Final = re.compile(r"(?<!\\),")
_PIPE: Final = re.compile(r"(?<!\\)\|")
_ESCAPED: Final = re.compile(r"\\([\\,|$])")
_NUMBER: Final = re.compile(r"[0-9]{1,9}")


class Token(NamedTuple):
    """A value of a token parameter. ``system`` is None where any will do, ``code`` empty where any will do."""

    system: str | None
    code: str


class Criterion(NamedTuple):
    """One parameter with its values, any of which is to fit: texts, tokens, or dates with a prefix."""

    parameter: SearchParameter
    values: tuple[Any, ...]


class Search(NamedTuple):
    """What to look for; all criteria are to fit. ``ignored`` are names of parameters that were left out.

    ``includes`` are names of what is to come beside the matches. A ``size`` of 0 asks how many there are.
    """

    criteria: tuple[Criterion, ...]
    size: int
    order: str
    ignored: tuple[str, ...] = ()
    includes: tuple[str, ...] = ()


def read(pairs: Iterable[tuple[str, str]], served: Served, *, lenient: bool = False) -> Search:
    """Return the search that ``pairs`` ask for. Raises RefusedError (400).

    A parameter that is not known is refused, since without it a search finds more than was asked for; with ``lenient``
    it is ignored, and that is said. A modifier or value that is not known is always refused.
    """
    known = {one.name: one for one in served.parameters}
    criteria: list[Criterion] = []
    ignored: list[str] = []
    includes: list[str] = []
    given = list(pairs)
    control = {COUNT: str(limits.PAGE), SORT: served.orders[0], TOTAL: "none"}
    for name, text in given:
        if name in control:
            control[name] = text
        elif name in INCLUDING:
            includes.append(_included(name, text, served))
        elif name in known:
            criteria.append(Criterion(known[name], _values(known[name], text)))
        elif lenient and not _modifies(name, known):
            ignored.append(name)
        else:
            raise _unknown(served)
    if len(given) > MOST_VALUES:
        raise RefusedError(400, "too-costly", f"at most {MOST_VALUES} parameters are accepted")
    if control[TOTAL] != "none":
        raise _wrong(TOTAL, "none: matches are not counted beyond a page")
    order = _order(control[SORT], served)
    return Search(tuple(criteria), _count(control[COUNT]), order, tuple(ignored), tuple(includes))


def _modifies(name: str, known: dict[str, SearchParameter]) -> bool:
    return re.split("[:.]", name, maxsplit=1)[0] in known or name.partition(":")[0] in INCLUDING


def _unknown(served: Served) -> RefusedError:
    names = [*(one.name for one in served.parameters), COUNT, SORT, *(INCLUDING if served.includes else ())]
    reason = f"a search parameter or modifier that is not known here; accepted are: {', '.join(names)}"
    return RefusedError(400, "not-supported", reason)


def _included(name: str, text: str, served: Served) -> str:
    """Return the name of an include that is served. Raises RefusedError (400)."""
    accepted = [one.name for one in served.includes if one.parameter == name]
    if text in accepted:
        return text
    listed = f"accepted are: {', '.join(accepted)}" if accepted else "nothing; read what a resource refers to"
    raise RefusedError(400, "not-supported", f"{name}: {listed}", expression=name)


def _wrong(name: str, accepted: str) -> RefusedError:
    return RefusedError(400, "value", f"{name}: not a value that can be read; accepted: {accepted}", expression=name)


def _count(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise _wrong(COUNT, f"0 to {limits.MAX_PAGE}; 0 asks how many there are")
    return min(int(text), limits.MAX_PAGE)


def _order(text: str, served: Served) -> str:
    if text not in served.orders:
        raise _wrong(SORT, ", ".join(served.orders))
    return text


def _values(parameter: SearchParameter, text: str) -> tuple[Any, ...]:
    parts = _COMMA.split(text)
    if not text or len(text) > limits.NAME or len(parts) > MOST_VALUES:
        raise _wrong(parameter.name, f"1 to {MOST_VALUES} values, {limits.NAME} characters")
    return tuple(_value(parameter, part) for part in parts)


def _value(parameter: SearchParameter, text: str) -> Any:  # noqa: ANN401 - by kind
    if not text:
        raise _wrong(parameter.name, "a value that is not empty")
    if parameter.kind is Kind.DATE:
        found = spans.asked(text)
        if found is None:
            accepted = f"YYYY, YYYY-MM, YYYY-MM-DD or a time, after one of {', '.join(spans.PREFIXES)} or nothing"
            raise _wrong(parameter.name, accepted)
        return found
    if parameter.kind is Kind.TOKEN:
        return _token(parameter, text)
    return _ESCAPED.sub(r"\1", text)


def _token(parameter: SearchParameter, text: str) -> Token:
    parts: Sequence[str] = [_ESCAPED.sub(r"\1", part) for part in _PIPE.split(text)]
    if parameter.codes and parts[-1] not in ("", *parameter.codes):  # nothing would be found by it, in silence
        raise _wrong(parameter.name, ", ".join(parameter.codes))
    match parts:
        case [code]:
            return Token(None, code)
        case [system, code] if system or code:
            return Token(system, code)
        case _:
            raise _wrong(parameter.name, "code, system|code, |code or system|")

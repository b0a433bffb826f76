"""From a path to what may be done there: one entry for each method of HTTP, made from the table of what is served."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from emh_report.fhir_http.outcomes import RefusedError
from emh_report.fhir_http.served import Operation, Served

Table = Mapping[str, Served]
METADATA: Final = "metadata"
SEARCH: Final = "search-type"


class Route(NamedTuple):
    """One way: what is done, to what. ``interaction`` is its code in a CapabilityStatement."""

    interaction: str
    served: Served | None = None
    id: str = ""
    version: str = ""
    operation: Operation | None = None


Ways = dict[str, Route]
"""By method."""


def find(table: Table, method: str, path: str) -> Route:
    """Return what ``method`` does at ``path``. Raises RefusedError: 404 for no such place, 405 for no such method."""
    ways = _ways(table, path.split("/"))
    wanted = "GET" if method == "HEAD" else method
    if not ways:
        raise _nowhere(table, path.split("/"), wanted)
    if wanted not in ways:
        allowed = ", ".join([*ways, *(["HEAD"] if "GET" in ways else [])])
        raise _not_so(f"accepted are: {allowed}", allowed)
    return ways[wanted]


def _not_so(accepted: str, allowed: str = "") -> RefusedError:
    reason = f"not possible here, where nothing can be changed; {accepted}"
    return RefusedError(405, "not-supported", reason, headers={"Allow": allowed})


def _nowhere(table: Table, path: Sequence[str], method: str) -> RefusedError:
    """Return why there is nothing; a type that is read but not searched for is not missing, nor is the base.

    No method is allowed at these two, which an empty Allow says (RFC 9110, section 10.2.1).
    """
    match path:
        case [""] if method != "GET":
            return _not_so("no batch and no transaction is taken; GET metadata lists what is served")
        case [type_] if method != "GET" and type_ in table and table[type_].read:
            return _not_so(f"accepted is GET {type_}/ID")
        case [type_] | [type_, "_search"] if type_ in table and table[type_].read:
            reason = f"{type_} is read by id only, it is not searched for; accepted is GET {type_}/ID"
            return RefusedError(404, "not-supported", reason)
        case _:
            return RefusedError(404, "not-found", "there is nothing here; GET metadata lists what is served")


def _ways(table: Table, path: Sequence[str]) -> Ways:
    match path:
        case ["metadata"]:
            return {"GET": Route(METADATA)}
        case [type_, *rest] if type_ in table:
            return _of_type(table[type_], rest)
        case _:
            return {}


def _of_type(served: Served, path: Sequence[str]) -> Ways:
    match path:
        case [] if served.search:
            return {"GET": Route(SEARCH, served)}
        case ["_search"] if served.search:
            return {"POST": Route(SEARCH, served)}
        case [operation] if operation.startswith("$"):
            return _operations(served, operation[1:], "")
        case [id_, *rest]:
            return _of_instance(served, id_, rest)
        case _:
            return {}


def _of_instance(served: Served, id_: str, path: Sequence[str]) -> Ways:
    match path:
        case [] if served.read and not id_.startswith("_"):
            return {"GET": Route("read", served, id_)}
        case [operation] if operation.startswith("$"):
            return _operations(served, operation[1:], id_)
        case ["_history"] if served.history:
            return {"GET": Route("history-instance", served, id_)}
        case ["_history", version] if served.vread:
            return {"GET": Route("vread", served, id_, version)}
        case _:
            return {}


def _operations(served: Served, name: str, id_: str) -> Ways:
    for one in served.operations:
        if one.name == name and (one.on_instance if id_ else one.on_type):
            route = Route("operation", served, id_, operation=one)
            return {"POST": route} if one.posted else {"GET": route, "POST": route}
    return {}

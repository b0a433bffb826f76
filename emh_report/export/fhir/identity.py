"""Identity of what is in a bundle: UUIDs of version 5 (RFC 4122, section 4.3), of no clock and no randomness.

A resource that is born in a report is named by group instance and question in the name space of the report, so that
the same answer keeps its id in every version; a resource of the context is named by its own identifier.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from uuid_utils import NAMESPACE_URL, UUID, uuid5

from emh_report.codes import CANONICAL
from emh_report.context import Identifier
from emh_report.export.fhir.urls import URI

SEPARATOR: Final = "\x1f"
"""Between the parts of a name; no uid, field id or code can contain it."""

EVERYWHERE: Final = uuid5(NAMESPACE_URL, CANONICAL)
"""Name space of all contexts and of the numbers of all reports."""


def uuid_named(name: str, space: UUID = EVERYWHERE) -> str:
    """Return the UUID of a name; what Python takes for text may hold half of a surrogate pair, which has no UTF-8."""
    try:
        return str(uuid5(space, name))
    except TypeError:
        return str(uuid5(space, name.encode("utf-8", "backslashreplace").decode()))


def uuids_named(names: Collection[str], space: UUID) -> list[str]:
    """Return the UUIDs of many names in a name space."""
    try:
        return [str(uuid5(space, name)) for name in names]
    except TypeError:
        return [uuid_named(name, space) for name in names]


def space_of(report: Identifier) -> UUID:
    """Return the name space of what is born in a report: the UUID of its number."""
    return UUID(uuid_named(SEPARATOR.join(("report", report.system, report.value))))


def version_of(space: UUID, number: int) -> Identifier:
    """Return the identifier of one version of the report that has a name space."""
    return Identifier(URI, f"urn:uuid:{uuid_named(SEPARATOR.join(('', 'version', str(number))), space)}")


def uuid_of(type_: str, known: Identifier) -> str:
    """Return the UUID of a resource that is known elsewhere by an identifier."""
    return uuid_named(SEPARATOR.join(("context", type_, known.system, known.value)))

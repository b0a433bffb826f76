"""What is served of one type of resource: the rows of the table that routes and capabilities are made from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from emh_report.fhir_http.inputs import Input, Inputs
from emh_report.intake.content import Json


class Answer(NamedTuple):
    """A resource as an answer. ``version`` makes its ETag, ``updated`` (RFC 3339) its Last-Modified."""

    resource: Json
    version: str = ""
    updated: str = ""
    private: bool = False
    status: int = 200


class Kind(StrEnum):
    """Types of search parameters (R4 search-param-type)."""

    TOKEN = "token"  # noqa: S105 - a type of FHIR
    STRING = "string"
    URI = "uri"
    DATE = "date"
    REFERENCE = "reference"


@dataclass(frozen=True, slots=True)
class SearchParameter:
    """One search parameter. ``values`` yields what of a match it compares with.

    ``part_of`` names the parameter that declares it, where it is one with a chain or modifier in its name.
    ``codes`` are all there are, where FHIR closes them: any other is a slip, and would find nothing.
    """

    name: str
    kind: Kind
    definition: str
    words: str
    values: Callable[[Any], Sequence[Any]]
    part_of: str = ""
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Include:
    """What may come beside the matches: resources that ``element`` of ``type`` refers to, as ``Type:parameter``.

    ``parameter`` says how it is asked for: ``_include`` from matches, ``_include:iterate`` from what was included,
    ``_revinclude`` the other way round.
    """

    parameter: str
    type: str
    name: str
    element: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. ``call`` gets the id of the instance, empty for the type, and what was given.

    ``inputs`` are its in parameters of one release. ``posted``: it takes a resource, so it cannot be asked by GET.
    """

    name: str
    definition: str
    words: str
    call: Callable[[str, Inputs], Answer]
    inputs: tuple[Input, ...] = ()
    on_type: bool = True
    on_instance: bool = True
    posted: bool = False


class Matches(NamedTuple):
    """One page of a search: matches, what is to be said about it, and where the next page starts; 0 for nowhere.

    ``included`` are resources beside the matches; ``total`` says how many there are where only that was asked.
    """

    answers: Sequence[Answer]
    following: int = 0
    remarks: Sequence[str] = ()
    included: Sequence[Json] = ()
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Served:
    """One type of resource: what is None or empty is not served.

    ``search`` gets criteria, the sort order, the number of matches and where to start. What is found is ``private``
    also where it is nothing: that a patient has no report says something of them, and the answer has their number.
    """

    type: str
    words: str
    private: bool = False
    read: Callable[[str], Answer] | None = None
    vread: Callable[[str, int], Answer] | None = None
    history: Callable[[str], Sequence[Answer]] | None = None
    search: Callable[..., Matches] | None = None
    parameters: tuple[SearchParameter, ...] = ()
    includes: tuple[Include, ...] = ()
    orders: tuple[str, ...] = ()
    operations: tuple[Operation, ...] = ()

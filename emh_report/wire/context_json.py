"""The context of a stored document: its JSON form, read and written without a message in between, as the draft is.

Read only from bytes that `write_document` wrote: names of the contract, values of the right type; the default for what
is absent. Each part is said once, for both ways (draft_json.py says how it is written).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Generic, NamedTuple, TypeVar

from emh_report.context import (
    Context,
    Identifier,
    Order,
    Organization,
    Patient,
    Practitioner,
    ReportIdentity,
    Series,
    Study,
)
from emh_report.v1 import context_pb2 as pb
from emh_report.wire.context import FOCUSES, SEXES, STATUSES
from emh_report.wire.draft_json import int32

Json = Any
"""What json.loads returns; None where a member is absent."""

T = TypeVar("T")


def _as_it_is(value: Json) -> Json:
    return value


class Part(NamedTuple, Generic[T]):
    """How a part of the context is read and written."""

    read: Callable[[Json], T]
    write: Callable[[T], Json] = _as_it_is


def _scalar(kind: type[T], write: Callable[[T], Json] = _as_it_is) -> Part[T]:
    default = kind()

    def read(value: Json) -> T:
        if value is None:
            return default
        if type(value) is not kind:
            raise TypeError(kind.__name__)
        return value

    return Part(read, write)


def _list(part: Part[T]) -> Part[tuple[T, ...]]:
    one, form = part

    def read(values: Json) -> tuple[T, ...]:
        return tuple([one(value) for value in values]) if values else ()

    return Part(read, lambda values: [form(value) for value in values])


def _enum(names: Mapping[str, int], meanings: Mapping[Any, T]) -> Part[T]:
    by_name = {name: meanings[number] for name, number in names.items() if number in meanings}
    by_meaning = {meaning: name for name, meaning in by_name.items() if names[name]}
    unspecified = meanings[0]
    return Part(lambda name: unspecified if name is None else by_name[name], by_meaning.__getitem__)


def _message(made: Callable[..., T], parts: Mapping[str, Part[Any]]) -> Part[T]:
    known = frozenset(parts)
    readers = {name: part.read for name, part in parts.items()}
    writers = [(name, part.write) for name, part in parts.items()]

    def read(members: Json) -> T:
        if members is None:
            members = {}
        if not known.issuperset(members):
            raise ValueError("names that are not of the contract")
        return made(**{name: read(members.get(name)) for name, read in readers.items()})

    def write(message: T) -> Json:
        found: dict[str, Json] = {}
        for name, form in writers:
            value = getattr(message, name)
            if value:  # not text, number or list that says nothing; what consists of parts is always true
                found[name] = form(value)
        return found

    return Part(read, write)


def _optional(part: Part[T], absent: Any) -> Part[Any]:  # noqa: ANN401 - a part, or what stands for it
    return Part(lambda value: absent if value is None else part.read(value), part.write)


_TEXT: Final = _scalar(str)
_NUMBER: Final = _scalar(int, int32)
_TEXTS: Final = _list(_TEXT)
_IDENTIFIER: Final = _message(Identifier, {"system": _TEXT, "value": _TEXT})
_SERIES: Final = _message(
    Series, {"series_instance_uid": _TEXT, "number": _NUMBER, "modality": _TEXT, "description": _TEXT}
)

PRACTITIONER: Final = _message(Practitioner, {"identifier": _IDENTIFIER, "family": _TEXT, "given": _TEXTS})
"""A person. Reading raises ValueError or TypeError for anything else."""

_REPORT: Final = _message(
    ReportIdentity,
    {
        "identifier": _IDENTIFIER,
        "version": _NUMBER,
        "status": _enum(dict(pb.ReportStatus.items()), STATUSES),
        "issued": _TEXT,
    },
)
_PATIENT: Final = _message(
    Patient,
    {
        "identifiers": _list(_IDENTIFIER),
        "family": _TEXT,
        "given": _TEXTS,
        "birth_date": _TEXT,
        "sex": _enum(dict(pb.AdministrativeSex.items()), SEXES),
    },
)
_STUDY: Final = _message(
    Study,
    {
        "study_instance_uid": _TEXT,
        "modalities": _TEXTS,
        "started": _TEXT,
        "description": _TEXT,
        "accession": _TEXT,
        "series": _list(_SERIES),
    },
)
_ORDER: Final = _message(
    Order, {"accession": _IDENTIFIER, "placer": _IDENTIFIER, "description": _TEXT, "reason": _TEXT}
)

CONTEXT: Final = _message(
    Context,
    {
        "report": _optional(_REPORT, ReportIdentity()),
        "patient": _PATIENT,
        "focus": _enum(dict(pb.Focus.items()), FOCUSES),
        "orders": _list(_ORDER),
        "studies": _list(_STUDY),
        "author": PRACTITIONER,
        "supervisor": _optional(PRACTITIONER, None),
        "organization": _message(Organization, {"identifier": _IDENTIFIER, "name": _TEXT}),
        "test_data": _scalar(bool),
    },
)
"""A context. Reading raises ValueError, TypeError or KeyError for anything else; writing ValueError for a number."""

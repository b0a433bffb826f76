"""The context of a stored document: its JSON form read without a message in between, as the draft is (draft_json.py).

Only for bytes that `write_document` wrote: names of the contract, values of the right type; the default for what is
absent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

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

Json = Any
"""What json.loads returns; None where a member is absent."""

T = TypeVar("T")
Reader = Callable[[Json], T]


def _scalar(kind: type[T]) -> Reader[T]:
    default = kind()

    def read(value: Json) -> T:
        if value is None:
            return default
        if type(value) is not kind:
            raise TypeError(kind.__name__)
        return value

    return read


def _list(read: Reader[T]) -> Reader[tuple[T, ...]]:
    return lambda values: tuple([read(value) for value in values]) if values else ()


def _enum(names: Mapping[str, int], meanings: Mapping[Any, T]) -> Reader[T]:
    by_name = {name: meanings[number] for name, number in names.items() if number in meanings}
    unspecified = meanings[0]
    return lambda name: unspecified if name is None else by_name[name]


def _message(made: Callable[..., T], readers: Mapping[str, Reader[Any]]) -> Reader[T]:
    known = frozenset(readers)

    def read(members: Json) -> T:
        if members is None:
            members = {}
        if not known.issuperset(members):
            raise ValueError("names that are not of the contract")
        return made(**{name: read(members.get(name)) for name, read in readers.items()})

    return read


def _optional(read: Reader[T], absent: T) -> Reader[T]:
    return lambda value: absent if value is None else read(value)


_TEXT: Final = _scalar(str)
_NUMBER: Final = _scalar(int)
_TEXTS: Final = _list(_TEXT)
_IDENTIFIER: Final = _message(Identifier, {"system": _TEXT, "value": _TEXT})
_SERIES: Final = _message(
    Series, {"series_instance_uid": _TEXT, "number": _NUMBER, "modality": _TEXT, "description": _TEXT}
)

practitioner_of: Final = _message(Practitioner, {"identifier": _IDENTIFIER, "family": _TEXT, "given": _TEXTS})
"""Return a person in the JSON form of its message. Raises ValueError or TypeError for anything else."""

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

context_of: Final = _message(
    Context,
    {
        "report": _optional(_REPORT, ReportIdentity()),
        "patient": _PATIENT,
        "focus": _enum(dict(pb.Focus.items()), FOCUSES),
        "orders": _list(_ORDER),
        "studies": _list(_STUDY),
        "author": practitioner_of,
        "supervisor": _optional(practitioner_of, None),
        "organization": _message(Organization, {"identifier": _IDENTIFIER, "name": _TEXT}),
        "test_data": _scalar(bool),
    },
)
"""Return the context in the JSON form of its message. Raises ValueError, TypeError or KeyError for anything else."""

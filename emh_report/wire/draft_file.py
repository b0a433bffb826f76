"""Draft files: the JSON form of a request, ``{"draft": {...}, "context": {...}}``, as protobuf defines it.

Stricter than protobuf's own reader, which takes the last of two equal keys and answers some mistakes
with what was typed: everything it would refuse or pass over is found first, with its path.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, NoReturn

from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from emh_report import limits
from emh_report.context import Context
from emh_report.draft import Draft
from emh_report.errors import InputError, LimitError
from emh_report.v1 import service_pb2 as pb
from emh_report.wire.guard import Violation
from emh_report.wire.request import read_request

Json = Any
"""What json.loads returns."""

_INT32 = range(-(2**31), 2**31)
_INTEGER = re.compile(r"-?\d{1,10}", re.ASCII)
_NAME = re.compile(r"\w{1,64}", re.ASCII)
_SURROGATE = re.compile("[\ud800-\udfff]")


class _Object(dict[str, Json]):
    """A JSON object that remembers which keys it was given twice."""

    twice: frozenset[str] = frozenset()


def read_draft_file(content: bytes) -> tuple[Draft, Context]:
    """Return draft and context of a file.

    Raises InputError and LimitError with the path, or line and column, of everything that is wrong.
    """
    data = _read_json(content)
    violations = list(islice(_shape(data, pb.ValidateReportRequest.DESCRIPTOR, ""), limits.VIOLATIONS))
    if violations:
        raise InputError(violations)
    message = pb.ValidateReportRequest()
    try:
        json_format.ParseDict(data, message)
    except json_format.ParseError:  # its text may repeat what was typed
        raise InputError([("", "not the JSON form of a draft and its context")]) from None
    return read_request(message)


def write_draft_file(request: pb.ValidateReportRequest) -> str:
    """Return a request in the form that `read_draft_file` reads."""
    return json_format.MessageToJson(request, ensure_ascii=False, indent=1) + "\n"


def json_form(message: Message) -> dict[str, Json]:
    """Return a message as data for json.dumps, with every field, so that readers need no defaults."""
    return json_format.MessageToDict(message, always_print_fields_with_no_presence=True)


def _read_json(content: bytes) -> Json:
    if len(content) > limits.FILE_BYTES:
        raise LimitError([("", f"the file has {len(content)} bytes, at most {limits.FILE_BYTES} are accepted")])
    try:
        text = content.decode("utf-8-sig")
        return json.loads(text, object_pairs_hook=_object, parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError([(f"line {line}", "not UTF-8")]) from None
    except json.JSONDecodeError as error:
        raise InputError([(f"line {error.lineno}, column {error.colno}", f"not JSON: {error.msg}")]) from None
    except RecursionError:
        raise InputError([("", "nested too deeply")]) from None
    except ValueError:
        raise InputError([("", "a number of too many digits")]) from None


def _object(pairs: list[tuple[str, Json]]) -> _Object:
    found = _Object(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        found.twice = frozenset(name for name in found if names.count(name) > 1)
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise InputError([("", f'{name} is not JSON; a decimal is written as text, such as "4.20"')])


def _shape(value: Json, kind: Descriptor, path: str) -> Iterator[Violation]:
    """Yield everything about ``value`` that is not the JSON form of a message of ``kind``."""
    if not isinstance(value, _Object):
        yield path, "an object is needed"
        return
    fields = {name: field for field in kind.fields for name in (field.name, field.json_name)}
    given: set[str] = set()
    chosen: set[str] = set()
    for key, part in value.items():
        field = fields.get(key)
        if field is None:
            yield _unknown(key, path, fields)
            continue
        place = f"{path}.{field.name}" if path else field.name
        if field.name in given or key in value.twice:
            yield place, "given twice"
        given.add(field.name)
        if part is None:  # protobuf: as if it was left out
            continue
        if field.containing_oneof is not None:
            if chosen:
                yield path, "more than one value; an item has one"
            chosen.add(field.name)
        yield from _field(part, field, place)


def _unknown(key: str, path: str, fields: dict[str, FieldDescriptor]) -> Violation:
    near = difflib.get_close_matches(key[:100], fields, n=2)
    hint = f"; did you mean {' or '.join(near)}?" if near else f"; known are {', '.join(sorted(fields))}"
    name = key if _NAME.fullmatch(key) else "(a key that is no name)"
    return f"{path}.{name}" if path else name, f"no such field{hint}"


def _field(value: Json, field: FieldDescriptor, path: str) -> Iterator[Violation]:
    if not field.is_repeated:
        yield from _single(value, field, path)
    elif not isinstance(value, list):
        yield path, "a list is needed"
    else:
        for position, element in enumerate(value):
            yield from _single(element, field, f"{path}[{position}]")


def _single(value: Json, field: FieldDescriptor, path: str) -> Iterator[Violation]:
    if field.message_type is not None:
        yield from _shape(value, field.message_type, path)
        return
    reason = ""
    if field.enum_type is not None:
        names, numbers = field.enum_type.values_by_name, field.enum_type.values_by_number
        if not (value in names if isinstance(value, str) else type(value) is int and value in numbers):
            reason = f"one of {', '.join(names)} is needed"
    elif field.type == FieldDescriptor.TYPE_STRING:
        reason = _not_text(value)
    elif field.type == FieldDescriptor.TYPE_BOOL:
        reason = "" if isinstance(value, bool) else "true or false is needed"
    elif not _is_int32(value):
        reason = "a whole number of 32 bits is needed"
    if reason:
        yield path, reason


def _not_text(value: Json) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return 'a text is needed; a decimal is written as text, such as "4.20", so that its digits are kept'
    if not isinstance(value, str):
        return "a text is needed"
    return "half of a surrogate pair is not a character" if _SURROGATE.search(value) else ""


def _is_int32(value: Json) -> bool:
    if isinstance(value, str):
        return _INTEGER.fullmatch(value) is not None and int(value) in _INT32
    return isinstance(value, int) and not isinstance(value, bool) and value in _INT32

"""Draft files: the JSON form of a request, ``{"draft": {...}, "context": {...}}``, as protobuf defines it.

A draft and its context may also be two files. A request of another method, with ``format`` or
``request_id``, is not a draft file: what it asks for would be passed over.

Stricter than protobuf's own reader, which takes the last of two equal keys and answers some mistakes
with what was typed: everything it would refuse or pass over is found first, with its path.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, NoReturn

from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, FieldDescriptor

from emh_report import limits
from emh_report.context import Context
from emh_report.draft import Draft
from emh_report.errors import InputError, LimitError
from emh_report.v1 import context_pb2, draft_pb2
from emh_report.v1 import service_pb2 as pb
from emh_report.wire.context import write_context
from emh_report.wire.guard import Violation
from emh_report.wire.request import read_request, write_request

if TYPE_CHECKING:
    from emh_report.intake.imports import Imported

Json = Any
"""What json.loads returns."""

_INT32 = range(-(2**31), 2**31)
_INTEGER = re.compile(r"-?\d{1,10}", re.ASCII)
_NAME = re.compile(r"\w{1,64}", re.ASCII)
_SURROGATE = re.compile("[\ud800-\udfff]")


_FORMS = 'a draft file is {"draft": {...}, "context": {...}}, or the draft alone with --context FILE beside it'
_REQUEST = pb.ValidateReportRequest.DESCRIPTOR


class _Object(dict[str, Json]):
    """A JSON object that remembers which keys it was given twice."""

    twice: frozenset[str] = frozenset()


def read_draft_file(content: bytes, context: bytes | None = None) -> tuple[Draft, Context]:
    """Return draft and context of a file, or of a draft in one file and its context in another.

    Raises InputError and LimitError with the path, or line and column, of everything that is wrong.
    """
    data = _read_json(content) if context is None else _joined(content, context)
    violations = list(islice(_request(data), limits.VIOLATIONS))
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
    data = json_format.MessageToDict(request, preserving_proto_field_name=True)
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def write_answered_file(draft: Draft) -> str:
    """Return a draft file without a context, for one that comes from elsewhere."""
    return write_draft_file(pb.ValidateReportRequest(draft=write_request(draft, Context()).draft))


def write_imported_file(found: Imported) -> str:
    """Return a draft file, or the context alone where no draft was asked for; nothing where the content was refused."""
    if found.context is None:
        return ""
    if found.draft is not None:
        return write_draft_file(write_request(found.draft, found.context))
    data = json_format.MessageToDict(write_context(found.context), preserving_proto_field_name=True)
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def _joined(draft: bytes, context: bytes) -> Json:
    """Return draft file and context file as one. The draft may stand alone, or be the ``draft`` of a request."""
    request, beside = _read_json(draft, "draft file, "), _read_json(context, "context file, ")
    if not isinstance(request, _Object) or request.keys().isdisjoint(_REQUEST.fields_by_name):
        request = _Object(draft=request)
    if request.get("context") is not None:
        raise InputError([("context", "given twice: beside the draft, and in a file of its own")])
    joined = _Object(request, context=beside)
    joined.twice = request.twice
    return joined


def _read_json(content: bytes, file: str = "") -> Json:
    """Return what a file holds; ``file`` starts the path where there are two."""
    if len(content) > limits.FILE_BYTES:
        reason = f"the file has {len(content)} bytes, at most {limits.FILE_BYTES} are accepted"
        raise LimitError([(file.removesuffix(", "), reason)])
    try:
        text = content.decode("utf-8-sig")
        return json.loads(text, object_pairs_hook=_object, parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError([(f"{file}line {line}", "not UTF-8")]) from None
    except json.JSONDecodeError as error:
        raise InputError([(f"{file}line {error.lineno}, column {error.colno}", f"not JSON: {error.msg}")]) from None
    except RecursionError:
        raise InputError([(file.removesuffix(", "), "nested too deeply")]) from None
    except ValueError:
        raise InputError([(file.removesuffix(", "), "a number of too many digits")]) from None


def _object(pairs: list[tuple[str, Json]]) -> _Object:
    found = _Object(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        found.twice = frozenset(name for name in found if names.count(name) > 1)
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise InputError([("", f'{name} is not JSON; a decimal is written as text, such as "4.20"')])


def _request(data: Json) -> Iterator[Violation]:
    """Yield everything that is wrong with a request; one line where it is only half of one."""
    if isinstance(data, _Object) and "draft" not in data:
        for half in (draft_pb2.Draft.DESCRIPTOR, context_pb2.Context.DESCRIPTOR):
            if not data.keys().isdisjoint(_fields(half)):
                yield "", f"this is a {half.name.lower()} on its own; {_FORMS}"
                return
    yield from _shape(data, _REQUEST, "")


def _fields(kind: Descriptor) -> dict[str, FieldDescriptor]:
    """Return the fields of a message by both names that JSON may give them."""
    return {name: field for field in kind.fields for name in (field.name, field.json_name)}


def _shape(value: Json, kind: Descriptor, path: str) -> Iterator[Violation]:
    """Yield everything about ``value`` that is not the JSON form of a message of ``kind``."""
    if not isinstance(value, _Object):
        yield path, "an object is needed"
        return
    fields = _fields(kind)
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
    known = f"known are {', '.join(sorted(fields))}" if path else _FORMS
    hint = f"; did you mean {' or '.join(near)}?" if near else f"; {known}"
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

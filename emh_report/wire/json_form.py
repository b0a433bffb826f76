"""Messages as JSON for people and programs that read it without the contract at hand."""

from __future__ import annotations

from typing import Any, cast

from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

Json = Any
"""What json.dumps takes."""


def json_form(message: Message) -> dict[str, Json]:
    """Return a message as data for json.dumps: protobuf's JSON form under the contract's own names.

    Every field is there, in the order of the contract, so that nobody needs defaults.
    """
    data = json_format.MessageToDict(
        message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )
    return _ordered(data, cast("Descriptor", message.DESCRIPTOR))


def _ordered(data: dict[str, Json], kind: Descriptor) -> dict[str, Json]:
    """Put the keys into the order of the contract; protobuf leaves those with a default to the end."""
    return {field.name: _value(data[field.name], field) for field in kind.fields if field.name in data}


def _value(value: Json, field: FieldDescriptor) -> Json:
    kind = field.message_type
    if kind is None or kind.GetOptions().map_entry:
        return value
    return [_ordered(one, kind) for one in value] if field.is_repeated else _ordered(value, kind)

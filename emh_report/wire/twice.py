"""Fields of a message that are there twice, although they hold one value.

The wire format lets the last value win without a word (protobuf encoding, "last one wins"), and of a oneof the last
member. An answer that was sent would be lost, so such a message is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from google.protobuf.descriptor import Descriptor, FieldDescriptor

TWICE: Final = "is there twice, and would be read once"
BESIDE: Final = "stands beside another value, of which one would be read"

_VARINT, _FIXED64, _LENGTH = 0, 1, 2
"""Wire types (protobuf encoding, message structure). Left are 32 bits; groups are refused as unknown fields."""


def twice(kind: Descriptor, raw: bytes, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield (path, reason) of every field in ``raw``, a well-formed message of ``kind``, that another one replaces."""
    seen: set[str] = set()
    counts: dict[int, int] = {}
    for number, payload in _fields(raw):
        field = kind.fields_by_number.get(number)
        if field is None:
            continue
        place = f"{path}.{field.name}" if path else field.name
        if field.is_repeated:
            place = f"{place}[{counts.get(number, 0)}]"
            counts[number] = counts.get(number, 0) + 1
        else:
            oneof = field.containing_oneof
            name = oneof.full_name if oneof else field.full_name
            if name in seen:
                yield place, BESIDE if oneof and number not in counts else TWICE
            seen.add(name)
            counts[number] = 1
        if field.type == FieldDescriptor.TYPE_MESSAGE and field.message_type is not None:
            yield from twice(field.message_type, payload, place)


def _fields(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield number and content of every field; content only of those that have a length."""
    position = 0
    while position < len(raw):
        tag, position = _varint(raw, position)
        number, wire_type = tag >> 3, tag & 7
        payload = b""
        if wire_type == _VARINT:
            _, position = _varint(raw, position)
        elif wire_type == _LENGTH:
            length, position = _varint(raw, position)
            payload = raw[position : position + length]
            position += length
        else:
            position += 8 if wire_type == _FIXED64 else 4
        yield number, payload


def _varint(raw: bytes, position: int) -> tuple[int, int]:
    """Return the number at ``position`` and where it ends (base 128, least significant group first)."""
    value = shift = 0
    while True:
        byte = raw[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004 - the continuation bit
            return value, position
        shift += 7

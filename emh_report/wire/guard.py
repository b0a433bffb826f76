"""Refusing messages before they are converted: too large, malformed, unknown fields, text that hides something.

A fast test decides whether a message is fine; only one that is not is walked again for the paths of
everything that is wrong with it. Paths are those of the request, as in ``draft.groups[2].items[5].text``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import TypeVar

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import DecodeError, Message
from google.protobuf.unknown_fields import UnknownFieldSet

from emh_report import limits
from emh_report.errors import InputError, LimitError
from emh_report.text import is_unsafe
from emh_report.wire.twice import twice

M = TypeVar("M", bound=Message)

Violation = tuple[str, str]
"""Path and reason."""

UNKNOWN_FIELD = "a field that this version does not know"
UNSAFE_TEXT = "control characters, bidirectional overrides or code points that nobody can store"


def parse(kind: type[M], raw: bytes) -> M:
    """Return the message in ``raw``.

    Raises LimitError where it is too large, and InputError where it is malformed, or has anywhere an unknown field or
    two values for one: whatever this version cannot read must not be dropped in silence.
    """
    if len(raw) > limits.MESSAGE_BYTES:
        raise LimitError([("", f"the message has {len(raw)} bytes, at most {limits.MESSAGE_BYTES} are accepted")])
    try:
        message = kind.FromString(raw)
    except DecodeError:
        reason = f"not a message {kind.DESCRIPTOR.full_name}: truncated, malformed, or text that is not UTF-8"
        raise InputError([("", reason)]) from None
    # Unknown fields count in the size until they are discarded: the only cheap way to see them at any depth.
    size = message.ByteSize()
    message.DiscardUnknownFields()
    if message.ByteSize() != size:
        whole = kind.FromString(raw)
        check_counts(whole)
        raise InputError(list(islice(_unknown_fields(whole), limits.VIOLATIONS)))
    if size != len(raw):  # no other sign of a value that was replaced; also of defaults that were sent, which is fine
        check_counts(message)
        replaced = list(islice(twice(kind.DESCRIPTOR, raw), limits.VIOLATIONS))  # type: ignore[arg-type]  # stubs name two classes
        if replaced:
            raise InputError(replaced)
    return message


def check_counts(message: Message) -> None:
    """Refuse ``message`` where a repeated field has too many elements (LimitError)."""
    found = list(islice(_too_many(message, ""), limits.VIOLATIONS))
    if found:
        raise LimitError(found)


def _unknown_fields(message: Message) -> Iterator[Violation]:
    parts = (("", message), *((path, part) for path, _, part in walk(message) if isinstance(part, Message)))
    for path, part in parts:
        for unknown in UnknownFieldSet(part):  # type: ignore[attr-defined]  # it is a sequence
            yield path, f"{UNKNOWN_FIELD} (number {unknown.field_number})"


def walk(message: Message, path: str = "") -> Iterator[tuple[str, FieldDescriptor, object]]:
    """Yield (path, field, value) of everything that is set at any depth; elements of repeated fields one by one."""
    for descriptor, value in message.ListFields():
        place = f"{path}.{descriptor.name}" if path else descriptor.name
        elements = (
            [(f"{place}[{n}]", one) for n, one in enumerate(value)] if descriptor.is_repeated else [(place, value)]
        )
        for where, element in elements:
            yield where, descriptor, element
            if isinstance(element, Message):
                yield from walk(element, where)


def check(message: Message) -> None:
    """Refuse ``message`` where anything in it is too large (LimitError) or cannot be taken (InputError).

    Reports every violation of one kind at once, with its path.
    """
    check_counts(message)
    for find, error in ((_wrong, InputError), (_too_long, LimitError)):
        found = list(islice(find(message), limits.VIOLATIONS))
        if found:
            raise error(found)


def violations(message: Message) -> tuple[Violation, ...]:
    """Return what `check` refuses, of both kinds of texts at once, for a form that names all that is to be mended."""
    counted = list(islice(_too_many(message, ""), limits.VIOLATIONS))
    return tuple(counted or islice(chain(_wrong(message), _too_long(message)), limits.VIOLATIONS))


@dataclass(slots=True)
class Texts:
    """Text that was met during a conversion: what may have ID characters, and what may have TEXT."""

    ids: list[str] = field(default_factory=list)
    free: list[str] = field(default_factory=list)

    def suspicious(self) -> bool:
        """Whether `check` has to look: cheaper for all texts together than for each of them."""
        return (
            is_unsafe("".join(self.ids))
            or is_unsafe("".join(self.free))
            or max(map(len, self.ids), default=0) > limits.ID
            or max(map(len, self.free), default=0) > limits.TEXT
        )


class SuspiciousError(Exception):
    """Raised inside a conversion that met something `check` will refuse with its path."""


def field_name(descriptor: FieldDescriptor) -> str:
    """Return message and field, as the limits name them."""
    owner = descriptor.containing_type
    return f"{owner.name if owner else ''}.{descriptor.name}"


def _too_many(message: Message, path: str) -> Iterator[Violation]:
    """Count before anything else is walked, so that a large message costs little."""
    for descriptor, value in message.ListFields():
        place = f"{path}.{descriptor.name}" if path else descriptor.name
        elements = [(place, value)]
        if descriptor.is_repeated:
            limit = limits.PARTS[field_name(descriptor)]
            if len(value) > limit:
                yield place, f"{len(value)} elements, at most {limit} are accepted"
                continue
            elements = [(f"{place}[{position}]", element) for position, element in enumerate(value)]
        if descriptor.message_type is not None:
            for where, element in elements:
                yield from _too_many(element, where)


def _wrong(message: Message) -> Iterator[Violation]:
    for path, descriptor, value in walk(message):
        if isinstance(value, str):
            if is_unsafe(value):
                yield path, UNSAFE_TEXT
        elif descriptor.enum_type is not None and value not in descriptor.enum_type.values_by_number:
            yield path, f"not a value of {descriptor.enum_type.name}"


def _too_long(message: Message) -> Iterator[Violation]:
    for path, descriptor, value in walk(message):
        if isinstance(value, str):
            limit = limits.TEXTS.get(field_name(descriptor), limits.ID)
            if len(value) > limit:
                yield path, f"{len(value)} characters, at most {limit} are accepted"

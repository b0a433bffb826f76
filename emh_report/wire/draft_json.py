"""The draft of a stored document: its JSON form, read and written without a message in between, in less time.

Read only from bytes that `write_document` wrote: names of the contract, no two values for one item, values of the right
type. Reading a whole store is mostly this, so the checks are those that cost least. Written as protobuf's JSON form
(https://protobuf.dev/programming-guides/json/): members in the order of their numbers, none that says nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from emh_report.draft import (
    Absent,
    Boolean,
    Coded,
    Date,
    DateTime,
    Draft,
    Group,
    Image,
    Integer,
    Item,
    Levels,
    Measurement,
    Override,
    Quantity,
    ReportMode,
    Text,
    Value,
)
from emh_report.v1 import draft_pb2 as pb
from emh_report.wire.draft import ABSENT, MODES

Json = Any
"""What json.loads returns."""

T = TypeVar("T", str, int, bool)


def draft_form(draft: Draft) -> dict[str, Json]:
    """Return the JSON form of the message of ``draft``. Raises ValueError for a number that no message can carry."""
    return _said(
        {
            "template_id": draft.template_id,
            "template_version": draft.template_version,
            "template_hash": draft.template_hash,
            "mode": _MODE_NAMES[draft.mode],
            "groups": [_group_form(group) for group in draft.groups],
            "overrides": [_said(override._asdict()) for override in draft.overrides],
        }
    )


def int32(number: int) -> int:
    """Return ``number``. Raises ValueError where it is beyond 32 bits."""
    if not -(2**31) <= number < 2**31:
        raise ValueError(number)
    return number


def _said(members: dict[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in members.items() if value}


def _group_form(group: Group) -> dict[str, Json]:
    return _said({"group_id": group.group_id, "uid": group.uid, "items": [_item_form(item) for item in group.items]})


def _item_form(item: Item) -> dict[str, Json]:
    """Return an item; a value is there whatever it says, since it was given."""
    field_id, value = item
    if type(value) is Coded and field_id and value[0] and not value[1] and not value[2]:  # most answers, by a short way
        return {"field_id": field_id, "coded": {"code": value[0]}}
    found: dict[str, Json] = {"field_id": field_id} if field_id else {}
    if value is not None:
        kind, form = _FORMS[type(value)]
        found[kind] = form(value)
    return found


def _coded_form(value: Coded) -> dict[str, Json]:
    code, display, text = value
    found: dict[str, Json] = {"code": code} if code else {}
    if display:
        found["display"] = display
    if text:
        found["text"] = text
    return found


def _parts_form(value: Any) -> dict[str, Json]:  # noqa: ANN401 - any named tuple of texts
    return _said(value._asdict())


def _image_form(value: Image) -> dict[str, Json]:
    for number in (*value.frames, value.series_number, value.instance_number):
        int32(number)
    return _said(value._asdict())


def _value_form(value: Any) -> Json:  # noqa: ANN401 - any value of one part
    return value.value


_ABSENT_NAMES: Final = {reason: pb.AbsentReason.Name(number) for number, reason in ABSENT.items() if reason}
_MODE_NAMES: Final = {mode: pb.ReportMode.Name(number) for number, mode in MODES.items()}
_FORMS: Final[Mapping[type, tuple[str, Callable[[Any], Json]]]] = {
    Coded: ("coded", _coded_form),
    Quantity: ("quantity", _parts_form),
    Integer: ("integer", lambda value: int32(value.value)),
    Boolean: ("boolean", _value_form),
    Date: ("date", _value_form),
    DateTime: ("date_time", _value_form),
    Text: ("text", _value_form),
    Levels: ("levels", _parts_form),
    Measurement: ("measurement", _parts_form),
    Image: ("image", _image_form),
    Absent: ("absent", _ABSENT_NAMES.__getitem__),
}


def draft_of(members: Json) -> Draft:
    """Return the draft in the JSON form of its message.

    Raises ValueError, TypeError, KeyError or AttributeError for anything else.
    """
    _known(members, _DRAFT)
    return Draft(
        _of(str, members, "template_id"),
        _of(str, members, "template_version"),
        tuple(_group(group) for group in members.get("groups", ())),
        _of(str, members, "template_hash"),
        _mode(members),
        tuple(_override(override) for override in members.get("overrides", ())),
    )


_DRAFT: Final = {field.name for field in pb.Draft.DESCRIPTOR.fields}
_GROUP: Final = {field.name for field in pb.Group.DESCRIPTOR.fields}
_OVERRIDE: Final = {field.name for field in pb.Override.DESCRIPTOR.fields}


def _known(members: Json, names: set[str]) -> None:
    if not members.keys() <= names:
        raise ValueError("names that are not of the contract")


def _of(kind: type[T], members: Json, name: str) -> T:
    value = members.get(name, kind())
    if type(value) is not kind:
        raise TypeError(name)
    return value


def _mode(members: Json) -> ReportMode:
    return MODES[pb.ReportMode.Value(members.get("mode", "REPORT_MODE_UNSPECIFIED"))]


def _override(members: Json) -> Override:
    _known(members, _OVERRIDE)
    return Override(_of(str, members, "rule_id"), _of(str, members, "group_uid"), _of(str, members, "reason"))


def _group(members: Json) -> Group:
    """Return a group. A choice with nothing beside it, which most answers are, is read in place."""
    _known(members, _GROUP)
    items = []
    for item in members.get("items", ()):
        coded, field_id = item.get("coded"), item.get("field_id")
        if coded is None or len(item) != _CHOICE or len(coded) != 1 or type(field_id) is not str:
            items.append(_item(item))
        elif type(code := coded.get("code")) is str:
            items.append(_new(Item, (field_id, _new(Coded, (code, "", "")))))
        else:
            items.append(_item(item))
    return Group(_of(str, members, "group_id"), _of(str, members, "uid"), tuple(items))


_CHOICE: Final = len(("field_id", "coded"))
_new: Final = tuple.__new__
"""A named tuple in a third of the time."""


def _item(members: Json) -> Item:
    """Return an item: its field id, and the one value that stands beside it."""
    field_id = members.get("field_id", "")
    if type(field_id) is not str:
        raise TypeError("field_id")
    kinds = [name for name in members if name != "field_id"]
    if not kinds:
        return Item(field_id, None)
    (kind,) = kinds
    return Item(field_id, _READERS[kind](members[kind]))


_TEXT: Final = {str}


def _texts(made: Callable[..., Value], names: tuple[str, ...]) -> Callable[[Json], Value]:
    """Return what reads a value all of whose members are texts."""
    known = frozenset(names)

    def read(value: Json) -> Value:
        if not known.issuperset(value):
            raise ValueError("names that are not of the contract")
        found = [value.get(name, "") for name in names]
        if set(map(type, found)) != _TEXT:
            raise TypeError(names)
        return made(*found)

    return read


def _measurement(value: Json) -> Value:
    axes = tuple(value.get("axes", ()))
    if not value.keys() <= set(Measurement._fields) or not all(type(axis) is str for axis in axes):
        raise TypeError("measurement")
    return Measurement(axes, _of(str, value, "unit"))


def _image(value: Json) -> Value:
    if not value.keys() <= set(Image._fields):
        raise ValueError("names that are not of the contract")
    study, series, sop_class, sop = (_of(str, value, name) for name in Image._fields[:4])
    frames = tuple(value.get("frames", ()))
    if not all(type(frame) is int for frame in frames):
        raise TypeError("frames")
    numbers = (_of(int, value, "series_number"), _of(int, value, "instance_number"))
    return Image(study, series, sop_class, sop, frames, *numbers)


def _scalar(kind: type[T], made: Callable[[T], Value]) -> Callable[[Json], Value]:
    def read(value: Json) -> Value:
        if type(value) is not kind:
            raise TypeError(kind.__name__)
        return made(value)

    return read


def _absent(value: Json) -> Value | None:
    return ABSENT[pb.AbsentReason.Value(value)]


_READERS: Final[Mapping[str, Callable[[Json], Value | None]]] = {
    "coded": _texts(Coded, Coded._fields),
    "quantity": _texts(Quantity, Quantity._fields),
    "integer": _scalar(int, Integer),
    "boolean": _scalar(bool, Boolean),
    "date": _scalar(str, Date),
    "date_time": _scalar(str, DateTime),
    "text": _scalar(str, Text),
    "levels": _texts(Levels, Levels._fields),
    "measurement": _measurement,
    "image": _image,
    "absent": _absent,
}

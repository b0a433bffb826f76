"""Draft on the wire and in the domain.

A form validates with every keystroke, so this is written for speed: no call per text, one reader per
kind of value, and suspicion instead of checks (see `guard.Texts`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, assert_never

from emh_report import limits
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
from emh_report.wire.guard import SuspiciousError, Texts

Reader = Callable[[pb.Item, Texts], Value | None]

MODES: Final[Mapping[pb.ReportMode.ValueType, ReportMode]] = {
    pb.REPORT_MODE_UNSPECIFIED: ReportMode.STANDALONE,
    pb.REPORT_MODE_STANDALONE: ReportMode.STANDALONE,
    pb.REPORT_MODE_COMPANION: ReportMode.COMPANION,
}
ABSENT: Final[Mapping[pb.AbsentReason.ValueType, Absent | None]] = {
    pb.ABSENT_REASON_UNSPECIFIED: None,  # the core reports an item without a value, with all other issues
    pb.ABSENT_REASON_UNKNOWN: Absent.UNKNOWN,
    pb.ABSENT_REASON_NOT_EVALUABLE: Absent.NOT_EVALUABLE,
    pb.ABSENT_REASON_NOT_APPLICABLE: Absent.NOT_APPLICABLE,
}


def read_draft(message: pb.Draft, texts: Texts) -> Draft:
    """Return the draft as typed. Raises SuspiciousError, or KeyError for a number that is not of its enum."""
    groups = message.groups
    counts = [len(group.items) for group in groups]
    if (
        len(counts) > limits.PARTS["Draft.groups"]
        or max(counts, default=0) > limits.PARTS["Group.items"]
        or len(message.overrides) > limits.PARTS["Draft.overrides"]
    ):
        raise SuspiciousError
    texts.ids += (message.template_id, message.template_version, message.template_hash)
    return Draft(
        message.template_id,
        message.template_version,
        tuple([_group(group, texts) for group in groups]),
        message.template_hash,
        MODES[message.mode],
        tuple([_override(override, texts) for override in message.overrides]),
    )


def _group(message: pb.Group, texts: Texts) -> Group:
    group_id, uid, ids, new = message.group_id, message.uid, texts.ids, tuple.__new__  # a third of the cost of Item()
    ids += (group_id, uid)
    items: list[Item] = []
    for item in message.items:
        field_id, kind = item.field_id, item.WhichOneof("value")
        if kind == "coded":
            coded = item.coded
            code, display, text = coded.code, coded.display, coded.text
            ids += (field_id, code, display)
            if text:
                texts.free.append(text)
            items.append(new(Item, (field_id, new(Coded, (code, display, text)))))
        else:
            ids.append(field_id)
            items.append(new(Item, (field_id, READERS[kind](item, texts) if kind else None)))
    return Group(group_id, uid, tuple(items))


def _override(message: pb.Override, texts: Texts) -> Override:
    override = Override(message.rule_id, message.group_uid, message.reason)
    texts.ids += override[:2]
    texts.free.append(override.reason)
    return override


def _quantity(item: pb.Item, texts: Texts) -> Value:
    quantity = item.quantity
    value = Quantity(quantity.value, quantity.unit)
    texts.ids += value
    return value


def _date(item: pb.Item, texts: Texts) -> Value:
    value = Date(item.date)
    texts.ids += value
    return value


def _date_time(item: pb.Item, texts: Texts) -> Value:
    value = DateTime(item.date_time)
    texts.ids += value
    return value


def _text(item: pb.Item, texts: Texts) -> Value:
    value = Text(item.text)
    texts.free += value
    return value


def _levels(item: pb.Item, texts: Texts) -> Value:
    levels = item.levels
    value = Levels(levels.upper, levels.lower, levels.numbering)
    texts.ids += value
    return value


def _measurement(item: pb.Item, texts: Texts) -> Value:
    measurement = item.measurement
    value = Measurement(tuple(measurement.axes), measurement.unit)
    if len(value.axes) > limits.PARTS["Measurement.axes"]:
        raise SuspiciousError
    texts.ids += value.axes
    texts.ids.append(value.unit)
    return value


def _image(item: pb.Item, texts: Texts) -> Value:
    image = item.image
    if len(image.frames) > limits.PARTS["ImageReference.frames"]:
        raise SuspiciousError
    uids = (image.study_instance_uid, image.series_instance_uid, image.sop_class_uid, image.sop_instance_uid)
    texts.ids += uids
    return Image(*uids, tuple(image.frames), image.series_number, image.instance_number)


READERS: Final[Mapping[str, Reader]] = {
    "quantity": _quantity,
    "integer": lambda item, _: Integer(item.integer),
    "boolean": lambda item, _: Boolean(item.boolean),
    "date": _date,
    "date_time": _date_time,
    "text": _text,
    "levels": _levels,
    "measurement": _measurement,
    "image": _image,
    "absent": lambda item, _: ABSENT[item.absent],
}
"""Reader of every kind of value but ``coded``, which is most of them and read in place."""


def write_draft(draft: Draft) -> pb.Draft:
    """Return ``draft`` as a message. Raises ValueError for a number or text that protobuf cannot carry."""
    message = pb.Draft(
        template_id=draft.template_id,
        template_version=draft.template_version,
        template_hash=draft.template_hash,
        mode=pb.REPORT_MODE_COMPANION if draft.mode is ReportMode.COMPANION else pb.REPORT_MODE_STANDALONE,
        overrides=[pb.Override(rule_id=o.rule_id, group_uid=o.group_uid, reason=o.reason) for o in draft.overrides],
    )
    for group in draft.groups:  # written in its place: a message that is put into another one is copied
        written = message.groups.add()
        written.group_id, written.uid = group.group_id, group.uid
        items = written.items
        for item in group.items:
            _write_item(items.add(), item)
    return message


_ABSENT_NUMBERS = {reason: number for number, reason in ABSENT.items() if reason is not None}


def _write_item(message: pb.Item, item: Item) -> None:
    message.field_id = item.field_id
    match item.value:
        case Coded(code, display, text):
            _write_coded(message.coded, code, display, text)
        case None:
            pass
        case Quantity(value, unit):
            message.quantity.value, message.quantity.unit = value, unit
        case Levels(upper, lower, numbering):
            message.levels.CopyFrom(pb.LevelRange(upper=upper, lower=lower, numbering=numbering))
        case Measurement(axes, unit):
            message.measurement.CopyFrom(pb.Measurement(axes=axes, unit=unit))
        case Image():
            message.image.CopyFrom(pb.ImageReference(**item.value._asdict()))
        case Absent():
            message.absent = _ABSENT_NUMBERS[item.value]
        case Integer() | Boolean() | Date() | DateTime() | Text():
            setattr(message, _SCALARS[type(item.value)], item.value.value)
        case _:
            assert_never(item.value)


def _write_coded(message: pb.Coded, code: str, display: str, text: str) -> None:
    """Write a choice: mostly nothing stands beside its code, and what is not written costs nothing."""
    message.code = code
    if display:
        message.display = display
    if text:
        message.text = text


_SCALARS: Final[Mapping[type, str]] = {
    Integer: "integer",
    Boolean: "boolean",
    Date: "date",
    DateTime: "date_time",
    Text: "text",
}

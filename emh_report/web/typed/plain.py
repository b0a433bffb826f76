"""Whole numbers, yes and no, dates and image references as text."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from emh_report.draft import Boolean, Date, DateTime, Image, Integer, Text, Value
from emh_report.template import Kind

_YES_NO: Final = {"yes": True, "y": True, "true": True, "no": False, "n": False, "false": False}
_WHOLE = re.compile(r"[+-]?\d{1,9}", re.ASCII)

_UIDS: Final[Mapping[str, str]] = {
    "sop": "sop_instance_uid",
    "class": "sop_class_uid",
    "series-uid": "series_instance_uid",
    "study": "study_instance_uid",
}
"""Words of an image reference and the UID they announce."""

_NUMBERS: Final[Mapping[str, str]] = {"series": "series_number", "image": "instance_number"}
_SHORT_IMAGE = re.compile(r"(\d{1,9})\s*/\s*(\d{1,9})", re.ASCII)
_UID = re.compile(r"[0-9.]+", re.ASCII)
_FRAMES = re.compile(r"\d{1,9}(,\d{1,9})*", re.ASCII)


def _integer(text: str) -> Value:
    return Integer(int(text)) if _WHOLE.fullmatch(text) else Text(text)


def _boolean(text: str) -> Value:
    answer = _YES_NO.get(text.casefold())
    return Text(text) if answer is None else Boolean(answer)


def _image(text: str) -> Value:
    """Return "3/45", "series 3 image 45 frames 1,2" or UIDs after sop, class, series-uid and study."""
    short = _SHORT_IMAGE.fullmatch(text)
    if short:
        return Image(series_number=int(short[1]), instance_number=int(short[2]))
    if _UID.fullmatch(text) and "." in text:
        return Image(sop_instance_uid=text)
    words = text.split()
    parts: dict[str, str] = dict(zip(words[::2], words[1::2], strict=False))
    if len(words) % 2 or len(parts) * 2 != len(words) or not parts.keys() <= {*_UIDS, *_NUMBERS, "frames"}:
        return Text(text)
    frames = parts.get("frames", "")
    if (frames and not _FRAMES.fullmatch(frames)) or not all(
        _WHOLE.fullmatch(parts[word]) for word in _NUMBERS.keys() & parts
    ):
        return Text(text)
    return Image(
        study_instance_uid=parts.get("study", ""),
        series_instance_uid=parts.get("series-uid", ""),
        sop_class_uid=parts.get("class", ""),
        sop_instance_uid=parts.get("sop", ""),
        frames=tuple(int(frame) for frame in frames.split(",") if frame),
        series_number=int(parts.get("series", "0")),
        instance_number=int(parts.get("image", "0")),
    )


READ: Final[Mapping[Kind, Callable[[str], Value]]] = {
    Kind.INTEGER: _integer,
    Kind.BOOLEAN: _boolean,
    Kind.DATE: Date,
    Kind.DATE_TIME: DateTime,
    Kind.IMAGE: _image,
}


def shown(value: Value) -> str:
    """Return a value of these kinds as text."""
    match value:
        case Boolean(answer):
            return "yes" if answer else "no"
        case Image():
            return _shown_image(value)
        case _:
            return str(value[0])


def _shown_image(value: Image) -> str:
    words = [f"{word} {number}" for word, name in _NUMBERS.items() if (number := getattr(value, name))]
    words += [f"frames {','.join(map(str, value.frames))}"] if value.frames else []
    words += [f"{word} {uid}" for word, name in _UIDS.items() if (uid := getattr(value, name))]
    return " ".join(words)

"""Values as they have to be spelled in a narrative; the reading side of words.py, which it does not use."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from emh_report.draft import Date, DateTime, Image, Integer, Text
from emh_report.report import Amount, Axes, Choice, LevelRange, Resolved
from emh_report.vocabulary import Term

PLURAL_UNITS: Final = {"days": "day", "weeks": "week", "months": "month", "years": "year"}


class Pointed(NamedTuple):
    """An image that the text refers to by its number in the report."""

    number: int
    image: Image


def squeezed(text: str) -> str:
    """Return ``text`` with every run of white space as one space."""
    return " ".join(text.split())


def listed(words: Sequence[str]) -> str:
    """Return the spelling of an enumeration."""
    *others, last = words
    if not others:
        return last
    closed = len(others) > 1 or {"and", "for", "or"} & set(others[0].split()) or {"and", "or"} & set(last.split())
    return f"{', '.join(others)}{',' if closed else ''} and {last}"


def listed_answers(words: Sequence[str]) -> str:
    """Return the spelling of several answers to one question, whose common noun is said once."""
    images = [word[:-7] for word in words if word.endswith(" images")]
    others = [word for word in words if not word.endswith(" images")]
    if len(images) > 1 and others:
        return f"{listed(images)} images, and {listed(others)}"
    noun = re.search(r" (?:signal|images|pain|imaged|variable between lesions)$", words[0])
    if noun is None or len(words) == 1 or not all(word.endswith(noun[0]) for word in words):
        return listed(words)
    return listed([word[: -len(noun[0])] for word in words]) + noun[0]


def on_both_sides(place: Choice) -> str:
    """Return the spelling of a place that is meant on both sides."""
    if place.term.needs_text:
        return f"{spelled(place)} on both sides"
    return f"{place.term.bilateral} ({squeezed(place.text)})" if place.text else place.term.bilateral


def spelled(value: Resolved | Pointed) -> str:  # noqa: PLR0911 - one line for each kind of value
    """Return the spelling of a value that is not yes, no or absent."""
    match value:
        case Choice(term, text):
            return squeezed(_choice(term, text) if text else term.phrase)
        case Amount(text, unit):
            return _with_unit(text, unit.code, unit.display)
        case Axes(texts, unit):
            return f"{' × '.join(texts)} {unit.display}"
        case LevelRange(upper, lower, numbering):
            ends = dict.fromkeys((upper.display, lower.display))
            return "–".join(ends) + (f" ({numbering.phrase})" if numbering else "")
        case DateTime(moment):
            return _moment(moment)
        case Image():
            return _image(value)
        case Pointed(number, image):
            return f"key image {number}" + (f" ({_image(image)})" if _image(image) else "")
        case Date(text) | Text(text):
            return squeezed(text)
        case Integer(number):
            return str(number)
        case _:
            raise TypeError(type(value).__name__)


def _choice(term: Term, text: str) -> str:
    if not term.needs_text:
        return f"{term.phrase} ({text.strip()})"
    return text if term.code == "other" else f"{term.phrase.removesuffix(' (free text required)')}: {text}"


def _with_unit(text: str, code: str, display: str) -> str:
    if code.endswith("}") and not code.startswith("{"):
        return f"{text} ({display})"
    if display in ("", "%"):
        return f"{text}{display}"
    return f"{text} {PLURAL_UNITS.get(display, display) if text == '1' else display}"


def _moment(text: str) -> str:
    """Return a moment with a space for T and its offset in brackets; seconds that are zero are left out."""
    if "T" not in text:
        return text
    clock = text[11:19] if text[17:19] != "00" or text[19] == "." else text[11:16]
    fraction, offset = text[19:], ""
    if fraction[-1] == "Z":
        fraction = fraction[:-1]
    else:
        fraction, offset = fraction[:-6], fraction[-6:]
    return f"{text[:10]} {clock}{fraction} (UTC{offset})"


def _image(image: Image) -> str:
    frames = [str(frame) for frame in image.frames]
    named = (
        ("series", str(image.series_number or "")),
        ("image", str(image.instance_number or "")),
        ("frames" if len(frames) > 1 else "frame", listed(frames) if frames else ""),
    )
    return ", ".join(f"{name} {value}" for name, value in named if value)


def uids(image: Image) -> str:
    """Return the spelling of the identifiers of an image; empty when it has none."""
    named = (
        ("SOP Instance UID", image.sop_instance_uid),
        ("SOP Class UID", image.sop_class_uid),
        ("Series Instance UID", image.series_instance_uid),
        ("Study Instance UID", image.study_instance_uid),
    )
    return ", ".join(f"{name} {value}" for name, value in named if value)

"""Values in words, exactly as entered: digits, decimals and units of an answer are never rewritten."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from emh_report.draft import Absent, Date, DateTime, Image, Integer, Text
from emh_report.report import Amount, Axes, Choice, LevelRange, Resolved
from emh_report.typed_answers import REASONS, unit_words

FREE_TERM = "other"
"""Code of the term that stands for nothing but its text."""

LENGTH_OF_DAY: Final = 10
"""Characters of a date that names a day; a month or a year has fewer."""

IMAGES: Final = " images"
"""A noun that an enumeration says once also where not all parts have it: they come first."""
SHARED: Final = (" signal", IMAGES, " pain", " imaged", " variable between lesions")
"""What an enumeration says once for all its parts. It needs no plural."""

CHANGED: Final = "changed by "
DECREASED: Final = "decreased by "
INCREASED: Final = "increased by "
"""What stands before a change, before one below zero, whose sign it says, and before one above zero."""

JOINED: Final = frozenset({"and", "or"})
COMPOUND: Final = JOINED | {"for"}
"""Words that let an enumeration of two read as one of something else: "splenectomy for trauma and hepatitis"."""

_NEWLINES = re.compile(r"\s*[\n\r\u2028\u2029]\s*")


class KeyImage(NamedTuple):
    """An image with identifiers, and its number in the report."""

    number: int
    image: Image


def to_words(value: Resolved) -> str:
    """Return a value in words. Yes and no are for the field to say (phrases.py)."""
    return _WORDS[type(value)](value)


def enumerate_words(parts: Sequence[str]) -> str:
    """Join ``parts`` as an enumeration: "a", "a and b", "a, b, and c", "a or b, and c"."""
    if len(parts) == 1:
        return parts[0]
    *others, last = parts
    comma = len(others) > 1 or not (COMPOUND.isdisjoint(others[0].split()) and JOINED.isdisjoint(last.split()))
    return f"{', '.join(others)}{',' if comma else ''} and {last}"


def enumerate_answers(parts: Sequence[str]) -> str:
    """Join answers to one question; a noun that ends all of them is said once: "intermediate and low signal"."""
    for noun in SHARED:
        of_noun = [part.removesuffix(noun) for part in parts if part.endswith(noun)]
        others = [part for part in parts if not part.endswith(noun)]
        if len(of_noun) > 1 and (not others or noun == IMAGES):
            rest = f", and {enumerate_words(others)}" if others else ""
            return f"{enumerate_words(of_noun)}{noun}{rest}"
    return enumerate_words(parts)


def capitalized(text: str) -> str:
    """Start a sentence with ``text``; a word with a capital inside (mTOR) stays as it is."""
    first = text[:1].upper()
    if first == text[:1] or len(first) != 1:  # nothing to do: most often, or nothing that can be done
        return text
    return first + text[1:] if text.split(maxsplit=1)[0].islower() else text


def inside(name: str) -> str:
    """Return a name for use inside a sentence; abbreviations and proper names keep their capitals."""
    head = name.split(" ", 1)[0].strip(",:;")
    ordinary = head[1:].replace("-", "").isalpha() and head[1:].islower() and head not in _NAMES
    return name[:1].lower() + name[1:] if ordinary else name


_NAMES = frozenset({"Doppler"})

label_inside = lru_cache(maxsize=4096)(inside)
"""``inside`` for labels of the catalog, of which there are few."""


def is_word(head: str) -> bool:
    """Whether ``head`` is an ordinary word with a capital, not an abbreviation."""
    return head[:1].isupper() and head[1:2].islower() and head.rstrip(":,").isalpha()


def sentence(text: str) -> str:
    """Return free text as a sentence: as typed, with a capital, and a full stop where the author left it open."""
    return capitalized(ended(text))


def ended(text: str) -> str:
    """Return free text as typed, closed by a full stop where the author left it open."""
    text = lines(text)
    return text if text.endswith((".", "!", "?", ":", ";")) else f"{text}."


def lines(text: str) -> str:
    """Return free text as typed, outer white space aside; its own line breaks are kept."""
    text = text.strip()
    return text if text.isprintable() else _NEWLINES.sub("\n", text)


def instant(text: str) -> str:
    """Return a date or date and time as given: "2026-05-04 10:31 (UTC+02:00)"; seconds unless zero."""
    day, separator, clock = text.partition("T")
    if not separator:
        return text
    zone = "" if clock.endswith("Z") else clock[-6:]
    time = clock.removesuffix(zone or "Z").removesuffix(":00")
    return f"{day} {time} (UTC{zone})"


def dated(before: str, moment: str) -> str:
    """Return what stands before a date with the preposition it needs: on a day, in a month or a year."""
    head = before.removesuffix("in ").removesuffix("on ")
    if head == before or head[-1:].isalnum():
        return before
    return f"{head}{'on' if len(moment) >= LENGTH_OF_DAY else 'in'} "


def changed(before: str, amount: str) -> tuple[str, str]:
    """Return what stands before a change and the change: "decreased by 33%" for "changed by -33%"."""
    if not before.endswith(CHANGED) or not any(digit in amount for digit in "123456789"):
        return before, amount
    way = DECREASED if amount.startswith("-") else INCREASED
    return f"{before.removesuffix(CHANGED)}{way}", amount.removeprefix("-")


def unrepeated(before: str, text: str) -> str:
    """Return free text without the word that stands before it: "if fever occurs" also where "If" was typed."""
    head, *rest = text.split(maxsplit=1)
    return rest[0] if rest and head.casefold() == before.strip() else text


def _choice(value: Choice) -> str:
    term, text = value
    if not text:
        return term.phrase
    if term.needs_text:
        return lines(text) if term.code == FREE_TERM else f"{_bare(term.phrase)}: {lines(text)}"
    return f"{term.phrase} ({lines(text)})"


def _bare(phrase: str) -> str:
    """Drop the note to the author that a term needs words."""
    return phrase.removesuffix(" (free text required)")


def _amount(value: Amount) -> str:
    unit = value.unit
    return value.text + unit_words(value.text, unit.code, unit.display)


def _axes(value: Axes) -> str:
    return f"{' × '.join(value.texts)} {value.unit.display}"


def _levels(value: LevelRange) -> str:
    upper, lower, numbering = value
    levels = upper.display if upper is lower else f"{upper.display}–{lower.display}"
    return f"{levels} ({numbering.phrase})" if numbering else levels


def _image(value: Image) -> str:
    """Words of an image that has no identifiers: the numbers by which a reader finds it."""
    parts = [
        f"series {value.series_number}" if value.series_number else "",
        f"image {value.instance_number}" if value.instance_number else "",
        _frames(value.frames),
    ]
    return ", ".join(part for part in parts if part)


def _key_image(value: KeyImage) -> str:
    found = _image(value.image)
    return f"key image {value.number}{f' ({found})' if found else ''}"


def identifiers(value: Image) -> str:
    """Return the identifiers by which a system finds an image; empty when it has none."""
    parts = [
        f"SOP Instance UID {value.sop_instance_uid}" if value.sop_instance_uid else "",
        f"SOP Class UID {value.sop_class_uid}" if value.sop_class_uid else "",
        f"Series Instance UID {value.series_instance_uid}" if value.series_instance_uid else "",
        f"Study Instance UID {value.study_instance_uid}" if value.study_instance_uid else "",
    ]
    return ", ".join(part for part in parts if part)


def _frames(frames: tuple[int, ...]) -> str:
    if not frames:
        return ""
    return f"frame{'s' if len(frames) > 1 else ''} {enumerate_words([str(frame) for frame in frames])}"


def _integer(value: Integer) -> str:
    return str(value.value)


def _as_typed(value: Date) -> str:
    return value.value


def _moment(value: DateTime) -> str:
    return instant(value.value)


def _text(value: Text) -> str:
    return lines(value.value)


_WORDS: Final[Mapping[type, Callable[..., str]]] = {
    Choice: _choice,
    Amount: _amount,
    Axes: _axes,
    LevelRange: _levels,
    Integer: _integer,
    Date: _as_typed,
    DateTime: _moment,
    Text: _text,
    Image: _image,
    KeyImage: _key_image,
    Absent: REASONS.__getitem__,
}

"""Answers of a critical finding in words: what was answered, with its polarity, side, place and level.

The core of the house knows no exporter, so that these words are made here; exporters print them as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from emh_report.draft import Boolean, Integer
from emh_report.report import Amount, Choice, LevelRange, ReportItem, Resolved
from emh_report.template import Field, GroupDefinition, Role

POLARITY: Final[Mapping[str, str]] = {
    "present": "{}",
    "yes": "{}",
    "suspected": "suspected {}",
    "indeterminate": "{} indeterminate",
    "equivocal": "{} equivocal",
    "absent": "no {}",
    "no": "no {}",
}
"""How answers of a vocabulary that only says whether something is there read."""
DOUBTS: Final = frozenset({"suspected", "indeterminate", "equivocal"})
ON_SIDE: Final[Mapping[str, str]] = {
    "left": "on the left",
    "right": "on the right",
    "bilateral": "on both sides",
    "midline": "in the midline",
}
NO_SIDE: Final = "unspecified"
BOTH_SIDES: Final = "bilateral"
IN_WORDS: Final = {word: word for word in ("left", "right", "midline", BOTH_SIDES)} | {"both": BOTH_SIDES}
"""Words by which free text says the side of what it names."""
JOINED: Final = ("(", "at ", "by ", "in ", "of ", "on ", "over ", "with ")
"""Openings by which the phrase of a question goes on from the question before it."""
SUBJECT: Final = frozenset({Role.SITE, Role.LATERALITY, Role.LEVELS, Role.PRESENCE, Role.ORGAN, Role.COMPLICATION})
"""Roles that say what and where a finding is, not what is critical about it."""


class Fact(NamedTuple):
    """Something that was answered. ``key`` is the question, ``codes`` the answers, ``side`` where it names one."""

    words: str
    key: str
    codes: frozenset[str]
    doubt: str = ""
    side: str = ""


def inside(name: str) -> str:
    """Return a name for use inside a sentence; abbreviations keep their capitals."""
    head = name.split(" ", 1)[0]
    return name[:1].lower() + name[1:] if head[1:].islower() or head[1:].replace("-", "").islower() else name


def capitalized(text: str) -> str:
    """Return text for the start of a line."""
    head = text.split(" ", 1)[0]
    return text[:1].upper() + text[1:] if head.islower() else text


def enumerated(parts: Sequence[str]) -> str:
    """Return "a", "a and b", or "a, b, and c"."""
    *others, last = parts
    if not others:
        return last
    return f"{', '.join(others)}{',' if len(others) > 1 else ''} and {last}"


def value_words(value: Resolved) -> str:
    """Return the words of a value that is neither yes, no nor absent."""
    match value:
        case Choice(term, text) if text and term.needs_text:
            name = term.phrase.removesuffix(" (free text required)")
            return _line(text) if term.code == "other" else f"{name}: {_line(text)}"
        case Choice(term, text):
            return f"{term.phrase} ({_line(text)})" if text else term.phrase
        case Amount(text, unit):
            return f"{text}{'' if unit.display in ('', '%') else ' '}{unit.display}"
        case LevelRange(upper, lower):
            return "–".join(dict.fromkeys((upper.display, lower.display)))
        case Integer(number):
            return str(number)
        case _:
            return ""


def _line(text: str) -> str:
    return " ".join(text.split())


def fact(definition: GroupDefinition, field: Field, items: Sequence[ReportItem], value: Resolved) -> Fact:
    """Return what one answer to ``field`` says, with the side and place asked right after it."""
    if isinstance(value, Boolean):
        return Fact(inside(field.label), field.id, frozenset({"yes"}))
    codes = frozenset({value.term.code}) if isinstance(value, Choice) else frozenset[str]()
    polar = field.vocabulary is not None and field.vocabulary.terms.keys() <= POLARITY.keys()
    if polar and isinstance(value, Choice):
        subject = field.phrase.replace("{value}", "").strip().removesuffix(":") or inside(field.label)
        beside = f" ({_line(value.text)})" if value.text else ""
        doubt = value.term.code if value.term.code in DOUBTS else ""
        return Fact(f"{POLARITY[value.term.code].format(subject)}{beside}", field.id, codes, doubt)
    words = value_words(value)
    framed = field.phrase.replace("{s}", "").replace("{value}", words)
    named = words if not field.phrase or _is_sentence(field.phrase) else framed
    more, side = _joined(definition, field, items)
    return Fact(" ".join((named, *more)), field.id, codes, side=side)


def _is_sentence(phrase: str) -> bool:
    """Whether a phrase starts a sentence of its own, as "The scan ..." does and "ESCC grade ..." does not."""
    return phrase[:1].isupper() and phrase[1:2].islower()


def _joined(definition: GroupDefinition, field: Field, items: Sequence[ReportItem]) -> tuple[list[str], str]:
    """Return the answers that go on from ``field`` in words, and the side among them."""
    found: list[str] = []
    side = ""
    fields = list(definition.fields.values())
    for following in fields[fields.index(field) + 1 :]:
        if not following.phrase.startswith(JOINED):
            break
        values = [item.value for item in items if item.field is following]
        words = [value_words(value) for value in values]
        if not all(words) or not words:
            continue
        code = values[0].term.code if isinstance(values[0], Choice) else ""
        if following.role is Role.LATERALITY:
            side = code
            found.append(ON_SIDE.get(code, f"({words[0]})"))
        else:
            found.append(following.phrase.replace("{s}", "").replace("{value}", enumerated(words)))
    return found, side


def located(side: str, place: str) -> str:
    """Return a name with a side as its adjective: "left pleura", "bilateral proptosis"."""
    if side and " " not in side:  # "side not stated" is no adjective
        return f"{side} {place}".strip()
    return ", ".join(part for part in (place, side) if part)


def placed(items: Iterable[ReportItem], role: Role) -> str:
    """Return the organ or site of a group with its side and levels: "both orbits", "left pleura"."""
    answers = {item.field.role: item.value for item in reversed(tuple(items))}
    place, side, levels = (answers.get(part) for part in (role, Role.LATERALITY, Role.LEVELS))
    if isinstance(place, Choice) and _says_side(place, side):
        where = value_words(place)
    elif isinstance(place, Choice) and side is not None and _is_both(side):
        where = _both(place)
    else:
        where = located(*(value_words(value) if value is not None else "" for value in (side, place)))
    return ", ".join(filter(None, (where, value_words(levels) if levels is not None else "")))


def _says_side(what: Choice, side: Resolved | None) -> bool:
    """Whether free text says the side of what it names, and no other: "left orbital fat"."""
    if not what.term.needs_text or not isinstance(side, Choice) or side.text:
        return False
    return {IN_WORDS[word] for word in re.findall(r"\w+", what.text.casefold()) if word in IN_WORDS} == {side.term.code}


def complication(items: Sequence[ReportItem]) -> str:
    """Return a complication with its side: "left hemothorax", "mediastinal shift to the left"."""
    answers = {item.field.role: item.value for item in reversed(items)}
    what, value = answers.get(Role.COMPLICATION), answers.get(Role.LATERALITY)
    side, name = first_words(items, Role.LATERALITY), inside(first_words(items, Role.COMPLICATION))
    if isinstance(what, Choice) and _says_side(what, value):
        return name
    if isinstance(what, Choice) and what.term.sided and side in ("left", "right"):
        return name.replace(what.term.phrase, what.term.sided.replace("{side}", side), 1)
    return located(side, name)


def _is_both(side: Resolved) -> bool:
    return isinstance(side, Choice) and side.term.code == BOTH_SIDES and not side.text


def _both(place: Choice) -> str:
    term, text = place
    if term.needs_text:
        return f"{value_words(place)} on both sides"
    return f"{term.bilateral} ({_line(text)})" if text else term.bilateral


def first_words(items: Iterable[ReportItem], role: Role) -> str:
    """Return the first answer in ``role`` in words; empty when there is none."""
    return next((value_words(item.value) for item in items if item.field.role is role), "")


def first_code(items: Iterable[ReportItem], role: Role) -> str:
    """Return the code of the first answer in ``role``; empty when there is none."""
    value = next((item.value for item in items if item.field.role is role), None)
    return value.term.code if isinstance(value, Choice) else ""

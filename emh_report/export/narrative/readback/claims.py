"""What a report claims, group by group, as the exact words its narrative has to contain.

A second transcription of the wording, on purpose: it shares no code with the modules that write the
narrative, so that a mistake in one of the two shows (readback.py compares them).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from emh_report.draft import Absent, Boolean
from emh_report.export.narrative.readback.spellings import listed, spelled, squeezed
from emh_report.report import Amount, Choice, ReportGroup, Resolved
from emh_report.template import Field, Kind, Role

POLAR: Final[Mapping[str, str]] = {
    "present": "{}",
    "yes": "{}",
    "absent": "no {}",
    "no": "no {}",
    "suspected": "suspected {}",
    "indeterminate": "{} indeterminate",
    "equivocal": "{} equivocal",
}
DOUBTED: Final = ("unlikely", "very-unlikely")
MISREAD: Final = {"without", "severe"}
"""Words after which a "no" at the start would be misread: "severe regurgitation: absent"."""
SIDES: Final = {"bilateral": "on both sides", "midline": "in the {value}"} | dict.fromkeys(
    ("left", "right"), "on the {value}"
)
GAPS: Final[Mapping[Absent, str]] = {
    Absent.UNKNOWN: "unknown",
    Absent.NOT_EVALUABLE: "not evaluable",
    Absent.NOT_APPLICABLE: "not applicable",
}
UNSTATED: Final = "presence not stated"


class Claim(NamedTuple):
    """Words that have to be there in one of these spellings; ``needed`` is false for what only may be there."""

    field_id: str
    spellings: tuple[str, ...]
    needed: bool = True
    sentence: bool = False


class Gap(NamedTuple):
    """A question that was answered with an absent reason."""

    field_id: str
    reason: str
    label: str


Opening = Iterator[tuple[Claim, Field | None]]
"""Claims that open a paragraph, with the question that each settles."""


def claims(group: ReportGroup) -> tuple[list[Claim], list[Gap]]:
    """Return what one group instance claims, and its gaps."""
    found: list[Claim] = []
    gaps: list[Gap] = []
    settled: set[Field | None] = set()
    for claim, asked in _OPENINGS[group.definition.role](group) if group.definition.role in _OPENINGS else ():
        found += [claim] if claim.spellings else []
        settled.add(asked)
    for asked, items in groupby(group.items, lambda item: item.field):
        values = [item.value for item in items]
        first = values[0]
        if asked in settled:
            continue
        if isinstance(first, Absent) and not (first is Absent.UNKNOWN and asked.says.unknown):
            gaps.append(Gap(asked.id, GAPS[first], asked.label))
        else:
            found += _claims_of(asked, values)
    if any(isinstance(item.value, Choice) and item.value.term.code == "solitary" for item in group.items):
        found = [claim._replace(needed=claim.needed and claim.spellings[0] != "1 counted") for claim in found]
    said = Counter(claim.spellings[0] for claim in found)
    return [_own_first(_unless_said(claim, found), said) for claim in found], gaps


def _own_first(claim: Claim, said: Mapping[str, int]) -> Claim:
    """Look for "T1 compared with: muscle" before "relative to muscle" where another answer reads the same."""
    alike = said[claim.spellings[0]] > 1 and claim.spellings[0].startswith(("at ", "in ", "of ", "relative "))
    return claim._replace(spellings=claim.spellings[::-1]) if alike else claim


def _unless_said(claim: Claim, stated: Sequence[Claim]) -> Claim:
    """Waive "with MR" where another answer, such as "MR of the whole spine", says it."""
    value = claim.spellings[0].removeprefix("with ")
    others = (other.spellings[0].split() for other in stated if other is not claim)
    waived = value != claim.spellings[0] and any(value in words for words in others)
    return claim._replace(needed=False) if waived else claim


def _claims_of(asked: Field, values: Sequence[Resolved]) -> Iterator[Claim]:
    first = values[0]
    if isinstance(first, Absent):
        yield Claim(asked.id, (squeezed(asked.says.unknown).rstrip("."),))
    elif isinstance(first, Boolean):
        if first.value or not asked.says.quiet:
            yield _clause_claim(asked, yes=first.value)
    elif asked.kind is Kind.TEXT:
        for value in values:
            yield _text_claim(asked, spelled(value))
    elif _is_polar(asked) and len(values) == 1 and isinstance(first, Choice):
        yield Claim(asked.id, (POLAR[first.term.code].format(_subject(asked)) + _beside(first),))
    else:
        words = list(dict.fromkeys(spelled(value) for value in values))
        frame = _frame(asked, several=len(words) > 1)
        if words == ["no"] and isinstance(first, Choice) and "{value} " not in frame:
            words = [first.term.display.casefold()]
        if isinstance(first, Amount) and frame.startswith(f"{first.unit.display} "):
            words = [first.text]
        frame = _about(asked, frame, first)
        framed = frame.replace("{value}", listed(words))
        if len(values) == 1 and isinstance(first, Choice) and first.text and not first.term.needs_text:
            framed = frame.replace("{value}", first.term.phrase) + _beside(first)
        yield Claim(asked.id, (squeezed(framed), f"{asked.label}: {listed(words)}"))


def _clause_claim(asked: Field, *, yes: bool) -> Claim:
    clause = (asked.says.true if yes else asked.says.false).rstrip(".")
    return Claim(asked.id, (squeezed(clause) or f"{asked.label}: {'yes' if yes else 'no'}",))


def _text_claim(asked: Field, text: str) -> Claim:
    """Return the claim of free text: alone or after a colon it is a sentence, otherwise part of one."""
    before, _, after = _frame(asked, several=False).partition("{value}")
    alone = not after and (not before or before.endswith(": "))
    words = squeezed(f"{before}{text}{after}")
    return Claim(asked.id, (words, f"{asked.label}: {text}"), sentence=alone)


def _frame(asked: Field, *, several: bool) -> str:
    named = not asked.phrase or (asked.role is Role.DIFFERENTIAL and asked.phrase == "{value}")
    frame = f"{asked.label}: {{value}}" if named else asked.phrase
    return frame.replace("{s}", "s" if several else "")


def _about(asked: Field, frame: str, value: Resolved) -> str:
    """Return the frame of a side that goes on, or of a certainty that needs a subject: "this may represent ..."."""
    if asked.role is Role.LATERALITY and frame == "({value})" and isinstance(value, Choice) and not value.text:
        return SIDES.get(value.term.code, frame)
    if asked.role is not Role.CERTAINTY or not isinstance(value, Choice) or not frame.startswith("{value}"):
        return frame
    if value.term.code == "may-represent":
        return f"this {frame}"
    return f"{frame.removeprefix('{value}').strip()} is {{value}}" if value.term.code in DOUBTED else frame


def _is_polar(asked: Field) -> bool:
    return asked.vocabulary is not None and set(asked.vocabulary.terms) <= set(POLAR)


def _subject(asked: Field) -> str:
    subject = squeezed(asked.phrase.replace("{value}", "")).removesuffix(":").strip()
    return subject or asked.label


def _beside(choice: Choice) -> str:
    return f" ({squeezed(choice.text)})" if choice.text else ""


def _first(group: ReportGroup, role: Role) -> tuple[Field | None, Resolved | None]:
    """Return the first question that plays ``role``, and its answer."""
    asked = next((field for field in group.definition.fields.values() if field.role is role), None)
    return asked, next((item.value for item in group.items if item.field is asked), None)


def _answer(group: ReportGroup, role: Role) -> tuple[Field | None, str]:
    """Return the first question that plays ``role`` when it has a value, and the value in words."""
    asked, value = _first(group, role)
    return (None, "") if value is None or isinstance(value, Absent) else (asked, spelled(value))


def _located(side: str, place: str, levels: str = "") -> str:
    adjective = side if " " not in side else ""
    parts = (f"{adjective} {place}", "" if adjective else side, levels)
    return ", ".join(part.strip() for part in parts if part.strip())


def _finding(group: ReportGroup) -> Opening:
    (side_asked, side), (asked, site) = _answer(group, Role.LATERALITY), _answer(group, Role.SITE)
    levels_asked, levels = _answer(group, Role.LEVELS)
    place = squeezed(_located(side, site, levels))
    yield Claim("place", (place,) if place else ()), asked
    yield Claim("", ()), side_asked
    yield Claim("", ()), levels_asked
    presence, value = _first(group, Role.PRESENCE)
    if presence is not None and value is None:
        yield Claim(presence.id, (UNSTATED,)), presence
    elif presence is not None and isinstance(value, Choice) and value.term.code == "present":
        needed = len(group.items) == 1 or bool(value.text)
        yield Claim(presence.id, (f"{_subject(presence)} present{_beside(value)}",), needed=needed), presence


def _organ(group: ReportGroup) -> Opening:
    (organ_asked, organ), (side_asked, side) = _answer(group, Role.ORGAN), _answer(group, Role.LATERALITY)
    if organ_asked is not None:
        noun, bracket, beside = organ.partition(" (")
        endings = ("", "s", "e") if side.startswith("bilateral") else ("",)
        names = (f"{noun}{ending}{bracket}{beside}" for ending in endings)
        yield Claim(organ_asked.id, tuple(_located(side, name) for name in names)), organ_asked
        yield Claim("", ()), side_asked


def _complication(group: ReportGroup) -> Opening:
    (what_asked, what), (side_asked, side) = _answer(group, Role.COMPLICATION), _answer(group, Role.LATERALITY)
    (levels_asked, levels), (presence, value) = _answer(group, Role.LEVELS), _first(group, Role.PRESENCE)
    name = _located(side, what or group.definition.title.casefold())
    if levels_asked is not None:
        framed = _frame(levels_asked, several=False).replace("{value}", levels)
        name = f"{name} {framed}" if framed[:3] == "at " else f"{name}, {framed}"
    if isinstance(value, Choice):
        words = POLAR[value.term.code].format(name) if value.term.code in POLAR else f"{name}: {spelled(value)}"
        if value.term.code == "absent" and _holds(group, MISREAD):
            words = f"{name}: absent"
        words += _beside(value) if value.term.code in POLAR else ""
    else:
        words = f"{name}: {UNSTATED if value is None else GAPS[value] if isinstance(value, Absent) else ''}"
    yield Claim("complication", (squeezed(words),)), what_asked
    for asked in (side_asked, levels_asked, presence):
        yield Claim("", ()), asked
    yield from _degree(group, absent=isinstance(value, Choice) and value.term.code == "absent")


def _holds(group: ReportGroup, words: Collection[str]) -> bool:
    """Whether the term of a complication has one of these words."""
    _, what = _first(group, Role.COMPLICATION)
    return isinstance(what, Choice) and any(word in words for word in what.term.phrase.casefold().split())


def _degree(group: ReportGroup, *, absent: bool) -> Opening:
    """A degree of what is absent stands by its label; one that is part of the name is not said again."""
    for item in group.items:
        if item.field.role is not Role.FEATURE or item.field.repeats or not isinstance(item.value, Choice):
            continue
        words = spelled(item.value)
        if absent:
            words = item.value.term.display.casefold() if words == "no" else words
            yield Claim(item.field.id, (f"{item.field.label}: {words}",)), item.field
        elif _holds(group, {words}):
            yield Claim("", ()), item.field


def _cause(group: ReportGroup) -> Opening:
    asked, status = _answer(group, Role.CAUSE_STATUS)
    if asked is not None:
        yield Claim(asked.id, (f", {status}",)), asked


def is_about_lesions(group: ReportGroup) -> bool:
    """Whether conclusion and certainty are one sentence about lesions: neither denies the other."""
    (asked, value), (certain, sure) = _first(group, Role.IMPRESSION), _first(group, Role.CERTAINTY)
    if not isinstance(sure, Choice) or certain is None:
        return False
    if not isinstance(value, Choice) or asked is None:
        return True
    if value.text or not certain.phrase.startswith("{value} "):
        return False
    agrees = value.term.code == "present" and sure.term.code not in DOUBTED
    return agrees or value.term.code == "indeterminate"


def _impression(group: ReportGroup) -> Opening:
    """Conclusion and certainty are one sentence; its subject is for surroundings.py to check."""
    (asked, value), (certain, sure) = _first(group, Role.IMPRESSION), _first(group, Role.CERTAINTY)
    stated = value if isinstance(value, Choice) else None
    if certain is None or not isinstance(sure, Choice):
        if asked is not None and stated is not None and stated.term.code == "present" and _is_polar(asked):
            yield Claim(asked.id, (f"{_subject(asked)} present{_beside(stated)}",)), asked
        return
    words, noun = spelled(sure), squeezed(certain.phrase.replace("{value}", ""))
    if is_about_lesions(group):
        doubtful = stated is not None and stated.term.code == "indeterminate"
        claim = Claim(certain.id, tuple(_predicates(words, noun, sure.term.code, doubtful=doubtful)))
    else:
        found = POLAR[stated.term.code].format(_subject(asked)) if stated and asked else ""
        found += " present" if stated and stated.term.code == "present" else ""
        denied = stated is not None and stated.term.code == "absent" and sure.term.code in DOUBTED
        plain = denied and stated is not None and not stated.text and certain.phrase.startswith("{value} ")
        ending = f"it is {words}" if plain else f"{certain.label.casefold()}: {words}"
        claim = Claim(certain.id, (f"{found}{_beside(stated) if stated else ''}; {ending}",))
    yield claim, certain
    if stated is not None:
        yield Claim("", ()), asked


def _predicates(words: str, noun: str, code: str, *, doubtful: bool) -> Iterator[str]:
    for verb in ("is", "are"):
        start = f"{verb} indeterminate and " if doubtful else "" if code == "may-represent" else f"{verb} "
        yield f"{start}{words} {'to be ' if code in DOUBTED else ''}{noun}"


_OPENINGS: Final[Mapping[Role, Callable[[ReportGroup], Opening]]] = {
    Role.FINDING: _finding,
    Role.ORGAN: _organ,
    Role.COMPLICATION: _complication,
    Role.CAUSE: _cause,
    Role.IMPRESSION: _impression,
}

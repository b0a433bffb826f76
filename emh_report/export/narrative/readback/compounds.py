"""Claims of answers that are one phrase: "small multifocal masses", "measuring 6 mm on ultrasound".

The reading side of compounds.py, which it does not use. Order is not looked at: a claim is where its words are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from emh_report.draft import Boolean
from emh_report.export.narrative.readback.claim import Stated, frame
from emh_report.export.narrative.readback.spellings import listed, spelled
from emh_report.report import Amount, Axes, Choice
from emh_report.template import Kind, Role

SIZES: Final = frozenset({"tiny", "small", "large", "huge", "extensive"})
MANY: Final = ("multifocal-masses", "2-5", "6-10", "more-than-10", "innumerable")
GOES_ON: Final = ("after", "at", "by", "from", "in", "of", "on", "over", "relative", "to", "up", "with", "(")
"""By what an answer goes on from the one before."""


def compounds(stated: Sequence[Stated]) -> list[Stated]:
    """Return what is stated with one claim for answers that are one phrase."""
    found = list(stated)
    for join in (_size, _method, _images, _nouns, _pattern, _biopsy, _sentences, _fluid, _prefix, _date, _largest):
        found = join(found)
    return found


def _words(one: Stated, words: str) -> Stated:
    return one._replace(claim=one.claim._replace(spellings=(words,)))


def _plain(one: Stated) -> bool:
    """Whether an answer is a term, with nothing beside it, in a clause of a sentence."""
    return isinstance(one.value, Choice) and (one.value.text == "" or one.value.term.needs_text) and _clause(one)


def _clause(one: Stated) -> bool:
    head = frame(one.asked, several=False)
    goes_on = head.startswith("(") or head.split(" ", 1)[0] in GOES_ON
    return one.asked.kind not in (Kind.TEXT, Kind.BOOLEAN) and not goes_on and not re.match("[A-Z][a-z]", head)


def _is_number(one: Stated) -> bool:
    return isinstance(one.value, Amount | Axes)


def _size(found: list[Stated]) -> list[Stated]:
    """Take a size in words with the masses it is of; before a number it is a claim of its own."""
    size = next(
        (
            one
            for one in found
            if isinstance(one.value, Choice)
            and one.value.term.vocabulary_id == "size-descriptor"
            and one.value.term.code in SIZES
            and not one.value.text
        ),
        None,
    )
    mass = next(
        (
            one
            for one in found
            if isinstance(one.value, Choice)
            and one.value.term.code in ("focal-mass", "multifocal-masses")
            and not one.value.text
        ),
        None,
    )
    numbers = [one for one in found if frame(one.asked, several=False).startswith("measuring ") and _is_number(one)]
    if size is None or not (mass or numbers):
        return found
    rest = [one for one in found if one is not size]
    if mass is not None:
        return [_words(one, f"{spelled(size.value)} {spelled(mass.value)}") if one is mass else one for one in rest]
    start = rest.index(numbers[0])
    return [*rest[:start], size, *rest[start:]]


def _method(found: list[Stated]) -> list[Stated]:
    """Join one number and what it was measured on."""
    now = [one for one in found if one.asked.role is not Role.CHANGE]
    for two, one, method in zip([None, *now], now, now[1:], strict=False):
        words = method.claim.spellings[0]
        if not words.startswith("measured ") or not _is_number(one) or not _clause(one):
            continue
        alone = frame(one.asked, several=False).endswith("{value}")
        of = "length" if words.startswith("measured on ") else "hounsfield"
        fits = isinstance(one.value, Amount | Axes) and one.value.unit.dimension == of
        if alone and fits and not (two and _is_number(two) and two.asked.role is one.asked.role):
            joined = _words(one, f"{one.claim.spellings[0]} {words.removeprefix('measured ')}")
            found = [joined if other is one else other for other in found if other is not method]
    return found


def _images(found: list[Stated]) -> list[Stated]:
    """Join one signal on several images, where all are relative to the same tissue."""
    units: list[list[Stated]] = []
    for one in found:
        goes_on = units and frame(one.asked, several=False).startswith("relative ") and _image(units[-1][0])
        units = [*units[:-1], [*units[-1], one]] if goes_on and len(units[-1]) == 1 else [*units, [one]]
    rest: list[list[Stated]] = []
    images: list[str] = []
    for unit in units:
        image = _image(unit[0])
        if image and rest and images and _signal(rest[-1], images) == _signal(unit, [image]):
            images.append(image)
            first = rest[-1][0]
            words = first.claim.spellings[0]
            rest[-1][0] = _words(first, f"{words[: words.rindex(' on ')]} on {listed(images)}")
        else:
            images = [image] if image else []
            rest.append(unit)
    return [one for unit in rest for one in unit]


def _image(one: Stated) -> str:
    framed = frame(one.asked, several=False)
    return framed.rpartition(" on ")[2] if _plain(one) and "{value} on " in framed else ""


def _signal(unit: Sequence[Stated], images: Sequence[str]) -> tuple[str, str, bool]:
    words = unit[0].claim.spellings[0].removesuffix(f" on {listed(images)}")
    reference = unit[1].claim.spellings[0] if len(unit) > 1 else ""
    return words, reference, unit[0].asked.role is Role.CHANGE


def _nouns(found: list[Stated]) -> list[Stated]:
    """Join adjectives whose noun the answer before starts with: "FDG uptake above liver, mild and focal"."""
    rest: list[Stated] = []
    noun, adjectives = "", list[str]()
    for one in found:
        words = one.claim.spellings[0]
        if noun and frame(one.asked, several=False) == f"{{value}} {noun}" and _plain(one) and words[:3] != "no ":
            adjectives.append(words.removesuffix(f" {noun}"))
            rest = [*(rest if len(adjectives) == 1 else rest[:-1]), _words(one, listed(adjectives))]
            continue
        before = frame(one.asked, several=False).partition("{value}")[0].split()
        denied = re.search(r"\b(?:no|not|absent)\b", words) is not None
        noun, adjectives = before[-1] if before and _clause(one) and not denied else "", []
        rest.append(one)
    return rest


def _pattern(found: list[Stated]) -> list[Stated]:
    """Join a pattern and the noun it is of: "mild heterogeneous enhancement"."""
    rest: list[Stated] = []
    for one in found:
        of = re.match(r"(\w+) pattern \{value\}", frame(one.asked, several=False))
        before = rest[-1].claim.spellings[0] if rest and _plain(rest[-1]) else ""
        if of and before.endswith(f" {of[1]}") and not before.startswith("no ") and _plain(one):
            how = one.claim.spellings[0].removeprefix(f"{of[1]} pattern ")
            words = f"{before.removesuffix(of[1])}{how} {of[1]}"
            rest[-1] = _words(rest[-1], f"{before}, {how}" if " without " in how else words)
        else:
            rest.append(one)
    return rest


def _biopsy(found: list[Stated]) -> list[Stated]:
    """Say by what a biopsy is guided."""
    guided = [
        one
        for before, one in pairwise(found)
        if before.claim.spellings[0].endswith("biopsy") and frame(one.asked, several=False) == "with {value}"
    ]
    return [
        _words(one, one.claim.spellings[0].replace("with ", "guided by ", 1)) if one in guided else one for one in found
    ]


def _sentences(found: list[Stated]) -> list[Stated]:
    """Join two sentences, both yes or both no, that start with the same three words or more."""
    rest: list[Stated] = []
    for one in found:
        before = rest[-1] if rest else None
        if before is None or not isinstance(one.value, Boolean) or before.value != one.value:
            rest.append(one)
            continue
        first, words = before.claim.spellings[0].split(), one.claim.spellings[0].split()
        alike = next((at for at, pair in enumerate(zip(first, words, strict=False)) if pair[0] != pair[1]), 0)
        if alike < len(("the", "same", "words")):
            rest.append(one)
        else:
            link = "and" if one.value.value else "or"
            rest[-1] = _words(before, " ".join([*first, link, *words[alike:]]))
    return rest


def _fluid(found: list[Stated]) -> list[Stated]:
    """Join how much fluid there is and of which sort."""
    much = next((one for one in found if _plain(one) and one.claim.spellings[0].endswith(" of fluid")), None)
    sort = next((one for one in found if _plain(one) and frame(one.asked, several=False) == "{value} fluid"), None)
    if much is None or sort is None:
        return found
    words = f"{much.claim.spellings[0].removesuffix('fluid')}{sort.claim.spellings[0]}"
    return [_words(one, words) if one is much else one for one in found if one is not sort]


def _prefix(found: list[Stated]) -> list[Stated]:
    """Leave out the number "diffuse" behind a pattern that says it first."""
    rest: list[Stated] = []
    for one in found:
        diffuse = isinstance(one.value, Choice) and one.value.term.vocabulary_id == "lesion-number"
        before = rest[-1].claim.spellings[0] if rest and _plain(rest[-1]) else ""
        said = diffuse and one.claim.spellings[0] == "diffuse" and before.startswith("diffuse ")
        rest += [] if said else [one]
    return rest


def _date(found: list[Stated]) -> list[Stated]:
    """Leave out a yes of which the next answer says when it was."""
    return [
        one
        for one, after in zip(found, [*found[1:], None], strict=False)
        if not (one.value == Boolean(value=True) and after is not None and _is_of(after, one))
    ]


def _is_of(after: Stated, one: Stated) -> bool:
    noun = one.claim.spellings[0].split()[-1]
    return _clause(after) and frame(after.asked, several=False).startswith(f"{noun} ")


def _largest(found: list[Stated]) -> list[Stated]:
    """Take the size of an entry of several lesions as that of the largest."""
    if not any(isinstance(one.value, Choice) and one.value.term.code in MANY for one in found):
        return found
    size = next((one for one in found if frame(one.asked, several=False).startswith("measuring {value}")), None)
    return [_words(one, f"the largest {one.claim.spellings[0]}") if one is size else one for one in found]

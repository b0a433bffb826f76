"""Answers one behind the other whose common words are said once: "measuring 8 mm on the right, 9 mm on the left"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from emh_report.draft import Absent
from emh_report.export.narrative.readback.claim import Claim, Stated, frame, is_polar
from emh_report.report import Amount, Axes, Choice, ReportGroup, Resolved
from emh_report.template import Field, Kind, Role

GOES_ON: Final = frozenset({"after", "at", "by", "from", "in", "of", "on", "over", "relative", "to", "up", "with"})
"""Words by which an answer goes on from the one before, so that the two have nothing in common."""


def together(group: ReportGroup, stated: Sequence[Stated]) -> list[Claim]:
    """Return the claims of a group; of two that share words, one that says those words once."""
    found: list[Stated] = []
    for one in stated:
        before, after = _common(group, found[-1], one) if found else ("", "")
        if found and _is_again(group, found[-1], one):
            last = found.pop().claim
            number = one.claim.spellings[0].removeprefix(_around(one.asked)[0])
            found.append(one._replace(claim=last._replace(spellings=(f"{last.spellings[0]} ({number})",))))
        elif before or after:
            last = found.pop().claim
            words = f"{last.spellings[0].removesuffix(after)}, {one.claim.spellings[0].removeprefix(before)}"
            found.append(one._replace(claim=last._replace(spellings=(words,))))
        else:
            found.append(one)
    return [one.claim for one in found]


def _is_again(group: ReportGroup, one: Stated, other: Stated) -> bool:
    """Whether two quantities are one in two units, asked in the same words."""
    frames = {frame(asked, several=False) for asked in (one.asked, other.asked)}
    both = (
        isinstance(one.value, Amount) and isinstance(other.value, Amount) and _are_alike(group, one.asked, other.asked)
    )
    return both and len(frames) == 1 and re.fullmatch(r"[a-zA-Z*].* \{value\}", next(iter(frames))) is not None


def _common(group: ReportGroup, one: Stated, other: Stated) -> tuple[str, str]:
    """Return what two sizes start with, or what two adjectives stand before."""
    if not _are_alike(group, one.asked, other.asked):
        return "", ""
    (before, after), (before_other, after_other) = _around(one.asked), _around(other.asked)
    head = re.match(r"([a-z]+) (?:(?:for|in|on|since) )?$", before)
    if head and before != before_other and re.fullmatch(rf"{head[1]} (?:(?:for|in|on|since) )?", before_other):
        return f"{head[1]} ", ""
    words, others = one.claim.spellings[0], other.claim.spellings[0]
    if before and before == before_other and isinstance(one.value, Amount | Axes):
        sizes = isinstance(other.value, Amount | Axes) and words.removeprefix("the largest ").startswith(before)
        return (before, "") if sizes and others.startswith(before) and not _is_sentence(before) else ("", "")
    adjectives = bool(after) and after == after_other and not before and not before_other
    plain = (
        isinstance(one.value, Choice) and isinstance(other.value, Choice) and not _denies(one) and not _denies(other)
    )
    return ("", after) if adjectives and plain and words.endswith(after) and others.endswith(after) else ("", "")


def _are_alike(group: ReportGroup, one: Field, other: Field) -> bool:
    """Whether two questions are of one sort and in one part of the paragraph."""
    fields = list(group.definition.fields.values())
    between = fields[fields.index(one) : fields.index(other)]
    return (
        group.definition.role is not Role.IMPRESSION
        and one.role is other.role
        and not any(asked.kind in (Kind.TEXT, Kind.BOOLEAN) or is_polar(asked) for asked in (one, other))
        and not any(asked.role in (Role.CERTAINTY, Role.BASIS) for asked in between)
    )


def _around(asked: Field) -> tuple[str, str]:
    before, _, after = frame(asked, several=False).partition("{value}")
    return before, after


def _is_sentence(before: str) -> bool:
    head = before.split(maxsplit=1)[0]
    return head in GOES_ON or head.startswith("(") or (head[:1].isupper() and head[1:2].islower())


def _denies(stated: Stated) -> bool:
    """Whether an answer is a "no", which is of its own noun only."""
    return isinstance(stated.value, Choice) and stated.value.term.phrase.split()[:1] == ["no"]


def unmeasured(group: ReportGroup) -> list[tuple[Field, Resolved]]:
    """Return the answers without those that another one says with its number: "midline shift", "midline shift 6 mm".

    So does a size on one side with the size of the largest lesion: "measuring 62 mm on the right".
    """
    measured = {
        frame(item.field, several=False).partition("{value}")[0].strip()
        for item in group.items
        if isinstance(item.value, Amount) and item.field.role is Role.MEASUREMENT
    }
    by_side = [
        (field.phrase.rpartition(" on the ")[0], value.texts, value.unit)
        for field, value in group.items
        if isinstance(value, Axes) and field.phrase.endswith((" on the left", " on the right"))
    ]
    expanded = _expanded(group)
    return [
        (item.field, item.value)
        for item in group.items
        if item.field.id not in expanded
        and not (isinstance(item.value, Choice) and not item.value.text and item.value.term.phrase in measured)
        and not (isinstance(item.value, Axes) and (item.field.phrase, item.value.texts, item.value.unit) in by_side)
    ]


def _expanded(group: ReportGroup) -> set[str]:
    """Return the questions whose answers a degree says: rib expansion in the ribs, beside severe rib expansion.

    That its place is not known is not said by it.
    """
    answers: dict[str, list[str]] = {}
    for field, value in group.items:
        plain = isinstance(value, Choice) and not value.text
        code = value.term.code if isinstance(value, Choice) and plain else ""
        answers.setdefault(field.id, []).append("unplaced" if isinstance(value, Absent) else code)
    degree = answers.get("rib-expansion", [""])[0] in ("mild", "moderate", "severe", "massive")
    if not degree or answers.get("bone-change") != ["rib-expansion"]:
        return set()
    where = answers.get("bone-location", ["ribs"])
    if where == ["unplaced"]:
        return {"bone-change"}
    return {"bone-change", "bone-location"} if where == ["ribs"] else set()

"""What a report claims, group by group, as the exact words its narrative has to contain.

A second transcription of the wording, on purpose: it shares no code with the modules that write the
narrative, so that a mistake in one of the two shows (readback.py compares them).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from emh_report.draft import Absent, Boolean, Date, DateTime
from emh_report.export.narrative.readback.claim import (
    DOUBTED,
    GAPS,
    POLAR,
    SIDES,
    WHEN,
    Claim,
    Gap,
    Stated,
    beside,
    frame,
    is_polar,
    subject,
)
from emh_report.export.narrative.readback.compounds import compounds
from emh_report.export.narrative.readback.openings import OPENINGS
from emh_report.export.narrative.readback.shared import together, unmeasured
from emh_report.export.narrative.readback.spellings import listed_answers, spelled, squeezed
from emh_report.report import Amount, Choice, ReportGroup, Resolved
from emh_report.template import Field, Kind, Role


def claims(group: ReportGroup) -> tuple[list[Claim], list[Gap]]:
    """Return what one group instance claims, and its gaps."""
    found: list[Claim] = []
    gaps: list[Gap] = []
    settled: set[Field | None] = set()
    for claim, asked in OPENINGS[group.definition.role](group) if group.definition.role in OPENINGS else ():
        found += [claim] if claim.spellings else []
        settled.add(asked)
    stated: list[Stated] = []
    for asked, answers in groupby(unmeasured(group), lambda answer: answer[0]):
        values = [value for _, value in answers]
        first = values[0]
        if asked in settled:
            continue
        if isinstance(first, Absent) and not (first is Absent.UNKNOWN and asked.says.unknown):
            whether = asked.role is Role.IMPRESSION and is_polar(asked)
            gaps.append(Gap(asked.id, GAPS[first], f"presence of {subject(asked)}" if whether else asked.label))
        else:
            alone = not stated
            stated += [Stated(asked, first, claim) for claim in _claims_of(asked, values)]
            stated = [_noun_first(one) for one in stated] if alone else stated
    found += together(group, stated if group.definition.role is Role.IMPRESSION else compounds(stated))
    if any(isinstance(item.value, Choice) and item.value.term.code == "solitary" for item in group.items):
        found = [claim._replace(needed=claim.needed and claim.spellings[0] != "(1 counted)") for claim in found]
    said = Counter(claim.spellings[0] for claim in found)
    return [_own_first(_unless_said(claim, found), said) for claim in found], gaps


def _own_first(claim: Claim, said: Mapping[str, int]) -> Claim:
    """Look for "T1 compared with: muscle" before "relative to muscle" where another answer reads the same."""
    alike = said[claim.spellings[0]] > 1 and claim.spellings[0].startswith(
        ("(", "at ", "in ", "of ", "on ", "relative ")
    )
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
    elif is_polar(asked) and len(values) == 1 and isinstance(first, Choice):
        yield Claim(asked.id, (POLAR[first.term.code].format(subject(asked)) + beside(first),))
    else:
        words = list(dict.fromkeys(spelled(value) for value in values))
        phrase = frame(asked, several=len(words) > 1)
        if words == ["no"] and isinstance(first, Choice) and "{value} " not in phrase:
            words = [first.term.display.casefold()]
        if isinstance(first, Amount):
            phrase, words = _quantity(phrase, words, first)
            words = _of_pregnancy(asked, first) or words
        phrase = _about(asked, phrase, first)
        framed = phrase.replace("{value}", listed_answers(words))
        if len(values) == 1 and isinstance(first, Choice) and first.text and not first.term.needs_text:
            framed = phrase.replace("{value}", first.term.phrase) + beside(first)
        yield Claim(asked.id, (*_with_noun(squeezed(framed)), f"{asked.label}: {listed_answers(words)}"))


def _quantity(phrase: str, words: list[str], value: Amount) -> tuple[str, list[str]]:
    """Return frame and number without a unit, or a sign, that the frame says."""
    if phrase.startswith(f"{value.unit.display} "):
        return phrase, [value.text]
    if "changed by {value}" in phrase and float(value.text):
        way = "decreased" if float(value.text) < 0 else "increased"
        return phrase.replace("changed by", f"{way} by"), [words[0].removeprefix("-")]
    return phrase, words


def _of_pregnancy(asked: Field, value: Amount) -> list[str]:
    """Return whole days of what is asked in weeks or days as weeks and days."""
    if set(asked.units or ()) != {"d", "wk"} or value.unit.code != "d" or not value.text.isdigit():
        return []
    weeks, days = int(value.text) // 7, int(value.text) % 7
    return [f"{weeks} week{'s' * (weeks != 1)} {days} day{'s' * (days != 1)}"]


def _with_noun(words: str) -> tuple[str, ...]:
    """Return ``words`` as a sentence of their own, which says what was performed, or as they go on from one."""
    if words.startswith("of the "):
        return f"examination {words}", words
    return (f"examination {words}", f", {words}") if words.startswith("performed ") else (words,)


def _noun_first(one: Stated) -> Stated:
    """Return an answer that opens its paragraph: nothing is there that it could go on from without its noun."""
    needed = [words for words in one.claim.spellings if not words.startswith(("of the ", ", performed "))]
    return one._replace(claim=one.claim._replace(spellings=tuple(needed)))


def _clause_claim(asked: Field, *, yes: bool) -> Claim:
    clause = (asked.says.true if yes else asked.says.false).rstrip(".")
    return Claim(asked.id, (squeezed(clause) or f"{asked.label}: {'yes' if yes else 'no'}",))


def _text_claim(asked: Field, text: str) -> Claim:
    """Return the claim of free text: alone or after a colon it is a sentence, otherwise part of one."""
    before, _, after = frame(asked, several=False).partition("{value}")
    head, _, rest = text.partition(" ")
    text = rest if rest and head.casefold() == before.strip() else text  # "if" is said once
    alone = not after and (not before or before.endswith(": "))
    words = squeezed(f"{before}{text}{after}")
    return Claim(asked.id, (words, f"{asked.label}: {text}"), sentence=alone)


def _about(asked: Field, frame: str, value: Resolved) -> str:
    """Return the frame of a side that goes on, of a date with "on" or "in", of a certainty that needs a subject."""
    if asked.role is Role.LATERALITY and frame == "({value})" and isinstance(value, Choice):
        return SIDES.get(value.term.code, frame)
    if isinstance(value, Date | DateTime):
        return WHEN.sub("on {value}" if value.value.count("-") > 1 else "in {value}", frame)
    if asked.role is not Role.CERTAINTY or not isinstance(value, Choice) or not frame.startswith("{value}"):
        return frame
    if value.term.code == "may-represent":
        return f"this {frame}"
    return f"{frame.removeprefix('{value}').strip()} is {{value}}" if value.term.code in DOUBTED else frame

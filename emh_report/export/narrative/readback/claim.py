"""One claim of a report: words that its narrative has to contain, and how answers become such words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from emh_report.draft import Absent
from emh_report.export.narrative.readback.spellings import squeezed
from emh_report.report import Choice, Resolved
from emh_report.template import Field, Role

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
WHEN: Final = re.compile(r"\b(?:on|in) \{value\}")
"""What a day needs "on" for, a month or a year "in"."""
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


class Stated(NamedTuple):
    """One answered question, its first answer, and what it claims."""

    asked: Field
    value: Resolved
    claim: Claim


class Gap(NamedTuple):
    """A question that was answered with an absent reason."""

    field_id: str
    reason: str
    label: str


def frame(asked: Field, *, several: bool) -> str:
    """Return the phrase that an answer stands in, with ``{value}`` for it."""
    named = not asked.phrase or (asked.role is Role.DIFFERENTIAL and asked.phrase == "{value}")
    words = f"{asked.label}: {{value}}" if named else asked.phrase
    return words.replace("{s}", "s" if several else "")


def is_polar(asked: Field) -> bool:
    """Whether every answer says that something is there, is not, or may be."""
    return asked.vocabulary is not None and set(asked.vocabulary.terms) <= set(POLAR)


def subject(asked: Field) -> str:
    """Return what an answer is about, in words."""
    return squeezed(asked.phrase.replace("{value}", "")).removesuffix(":").strip() or asked.label


def beside(choice: Choice) -> str:
    """Return the free text of a choice, in brackets."""
    return f" ({squeezed(choice.text)})" if choice.text else ""

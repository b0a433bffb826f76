"""One critical finding before it is worded: what triggers of one kind found in one group instance."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from emh_report.critical.words import (
    JOINED,
    NO_SIDE,
    POLARITY,
    Fact,
    capitalized,
    complication,
    enumerated,
    first_code,
    first_words,
    inside,
    placed,
)
from emh_report.report import Choice, CriticalFinding
from emh_report.resolve import Answered
from emh_report.template import Role

ABSENT: Final = "absent"
UNSTATED: Final = "presence not stated"
NO_DEGREE: Final = "none"


@dataclass(slots=True)
class Told:
    """What is told about one group instance. ``kind`` is the row of the evidence table that its triggers are of."""

    rule_id: str
    urgency: str
    kind: str
    title: str
    """What its rule is called: said only where no answer can be, such as for a rule about what is missing."""
    about: Answered
    number: int
    """Its number among several instances; 0 for the only one."""
    facts: list[Fact] = field(default_factory=list)
    beside: list[Fact] = field(default_factory=list)
    """Answers of other groups, such as a symptom, that make it as urgent as it is."""

    @property
    def role(self) -> Role:
        """What the group instance is."""
        return self.about.definition.role

    @property
    def complication(self) -> str:
        """The code of the complication it is; empty when it is none."""
        return first_code(self.about.items, Role.COMPLICATION)

    @property
    def side(self) -> str:
        """The side of the group instance; empty when it has none or none was stated."""
        side = first_code(self.about.items, Role.LATERALITY) if self.role is not Role.OTHER else ""
        return "" if side == NO_SIDE else side

    @property
    def doubt(self) -> str:
        """How a complication was stated, where that is less than present."""
        presence = first_code(self.about.items, Role.PRESENCE) or UNSTATED
        return "" if presence == "present" else presence

    @property
    def degree(self) -> str:
        """The degree of a complication, where one was stated that its name does not say."""
        for item in self.about.items:
            if item.field.role is Role.FEATURE and isinstance(item.value, Choice) and item.value.term.code != NO_DEGREE:
                name = first_words(self.about.items, Role.COMPLICATION).casefold().split()
                return "" if item.value.term.phrase in name else item.value.term.phrase
        return ""

    def finding(self) -> CriticalFinding:
        """Return the finding in words."""
        return CriticalFinding(self.rule_id, self.urgency, capitalized(self._label()), self.about.uid)

    def _label(self) -> str:
        beside = enumerated([fact.words for fact in self.beside]) if self.beside else ""
        beside = f"without {beside[3:]}" if beside.startswith("no ") else f"with {beside}" if beside else ""
        if self.role is Role.COMPLICATION:
            return _with(self._complication(), beside)
        said = ", ".join(fact.words for fact in self.facts)
        if not said and self.role is not Role.FINDING:
            said = inside(self.title)
        if self.role is Role.FINDING:
            said = self._lesion(said)
        where = self._where()
        return f"{_with(said, beside, comma=bool(self.facts))}{f' ({where})' if where else ''}"

    def _complication(self) -> str:
        items = self.about.items
        name, levels = complication(items), first_words(items, Role.LEVELS)
        name = f"{name} at {levels}" if levels else name
        name = POLARITY.get(first_code(items, Role.PRESENCE), "{}").format(name)
        name = f"{name}, {self.degree}" if self.degree else name
        return f"{name}, {UNSTATED}" if self.doubt == UNSTATED else name

    def _lesion(self, said: str) -> str:
        """Return what is said of a lesion; a lesion in doubt says so first, one stated as absent with its place."""
        name = inside(self.about.definition.title)
        presence = first_code(self.about.items, Role.PRESENCE)
        if presence not in ("present", ABSENT):
            name = POLARITY[presence].format(name) if presence in POLARITY else f"{name}, {UNSTATED}"
            return f"{name}: {said}" if said else name
        return f"{name} {said}" if said.startswith(JOINED) else said or name

    def _where(self) -> str:
        items = self.about.items
        if self.role is Role.OTHER:  # the side of an answer there is of that answer alone
            items = [item for item in items if item.field.role is not Role.LATERALITY]
        name = inside(self.about.definition.title)
        parts = [f"{name} {self.number}"] if self.number else []
        if self.role is Role.FINDING and first_code(items, Role.PRESENCE) == ABSENT:
            parts = [*parts, f"stated {ABSENT}"] if parts else [f"{name} stated {ABSENT}"]
        return ", ".join([*parts, *filter(None, [placed(items, Role.ORGAN if self.role is Role.ORGAN else Role.SITE)])])


def _with(said: str, beside: str, *, comma: bool = False) -> str:
    return f"{said}{',' if comma or ',' in said else ''} {beside}" if beside else said

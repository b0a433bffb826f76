"""What the pictures show of a report: lesions, organs and complications, each with its place and what is critical."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from emh_report.draft import Integer
from emh_report.report import Amount, Axes, Choice, LevelRange, Report, ReportGroup
from emh_report.template import Role
from emh_report.vocabulary import Term

INVOLVED: Final[Mapping[str, frozenset[str]]] = {
    "organ-state": frozenset({"enlarged", "small", "abnormal"}),
    "liver-state": frozenset({"enlarged", "small"}),
    "spleen-state": frozenset({"enlarged", "small"}),
    "organ-pattern": frozenset({"diffuse", "focal", "multifocal", "diffuse-and-focal", "indeterminate"}),
}
"""Vocabulary → answers that put an organ on the map, as a critical finding does; others are told by the text alone."""
SITES: Final = {"mediastinum": "mediastinum-unspecified", "stomach": "gi-stomach", "bowel": "gi-small-bowel"}
"""Organ → the site that it is drawn as, where the two vocabularies call it differently."""
THERE: Final = frozenset({"present", "indeterminate", "suspected", "yes", "equivocal"})
DOUBTFUL: Final = frozenset({"indeterminate", "suspected", "equivocal"})
NUMBER: Final = "lesion-number"
"""Vocabulary of how many lesions an entry has."""
COUNT: Final = "count"
"""Question of the exact number."""
URGENCY: Final = {"cat-1": "CRITICAL, minutes", "cat-2": "CRITICAL, hours", "cat-3": "ACTIONABLE, days"}


class Levels(NamedTuple):
    """A range of vertebral levels, the upper end first."""

    upper: str
    lower: str

    @property
    def words(self) -> str:
        """As it is written."""
        return self.upper if self.upper == self.lower else f"{self.upper}–{self.lower}"


class Lesion(NamedTuple):
    """One lesion (label: number), organ (capital letter) or complication (small letter).

    ``site`` and ``side`` are codes; ``words`` say all that is drawn.
    """

    label: str
    site: str
    side: str
    levels: Levels | None
    doubtful: bool
    critical: bool
    words: str

    @property
    def line(self) -> str:
        """Label and words."""
        return f"{self.label}: {self.words}"


def of(report: Report) -> tuple[Lesion, ...]:
    """Return what has a place: lesions that are or may be there, organs that differ, complications that name levels."""
    letter = iter("abcdefghijklmnopqrstuvwxyz")
    numbered = enumerate(report.in_role(Role.FINDING), 1)
    found = [_lesion(report, group, str(number)) for number, group in numbered if _there(group)]
    levelled = [group for group in report.in_role(Role.COMPLICATION) if _there(group) and _levels(group)]
    capital = iter("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    organs = [group for group in report.in_role(Role.ORGAN) if _states(group) or _urgent(report, group)]
    found += [_organ(report, group, next(capital, "*")) for group in organs]
    return (*found, *(_lesion(report, group, next(letter, "…")) for group in levelled))


def _there(group: ReportGroup) -> bool:
    """Whether it is there, or may be. A lesion whose presence was not answered is shown: it was described."""
    presence = _term(group, Role.PRESENCE)
    return presence is None or presence.code in THERE


def _lesion(report: Report, group: ReportGroup, label: str) -> Lesion:
    site, side, presence = (_term(group, role) for role in (Role.SITE, Role.LATERALITY, Role.PRESENCE))
    levels = _levels(group)
    urgent = _urgent(report, group)
    doubtful = presence is not None and presence.code in DOUBTFUL
    parts = [
        _subject(group),
        side.display.lower() if side else "",
        levels.words if levels else "",
        presence.display.lower() if presence and doubtful else "",
        *_counted(group),
        *_measured(group),
        *urgent,
    ]
    words = ", ".join(part for part in parts if part)
    return Lesion(label, site.code if site else "", side.code if side else "", levels, doubtful, bool(urgent), words)


def _states(group: ReportGroup) -> list[Term]:
    """Return what is unusual about an organ; nothing where nothing is, or where it was not seen."""
    terms = [item.value.term for item in group.items if isinstance(item.value, Choice)]
    return [term for term in terms if term.code in INVOLVED.get(term.vocabulary_id, ())]


def _organ(report: Report, group: ReportGroup, label: str) -> Lesion:
    organ, side = _term(group, Role.ORGAN), _term(group, Role.LATERALITY)
    states, urgent = _states(group), _urgent(report, group)
    lengths = (
        f"{item.value.text} {item.value.unit.display}"
        for item in group.items
        if isinstance(item.value, Amount)
        and item.field.role is Role.MEASUREMENT
        and item.value.unit.dimension == "length"
    )
    parts = [
        organ.phrase or organ.display if organ else group.definition.title,
        side.display.lower() if side else "",
        *(term.display.lower() for term in states),
        next(lengths, ""),
        *urgent,
    ]
    code = organ.code if organ else ""
    doubtful = bool(states) and all(term.code in DOUBTFUL for term in states)
    words = ", ".join(part for part in parts if part)
    return Lesion(label, SITES.get(code, code), side.code if side else "", None, doubtful, bool(urgent), words)


def _urgent(report: Report, group: ReportGroup) -> list[str]:
    """Return what is critical about a group, in the words of the report."""
    found = [one for one in report.critical if one.group_uid == group.uid]
    return [f"{URGENCY.get(one.urgency, 'CRITICAL')}: {one.label}" for one in found]


def _term(group: ReportGroup, role: Role) -> Term | None:
    item = group.first(role)
    return item.value.term if item and isinstance(item.value, Choice) else None


def _levels(group: ReportGroup) -> Levels | None:
    item = group.first(Role.LEVELS)
    if item is None or not isinstance(item.value, LevelRange):
        return None
    return Levels(item.value.upper.code, item.value.lower.code)


def _counted(group: ReportGroup) -> Iterator[str]:
    """Yield how many there are: as counted, else as estimated."""
    counts = [item.value.value for item in group.of(COUNT) if isinstance(item.value, Integer)]
    if counts:
        yield f"{counts[0]} counted"
        return
    for item in group.items:
        if isinstance(item.value, Choice) and item.value.term.vocabulary_id == NUMBER:
            yield item.value.term.display.lower()


def _measured(group: ReportGroup) -> Iterator[str]:
    """Yield the first size, exactly as entered."""
    for item in group.items:
        if isinstance(item.value, Axes):
            yield f"{' × '.join(item.value.texts)} {item.value.unit.display}"
            return


def _subject(group: ReportGroup) -> str:
    """Return what it is or where, with the words of an answer that needs some."""
    item = group.first(Role.SITE) or group.first(Role.COMPLICATION)
    if item is None or not isinstance(item.value, Choice):
        return group.definition.title
    term, text = item.value
    return f"{term.phrase or term.display}: {text}" if text else term.phrase or term.display

"""The conclusion of a report in one sentence: of what, whether it is the disease, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from emh_report.draft import Absent
from emh_report.export.narrative.answers import Said, remarked
from emh_report.export.narrative.places import placed
from emh_report.export.narrative.words import enumerate_words, inside, to_words
from emh_report.report import Choice, LevelRange, Report, ReportGroup
from emh_report.template import Role

PRESENT: Final = "present"
ABSENT: Final = "absent"
INDETERMINATE: Final = "indeterminate"
DOUBTED: Final = frozenset({"unlikely", "very-unlikely"})
"""Certainties that do not say what the answer "present" says."""
MAY: Final = "may-represent"
SEVERAL: Final = frozenset({"multifocal-masses", "2-5", "6-10", "more-than-10", "innumerable", "bilateral"})
"""Answers by which one entry stands for several lesions: its pattern, its number, both sides."""
BOTH: Final = "both "
"""What stands in place of an article: "in both orbits"."""
SOLITARY: Final = ("lesion-number", "solitary")
"""Vocabulary and code of the answer that an entry is one lesion, also where it is on both sides."""
NOT_RATED: Final = "not-rated"
"""Stands for a certainty that was answered with a reason why there is none."""
UNRATED: Final = "not rated"
"""What is said of a lesion without an answer to how certain it is."""
FINDINGS: Final = "The findings"
"""Of what a conclusion is where it does not name its lesions."""


def subject(report: Report, impression: ReportGroup) -> str:
    """Return of what a conclusion is: the lesions, where all are as certain as it or none states its own certainty.

    It never names some of them: the others would be left without a conclusion, or taken for as certain as these.
    """
    lesions = [lesion for lesion in report.in_role(Role.FINDING) if _code(lesion, Role.PRESENCE) != ABSENT]
    certainties = {_certainty(lesion) for lesion in lesions}
    places = list(dict.fromkeys(map(_place, lesions)))
    if not places or "" in places or certainties not in ({""}, {_certainty(impression)}):
        return FINDINGS
    several = len(lesions) > 1 or _are_several(lesions[0])
    return f"The lesion{'s' if several else ''} in {enumerate_words(places)}"


def lesion_by_lesion(report: Report, impression: ReportGroup, names: Mapping[str, str]) -> str:
    """Return how certain each lesion is, where a conclusion is of lesions that differ from it; else empty.

    One without a certainty differs from nothing, and is said beside others that do.
    """
    said, differ, own = [], False, _code(impression, Role.CERTAINTY)
    for lesion in report.in_role(Role.FINDING) if own else ():
        if _code(lesion, Role.PRESENCE) == ABSENT:
            continue
        differ = differ or _code(lesion, Role.CERTAINTY) not in ("", own)
        called = ", ".join(filter(None, (inside(names[lesion.uid]), *_parts(lesion))))
        said.append(f"{called}: {_rated(lesion)}")
    return "; ".join(said) if differ else ""


def _rated(lesion: ReportGroup) -> str:
    """Return how certain a lesion is, or why that is not said."""
    certainty = lesion.first(Role.CERTAINTY)
    if certainty is None:
        return UNRATED
    value = certainty.value
    return value.value.replace("-", " ") if isinstance(value, Absent) else to_words(value)


def _certainty(group: ReportGroup) -> str:
    """Return the code of a certainty; empty where there is no answer."""
    return _code(group, Role.CERTAINTY) or (NOT_RATED if group.first(Role.CERTAINTY) else "")


def _are_several(lesion: ReportGroup) -> bool:
    terms = [value.term for _, value in lesion.items if isinstance(value, Choice)]
    if any((term.vocabulary_id, term.code) == SOLITARY for term in terms):
        return False
    return any(term.code in SEVERAL for term in terms)


def _code(group: ReportGroup, role: Role) -> str:
    item = group.first(role)
    return item.value.term.code if item and isinstance(item.value, Choice) else ""


def _place(lesion: ReportGroup) -> str:
    """Return where a lesion is: "the left pleura", "both orbits", "the spinal epidural space (T5–T11)"."""
    name, levels = _parts(lesion)
    if not name:
        return ""
    place = name if name.startswith(BOTH) else f"the {name}"
    return f"{place} ({levels})" if levels else place


def _parts(lesion: ReportGroup) -> tuple[str, str]:
    """Return site and levels of a lesion in words; empty what was not answered, and levels without a site."""
    site, side, levels = (lesion.first(role) for role in (Role.SITE, Role.LATERALITY, Role.LEVELS))
    if site is None or not isinstance(site.value, Choice):
        return "", ""
    stated = side is not None and isinstance(side.value, Choice) and " " not in to_words(side.value)
    name = placed(side.value if side and stated else None, site.value)
    if levels and isinstance(levels.value, LevelRange):
        return name, to_words(levels.value._replace(numbering=None))
    return name, ""


def concluded(of: str, conclusion: Said | None, certainty: Said) -> str:
    """Return conclusion and certainty as one sentence about ``of``. Where they differ, both are said."""
    before, after = certainty.place.phrase.one
    noun, sure = after.strip(), f"{certainty.place.field.label.casefold()}: {certainty.bare}"
    found = conclusion.code if conclusion else PRESENT
    beside = remarked(conclusion.value) if conclusion else ""
    if conclusion and (beside or before or not noun):
        return f"{_alone(conclusion)}; {sure}"
    if found == ABSENT and conclusion:
        return f"{conclusion.words}; {f'its presence is {certainty.bare}' if certainty.code in DOUBTED else sure}"
    if found == PRESENT and conclusion and certainty.code in DOUBTED:
        return f"{_alone(conclusion)}; {sure}"
    verb = "is" if of.startswith("The lesion ") else "are"
    doubtful = f" {verb} {INDETERMINATE} and" if found == INDETERMINATE else ""
    if certainty.code == MAY:
        return f"{of}{doubtful} {certainty.bare} {noun}"
    link = f"{certainty.bare} to be" if certainty.code in DOUBTED else certainty.bare
    return f"{of}{doubtful or f' {verb}'} {link} {noun}"


def _alone(conclusion: Said) -> str:
    if conclusion.code == PRESENT:
        return f"{conclusion.place.phrase.subject} {PRESENT}{remarked(conclusion.value)}"
    return conclusion.words

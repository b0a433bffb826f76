"""Of which lesions a conclusion is, and where those are. The reading side of conclusions.py, which it does not use."""

from __future__ import annotations

import re

from emh_report.draft import Absent
from emh_report.export.narrative.readback.openings import is_on_both, place_of
from emh_report.export.narrative.readback.spellings import listed, spelled
from emh_report.report import Choice, Report, ReportGroup
from emh_report.template import Role


def lesions_of(report: Report) -> list[ReportGroup]:
    """Return every lesion that is not stated as absent."""
    return [one for one in report.in_role(Role.FINDING) if code_of(one, Role.PRESENCE) != "absent"]


def of_lesions(group: ReportGroup, report: Report) -> str:
    """Return of which lesions a conclusion is: of all, when each is as certain as it is or none says how certain."""
    lesions = lesions_of(report)
    stated = [item.value for one in lesions if (item := one.first(Role.CERTAINTY))]
    as_sure = [sure for sure in stated if isinstance(sure, Choice) and sure.term.code == code_of(group, Role.CERTAINTY)]
    if stated and len(as_sure) != len(lesions):
        return "The findings"
    several = len(lesions) > 1 or any(map(_stands_for_several, lesions))
    places = []
    for one in lesions:
        place, levels = whereabouts(one)
        if not place:
            return "The findings"
        place = re.sub(r"^(?!both )", "the ", place)
        places.append(f"{place} ({levels})" if levels else place)
    if not places:
        return "The findings"
    return f"The lesion{'s' if several else ''} in {listed(list(dict.fromkeys(places)))}"


def whereabouts(one: ReportGroup) -> tuple[str, str]:
    """Return site, with its side, and levels of a lesion; empty without a site."""
    parts = {role: one.first(role) for role in (Role.LATERALITY, Role.SITE, Role.LEVELS)}
    values = {role: item.value for role, item in parts.items() if item and not isinstance(item.value, Absent)}
    words = {role: spelled(value) for role, value in values.items()}
    if Role.SITE not in words:
        return "", ""
    apart = " " in words.get(Role.LATERALITY, "") and not is_on_both(values[Role.LATERALITY])
    place = words[Role.SITE] if apart else place_of(one, Role.SITE)
    return place, words.get(Role.LEVELS, "").partition(" (")[0]


def _stands_for_several(lesion: ReportGroup) -> bool:
    """Whether an entry is more than one lesion: a number above one, or without a number several masses, both sides."""
    answers = [item.value.term for item in lesion.items if isinstance(item.value, Choice)]
    numbers = {term.code for term in answers if term.vocabulary_id == "lesion-number"}
    if numbers - {"diffuse"}:
        return numbers != {"solitary"}
    several = {("lesion-pattern", "multifocal-masses"), ("laterality", "bilateral")}
    return any((term.vocabulary_id, term.code) in several for term in answers)


def code_of(group: ReportGroup, role: Role) -> str:
    """Return the code of an answer; empty where there is none."""
    item = group.first(role)
    return item.value.term.code if item and isinstance(item.value, Choice) else ""

"""One and the same fact, answered in two places, is told once: an organ or lesion and the list of complications."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from emh_report.conditions import Span
from emh_report.critical.told import Told
from emh_report.critical.words import NO_SIDE, Fact, fact
from emh_report.draft import Boolean
from emh_report.report import Amount, Choice, CriticalFinding, ReportGroup, Resolved
from emh_report.template import Role

SAME: Final[Mapping[tuple[str, str | None], frozenset[str]]] = {
    (question, answer): frozenset(complications.split())
    for question, answers, complications in (
        ("cord-compression", "yes", "spinal-cord-compression cauda-equina-compression"),
        ("hemothorax", "yes suspected", "hemothorax"),
        ("mediastinal-shift", "yes", "mediastinal-shift"),
        ("active-bleeding", "yes", "active-bleeding"),
        ("spleen-feature", "rupture", "splenic-rupture"),
        ("spleen-feature", "hemorrhage", "splenic-hemorrhage"),
        ("spleen-feature", "infarct", "splenic-infarct"),
        ("mass-effect", "midline-shift", "midline-shift"),
        ("mass-effect", "herniation", "cerebral-herniation"),
        ("mass-effect", "hydrocephalus", "hydrocephalus"),
        ("midline-shift", "", "midline-shift"),
        ("brain-edema", "vasogenic", "vasogenic-edema"),
        ("venous-sinus", "compressed thrombosed", "venous-sinus-compromise"),
        ("hydronephrosis", "2 3 4", "hydronephrosis"),
        ("optic-nerve", "compressed", "optic-nerve-compression"),
        ("chiasm-compression", "yes", "optic-chiasm-compression"),
        ("proptosis-right", "", "proptosis"),
        ("proptosis-left", "", "proptosis"),
        ("airway", "mild-narrowing severe-narrowing", "airway-narrowing"),
        ("rv-strain", "yes", "right-ventricular-strain"),
        ("tricuspid-regurgitation", "severe massive", "tricuspid-regurgitation"),
        ("radiograph-sign", "bowel-obstruction", "bowel-obstruction"),
        ("tamponade-signs", "yes", "cardiac-tamponade"),
    )
    for answer in answers.split() or [""]
}
"""(question, answer) → the complications that say no more and no less. "" is a question answered with a number."""
QUESTIONS: Final[Mapping[str, frozenset[str]]] = {
    complication: frozenset(question for (question, _), same in SAME.items() if complication in same)
    for complication in frozenset[str]().union(*SAME.values())
}
"""Complication → the questions that may say it."""
OWN_SIDE: Final = {"proptosis-right": "right", "proptosis-left": "left", "cord-compression": ""}
"""Questions that name their side, or have none whatever the side of the lesion is."""
OF_RULE: Final[Mapping[str, str]] = {"A12a": "mass-without-symptoms", "A12c": "mass-without-symptoms"}
"""Rules that find what a complication says, from several answers together."""
WEAKER: Final = frozenset({"tamponade-signs"})
"""Questions that ask for signs of what a complication states outright."""
EXACT: Final = frozenset(
    {
        "midline-shift",
        "proptosis-right",
        "proptosis-left",
        "hydronephrosis",
        "airway",
        "venous-sinus",
        "active-bleeding",
    }
)
"""Questions whose answer is a number, a grade, one of two, or of an organ that the complication leaves open."""


def merged(told: Sequence[Told]) -> list[Told]:
    """Return the findings with every fact once, as urgent as the most urgent one that says it.

    It stays with the complication where that one has as much of side, level and grade, and says more besides, else
    with the organ or lesion. Where each says what the other does not, both stay.
    """
    dropped: list[Told] = []
    order = {id(one): place for place, one in enumerate(told)}
    for complication in (one for one in told if one.role is Role.COMPLICATION):
        others = [one for one in told if one.role is not Role.COMPLICATION]
        named = [other for other in others if other.kind == complication.kind and _is_beside(complication, other)]
        alike = [(other, fact) for other in others for fact in other.facts if _is_same(complication, other, fact)]
        if named:
            dropped.append(complication)
        elif len(alike) == 1 and _says_more(complication, *alike[0]):
            other, fact = alike[0]
            _take_over(complication, other, fact)
            if not other.facts:
                dropped.append(other)
                order[id(complication)] = min(order[id(complication)], order[id(other)])
        elif alike and not any(_adds(complication, *one) for one in alike):
            dropped.append(complication)
            named = [other for other, _ in alike]
        for other in named:
            _as_urgent(other, complication)
    kept = [one for one in told if not any(one is gone for gone in dropped)]
    kept.sort(key=lambda one: order[id(one)])
    return [one for one in kept if not _is_less_urgent(one, kept)]


def implies(finding: CriticalFinding, group: ReportGroup, complication: str) -> bool:
    """Whether what a rule found in ``group`` says what a complication says, in other words."""
    if OF_RULE.get(finding.rule_id) == complication:
        return True
    questions = QUESTIONS.get(complication, frozenset())
    items = [item for item in group.items if item.field.id in questions] if questions else []
    said = finding.label.casefold()
    return any(
        fact(group.definition, item.field, group.items, item.value).words.casefold() in said
        for item in items
        if complication in SAME.get((item.field.id, _code(item.value)), ())
    )


def _code(value: Resolved) -> str | None:
    """Return an answer as `SAME` has it; None for one that affirms nothing."""
    if isinstance(value, Choice):
        return value.term.code
    if isinstance(value, Boolean):
        return "yes" if value.value else None
    return "" if isinstance(value, Amount) and Decimal(value.text) > 0 else None


def _take_over(complication: Told, other: Told, fact: Fact) -> None:
    """Let a complication tell the fact of another, and all else of one that has nothing left to tell."""
    other.facts.remove(fact)
    urgent = other.urgency, other.rule_id
    complication.urgency, complication.rule_id = min(urgent, (complication.urgency, complication.rule_id))
    if not other.facts:
        complication.beside += [said for said in other.beside if said not in complication.beside]


def _as_urgent(one: Told, other: Told) -> None:
    if other.urgency < one.urgency:
        one.urgency, one.rule_id = other.urgency, other.rule_id
    named = {code for fact in one.beside for code in fact.codes} | {other.complication}
    one.beside += [fact for fact in other.beside if named.isdisjoint(fact.codes)]


def _is_less_urgent(one: Told, others: Sequence[Told]) -> bool:
    """Whether a lesion that may wait for days is told of sooner for something else."""
    return one.urgency == "cat-3" and any(o.about.uid == one.about.uid and o.urgency < one.urgency for o in others)


def _is_beside(complication: Told, other: Told) -> bool:
    """Whether the other finding names the complication as the symptom that makes it urgent."""
    elsewhere = complication.side not in ("", other.side)
    plain = not (complication.doubt or complication.degree or elsewhere or _span(complication))
    return plain and any(complication.complication in fact.codes for fact in other.beside)


def _is_same(complication: Told, other: Told, fact: Fact) -> bool:
    """Whether a complication and an answer say the same of the same place, as far as both name it."""
    means = [SAME.get((fact.key, code), frozenset()) for code in fact.codes or ("",)]
    if not all(complication.complication in found for found in means) or complication.doubt != fact.doubt:
        return False
    one, two = complication.side, _side(other, fact)
    levels, range_ = _span(complication), _span(other)
    apart = levels and range_ and (levels.lower < range_.upper or range_.lower < levels.upper)
    return not apart and (one == two or not one or not two)


def _says_more(complication: Told, other: Told, fact: Fact) -> bool:
    """Whether a complication names the place as exactly as the other does, and says more besides."""
    less = (_side(other, fact) and not complication.side) or (_span(other) and not _span(complication))
    return not less and fact.key not in EXACT and (_adds(complication, other, fact) or fact.key in WEAKER)


def _adds(complication: Told, other: Told, fact: Fact) -> bool:
    """Whether a complication names a side, degree or level that would be lost without it."""
    placed = complication.side and not _side(other, fact)
    return bool(placed or complication.degree or _span(complication))


def _side(other: Told, fact: Fact) -> str:
    side = fact.side or OWN_SIDE.get(fact.key, other.side)
    return "" if side == NO_SIDE else side


def _span(told: Told) -> Span | None:
    levels = (told.about.row.get(item.field.id) for item in told.about.items if item.field.role is Role.LEVELS)
    return next((span for span in levels if isinstance(span, Span)), None)

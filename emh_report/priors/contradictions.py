"""Where a report states another change than its numbers and those of the earlier report give: warnings, never errors.

Rules S13 to S16 look at what one report says about itself; these look at what the earlier report said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Final

from emh_report.conditions import Fact
from emh_report.issues import Issue, Severity, Where, sort_key
from emh_report.priors.change import NOT_COMPARABLE, Course, LesionChange
from emh_report.priors.examined import Lesion, code
from emh_report.priors.sizes import Size, grown, names, shrunk, size

COMPARED: Final = frozenset({"resolved", "decreased", "stable", "increased", "new"})
"""Changes that cannot be stated without having compared."""

WORSE: Final = frozenset({"new", "increased"})
_POINT: Final = Decimal(1)
"""Percentage points by which a stated change of volume may differ: it is often rounded."""

MESSAGES: Final = {
    "S13-prior": "a change is stated, but the earlier report it was compared with is not among the previous "
    "examinations: name its date",
    "S14-prior": "it is stated that no previous examination was available, but an earlier report of this patient is",
    "S15-prior": "the change does not fit the sizes in this report and the earlier one: usual is increased from +20 % "
    "and +5 mm, decreased from -30 %, else stable (borrowed from RECIST 1.1, not validated here)",
    "S15-prior-overall": "the overall change does not fit the lesions of this report and the earlier one: usual is "
    "that of the worst lesion, or of the sum of diameters (limits borrowed from RECIST 1.1, not validated here)",
    "S15-prior-size": "the previous size is not the one in the earlier report: correct it, or say which examination "
    "it is from",
    "S15-prior-volume": "the previous spleen volume, or its change, is not what the earlier report and this one give",
    "S16-prior-new": "the lesion is called new, but it is paired with one of the earlier report: correct the change, "
    "or say that the two are not the same",
    "S16-prior-unknown": "a change is stated, but no lesion of the earlier report fits: 'new' is accepted, or pair it "
    "with the lesion that is meant",
}


def contradictions(course: Course) -> tuple[Issue, ...]:
    """Return every contradiction, in the order of the draft. Undecided comparisons contradict nothing."""
    found = [issue for check in CHECKS for issue in check(course)]
    return tuple(sorted(found, key=sort_key))


def _issue(rule_id: str, where: Where) -> Issue:
    references = ("R43",) if rule_id == "S15-prior-volume" else ("R44",)
    return Issue(rule_id, Severity.WARNING, where, MESSAGES[rule_id], overridable=True, references=references)


def _where(course: Course, group_id: str, field_id: str) -> Where:
    group = course.current.instance(group_id)
    return group.where(field_id) if group else Where("draft.groups", group_id, "", field_id)


def _not_named(course: Course) -> Iterator[Issue]:
    stated = {
        code(group, field_id) for group in course.current.groups for field_id in ("change-status", "overall-status")
    }
    named = any(names(one.study, one.date, course.prior) for one in course.current.comparisons)
    if stated & COMPARED and not named:
        yield _issue("S13-prior", _where(course, "comparison", "prior-date"))


def _not_available(course: Course) -> Iterator[Issue]:
    statement = course.current.instance("comparison-statement")
    if statement is not None and statement.row.get("comparison-available") is False:
        yield _issue("S14-prior", statement.where("comparison-available"))


def _lesions(course: Course) -> Iterator[Issue]:
    lesions = {lesion.uid: lesion for lesion in course.current.lesions}
    priors = {lesion.uid: lesion for lesion in course.prior.lesions}
    for change in course.lesions:
        lesion = lesions.get(change.current_uid)
        if lesion is None:
            continue
        rule_id = _wrong(course, change, code(lesion.answered, "change-status"))
        if rule_id:
            yield _issue(rule_id, lesion.answered.where("change-status"))
        if change.prior_uid and _other_size(lesion.answered.row.get("prior-size"), priors[change.prior_uid]):
            yield _issue("S15-prior-size", lesion.answered.where("prior-size"))


def _wrong(course: Course, change: LesionChange, stated: str) -> str:
    """Return the rule that the stated change of one lesion breaks; empty where none."""
    if stated not in COMPARED:
        return ""
    if change.match is None:
        return "S16-prior-unknown" if change.status == "new" and stated != "new" else ""
    if stated == "new":
        return "S16-prior-new"
    if change.status == NOT_COMPARABLE:
        return ""
    return "S15-prior" if _contradicts(course, change, stated) else ""


def _contradicts(course: Course, change: LesionChange, stated: str) -> bool:
    if stated == change.status:  # "increased" counts from the smallest size, which may be older than the one before
        return False
    if "resolved" in (stated, change.status):
        return True
    if change.before is None or change.now is None:
        return False
    before, now = change.before.number, change.now.number
    wrong: dict[str, bool] = {
        "stable": grown(before, now, course.thresholds) or shrunk(before, now, course.thresholds),
        "increased": now <= before,
        "decreased": now >= before,
    }
    return wrong[stated]


def _other_size(stated: Fact | None, prior: Lesion) -> bool:
    """Whether a stated size is not that of the earlier report; its longest axes alone are the same size.

    So is the diameter that is compared, which of a lymph node is the short axis.
    """
    axes = prior.sizes.get("size")
    if axes is None or not isinstance(stated, tuple):
        return False
    longest = sorted((number * axes.unit.factor for number in axes.numbers), reverse=True)
    compared = size(prior, "size")
    alone = isinstance(compared, Size) and stated == (compared.number,)
    return not alone and longest[: len(stated)] != sorted(stated, reverse=True)


def _overall(course: Course) -> Iterator[Issue]:
    group = course.current.instance("followup")
    stated = code(group, "overall-status") if group is not None else ""
    computed, by_sum = course.overall.status, course.overall.sum_status
    if group is None or stated not in COMPARED or computed == NOT_COMPARABLE:
        return
    fits = {computed, by_sum} - {""} if computed not in WORSE else WORSE
    if stated not in fits:
        yield _issue("S15-prior-overall", group.where("overall-status"))


def _spleen(course: Course) -> Iterator[Issue]:
    group, change = course.current.instance("followup"), course.spleen_volume
    if group is None or change.before is None:
        return
    stated = group.row.get("spleen-volume-prior")
    if isinstance(stated, Decimal) and stated != change.before.number:
        yield _issue("S15-prior-volume", group.where("spleen-volume-prior"))
    percent = group.row.get("spleen-volume-change")
    if isinstance(percent, Decimal) and change.difference and abs(percent - change.difference.percent) > _POINT:
        yield _issue("S15-prior-volume", group.where("spleen-volume-change"))


CHECKS: Final[tuple[Callable[[Course], Iterator[Issue]], ...]] = (
    _not_named,
    _not_available,
    _lesions,
    _overall,
    _spleen,
)

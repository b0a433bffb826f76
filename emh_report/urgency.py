"""What somebody has to be told: critical findings that were recognized, held against what the report says of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from string import ascii_lowercase
from typing import Final

from emh_report.assessment import Assessment
from emh_report.conditions import Clause, Condition, Fact, Facts
from emh_report.critical.same import SAME
from emh_report.issues import Issue, Severity, Where
from emh_report.report import CriticalFinding
from emh_report.rules import Rule

GROUP, PRESENT, CATEGORY, NAMED = "critical", "critical-present", "critical-category", "critical-finding"
"""Group and fields in which the author says that there is a critical or actionable finding, how urgent it is, which."""

WORDS = {"cat-1": "category 1, minutes", "cat-2": "category 2, hours", "cat-3": "category 3, days"}
"""Categories of the ACR Actionable Reporting Work Group (R36), most urgent first."""
OF_WHAT_IS_NAMED: Final = "A13i"
"""The rule that holds the category against the findings named: no news where it is below what was recognized."""
ALSO: Final[Mapping[str, frozenset[str]]] = {
    "A01": frozenset({"nerve-root-compression"}),
    "A02": frozenset({"pleural-effusion"}),
}
"""Complications that name what triggers of a kind find, beside those that they ask for."""
ANYTHING: Final = "other"


def check_urgency(found: Assessment, facts: Facts) -> None:
    """Find recognized findings that the report does not call critical, denies, calls less urgent, or does not name."""
    if not found.critical:
        return
    worst = min(finding.urgency for finding in found.critical)
    said = _answers(facts, PRESENT)
    if True in said:
        _check_category(found, facts, worst)
        _check_names(found, facts, worst)
    elif worst == "cat-1":
        message = f"a critical finding ({WORDS[worst]}) was recognized and is not marked: answer yes and record the"
        _unflagged(found, Severity.ERROR, f"{message} communication, or say why it is pending")
    elif worst == "cat-2" or False in said:
        message = f"an actionable finding ({WORDS[worst]}) was recognized and the report does not say so"
        _unflagged(found, Severity.WARNING, message)


def _check_category(found: Assessment, facts: Facts, worst: str) -> None:
    if not any(isinstance(category, str) and category > worst for category in _answers(facts, CATEGORY)):
        return
    found.issues[:] = [issue for issue in found.issues if issue.rule_id != OF_WHAT_IS_NAMED]
    message = f"the category answered is less urgent than what was recognized ({WORDS[worst]})"
    found.issues.append(Issue("critical-understated", Severity.ERROR, _place(found, CATEGORY), message))


def _check_names(found: Assessment, facts: Facts, worst: str) -> None:
    """Find that findings are named, and of the most urgent ones one is not."""
    named = {code for fact in _answers(facts, NAMED) if isinstance(fact, frozenset) for code in fact}
    if not named or ANYTHING in named:
        return
    names = _names(found.plan.rules)
    urgent = [finding for finding in found.critical if finding.urgency == worst]
    left_out = {kind for kind in map(_kind, urgent) if kind in names and named.isdisjoint(names[kind])}
    if not left_out:
        return
    titles = {rule.id: rule.title for rule in found.plan.rules}
    which = dict.fromkeys(titles[one.rule_id] for one in urgent if _kind(one) in left_out)
    message = f"the findings named leave out one that is the most urgent ({WORDS[worst]}): {'; '.join(which)}. Name and"
    message = f"{message} communicate it, too, or override this where a finding named here is the same"
    found.issues.append(Issue("critical-left-out", Severity.WARNING, _place(found, NAMED), message, overridable=True))


def _kind(finding: CriticalFinding) -> str:
    return finding.rule_id.rstrip(ascii_lowercase)


@lru_cache(maxsize=64)
def _names(rules: tuple[Rule, ...]) -> Mapping[str, Collection[str]]:
    """Return the complications by which what triggers find can be named, by their kind; none where no code names it."""
    names: dict[str, set[str]] = {}
    for rule in rules:
        if rule.urgency:
            names.setdefault(rule.id.rstrip(ascii_lowercase), set()).update(_complications(rule.when))
    return {kind: codes | ALSO.get(kind, frozenset()) for kind, codes in names.items() if codes}


def _complications(part: Condition | Clause | None) -> Iterator[str]:
    """Yield the complications that a condition asks for, in their own words or in others."""
    if isinstance(part, Condition):
        for piece in part.parts:
            yield from _complications(piece)
    elif part is not None:
        for answer in part.answers:
            code = "yes" if answer is True else str(answer)
            yield from (code,) if part.field == "complication" else SAME.get((part.field, code), ())


def _answers(facts: Facts, name: str) -> list[Fact]:
    return [row[name] for row in facts.get(GROUP, ()) if name in row]


def _unflagged(found: Assessment, severity: Severity, message: str) -> None:
    overridable = severity is Severity.WARNING
    where = _place(found, PRESENT)
    found.issues.append(Issue("critical-unflagged", severity, where, message, overridable=overridable))


def _place(found: Assessment, name: str) -> Where:
    answered = next((group for group in found.reading.groups if group.definition.id == GROUP), None)
    return answered.where(name) if answered else Where("draft.groups", GROUP, "", name)

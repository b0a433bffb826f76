"""What follows from the answers for the diagnosis, where another system says otherwise: not read, so that is told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from uuid_utils import UUID

from emh_report.draft import Absent, Coded, Draft
from emh_report.export.fhir.diagnosis import conclusion_of, is_diagnosed, lesions_of
from emh_report.export.fhir.identity import SEPARATOR, space_of, uuid_named
from emh_report.export.fhir.impressions import ACTIONABLE, at_lesion, disease_concept, result_concept
from emh_report.intake.content import Json
from emh_report.intake.context import BY_REPORT, focus, number_of
from emh_report.intake.leftovers import codes_of, own_disease
from emh_report.intake.sources import identifiers
from emh_report.intake.view import View
from emh_report.issues import Issue, Severity, Where
from emh_report.own_codes import OBSERVABLES, RULES
from emh_report.plan import Plan
from emh_report.report import Choice, ReportGroup, ReportItem
from emh_report.statuses import STATUSES
from emh_report.template import Role
from emh_report.vocabulary import code_system_url

OTHERWISE: Final = "says otherwise than what follows from the answers, which the draft has; it is not in the draft"
URGENCIES: Final = code_system_url("urgency")
VALUE: Final = "valueCodeableConcept"


def diagnoses(found: View, plan: Plan, draft: Draft) -> Iterator[Issue]:
    """Yield a warning for every diagnosis and every urgency that is not the one that follows."""
    groups = list(_chosen(plan, draft))
    lesions = lesions_of(groups)
    at = {one.uid: at_lesion(one, lesions[one.uid]) for one in groups if one.uid in lesions}
    impressions = (one for one in groups if one.definition.role is Role.IMPRESSION)
    known = [one for group in impressions if (one := conclusion_of(group, lesions.values()))]
    concluded = [result_concept(one.item.field, one.result, one.certainty) for one in known]
    space = space_of(number_of(found))
    urgencies = {rule.id: rule.urgency for rule in plan.rules if rule.urgency}
    for url, resource in found.of_type("Observation"):
        told = url in found.negated or url in found.unread
        codes = set() if told else codes_of(resource.get("code", {}))
        if own_disease() in codes:
            of_report = OBSERVABLES in {system for system, _ in codes}
            follows = concluded if of_report else [at.get(uid) for uid in _lesions(found, resource)]
            if not any(_says(resource, one) for one in follows):
                yield _warning(found, url)
        elif rules := {code for system, code in codes if system == RULES}:
            is_urgent = _is_as_urgent(resource, [urgencies.get(rule) for rule in rules])
            if not is_urgent or not _is_named(resource, rules, _lesions(found, resource), space):
                yield _warning(found, url)
    if groups:
        yield from _codes(found, is_diagnosed(groups, focus(found), lesions.values()))


def _chosen(plan: Plan, draft: Draft) -> Iterator[ReportGroup]:
    """Yield groups of a draft with the terms that they choose, as a report has them: what cannot be repeated, once."""
    seen: set[str] = set()
    for group in draft.groups:
        definition = plan.groups[group.group_id].definition
        if group.group_id in seen and not definition.repeats:
            continue
        seen.add(group.group_id)
        items = []
        for field_id, value in group.items:
            field = definition.fields[field_id]
            terms = field.vocabulary.terms if field.vocabulary else {}
            if isinstance(value, Coded) and value.code in terms:
                items.append(ReportItem(field, Choice(terms[value.code], value.text)))
            elif isinstance(value, Absent):
                items.append(ReportItem(field, value))
        yield ReportGroup(definition, group.uid, tuple(items))


def _lesions(found: View, resource: Json) -> Iterator[str]:
    """Yield which lesions an Observation about the diagnosis follows from."""
    for reference in resource.get("derivedFrom", ()):
        yield found.by_group.get(found.resolve(reference, resource)[0], "")


def _says(resource: Json, follows: Json) -> bool:
    """Whether an Observation has the value that follows, in one of its codes and in its words."""
    stated = resource.get(VALUE)
    if follows is None or stated is None:
        return False
    return not codes_of(stated).isdisjoint(codes_of(follows)) and stated.get("text", follows["text"]) == follows["text"]


def _is_as_urgent(resource: Json, due: list[str | None]) -> bool:
    """Whether a finding that a rule recognised has the urgency of that rule, if it is one of the rules here."""
    stated = {code for system, code in codes_of(resource.get(VALUE, {})) if system == URGENCIES}
    return None in due or stated == set(due)


def _is_named(resource: Json, rules: set[str], lesions: Iterator[str], space: UUID) -> bool:
    """Whether a finding has the name of its rule and of what it was recognised in, where that is a group here."""
    known = [uid for uid in lesions if uid]
    names = {uuid_named(SEPARATOR.join(("", ACTIONABLE, *rules, uid)), space) for uid in known}
    return not known or not names.isdisjoint(one.value for one in identifiers(resource))


def _codes(found: View, diagnosed: bool) -> Iterator[Issue]:  # noqa: FBT001 - what follows
    """Yield a warning for the code of the disease where it does not follow, for its lack, and for any other code."""
    for url, report in found.of_type("DiagnosticReport"):
        state = BY_REPORT.get(report.get("status", ""))
        stands = state is not None and STATUSES[state].statements and not STATUSES[state].withdrawn
        due = codes_of(disease_concept()) if stands and diagnosed else set()
        stated = [codes_of(one) for one in report.get("conclusionCode", ())]
        if bool(due) != bool(stated) or any(due.isdisjoint(one) for one in stated):
            yield Issue("fhir-contradiction", Severity.WARNING, Where(f"{found.paths[url]}.conclusionCode"), OTHERWISE)


def _warning(found: View, url: str) -> Issue:
    return Issue("fhir-contradiction", Severity.WARNING, Where(f"{found.paths[url]}.value"), OTHERWISE)

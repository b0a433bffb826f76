"""What stands in no group: the conclusion, kept warnings, what was not accepted, what others wrote."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from emh_report.context import Identifier
from emh_report.draft import Coded, Group, Item, Override, Text
from emh_report.export.fhir import fixed, incomplete, kept
from emh_report.export.fhir.identity import SEPARATOR, space_of, uuid_named
from emh_report.export.fhir.impressions import DIAGNOSIS
from emh_report.export.fhir.results import RESULTS
from emh_report.export.fhir.urls import ITEMS
from emh_report.intake.content import Json
from emh_report.intake.context import number_of
from emh_report.intake.observed import chosen
from emh_report.intake.questions import question
from emh_report.intake.sources import identifiers
from emh_report.intake.view import View, is_ours, references
from emh_report.issues import Issue, Severity, Where
from emh_report.own_codes import RULES, STATEMENTS
from emh_report.plan import GroupPlan
from emh_report.template import Field, Role

KEEPERS: Final = frozenset({RULES, STATEMENTS})
"""Systems of the rules that give warnings."""
AS_ENTERED: Final = "; certainty: "
"""Between a conclusion kept in words and its certainty (export/fhir/impressions.py)."""

CONTEXT: Final = frozenset({"ImagingStudy", "Organization", "Patient", "Practitioner", "PractitionerRole"})
"""Types of resources that are there before the report, as orders are; what nothing refers to is not read."""
DERIVED: Final = CONTEXT | {"Composition", "DiagnosticReport", "Provenance"}
"""Types of resources that no answer is read from: they are the context, or follow from the answers."""


def codes_of(concept: Json) -> set[tuple[str, str]]:
    """Return the codes of a CodeableConcept."""
    return {(one.get("system", ""), one.get("code", "")) for one in concept.get("coding", ())}


def concluded(found: View, plan: GroupPlan, group: Group) -> Group:
    """Return an impression with its coded conclusion, which is an Observation about the diagnosis."""
    field = next(
        (one for one in plan.definition.fields.values() if one.role is Role.IMPRESSION and one.vocabulary), None
    )
    if field is None:
        return group
    words = next((item for item in group.items if item.field_id == field.id), None)
    value = _entered(field, words.value.value) if words and isinstance(words.value, Text) else None
    if words is None:
        value = _diagnosis(found, plan, field, _named(found, group.uid))
    if value is None:
        return group
    items = [item for item in group.items if item is not words] + [Item(field.id, value)]
    return group._replace(items=tuple(sorted(items, key=lambda item: plan.order[item.field_id])))


def _entered(field: Field, words: str) -> Coded | None:
    """Return the conclusion that was kept in words: the display of its term, what was written beside it, certainty."""
    said = words.rpartition(AS_ENTERED)[0]
    terms = field.vocabulary.terms.values() if field.vocabulary else ()
    for term in sorted(terms, key=lambda term: -len(term.display)):
        if said == term.display or said.startswith(f"{term.display}: "):
            return Coded(term.code, text=said[len(term.display) + 2 :])
    return None


def _diagnosis(found: View, plan: GroupPlan, field: Field, named: set[str]) -> Coded | None:
    """Return the coded conclusion; whatever else says one, such as that of another report, is not read.

    ``named``: the URL of the diagnosis that has the name of this one; others may have taken the name away, or the
    code of its question. Of several without a name none is known to be the one.
    """
    stated = {url for url, one in _observations(found) if _is_conclusion(plan, field, one)}
    own = stated & named if named else stated
    url = next(iter(own)) if len(own) == 1 else ""
    value = chosen(field, found.resources[url].get("valueCodeableConcept", {})) if url else None
    found.used |= stated
    found.unread |= (stated | named) - ({url} if value else set())
    return value._replace(text="") if value else None


def _is_conclusion(plan: GroupPlan, field: Field, observation: Json) -> bool:
    known = question(plan.definition, observation["code"])
    return own_disease() in codes_of(observation["code"]) and known is not None and known.field is field


def _observations(found: View) -> Iterator[tuple[str, Json]]:
    return ((url, one) for url, one in found.left() if one["resourceType"] == "Observation")


def _named(found: View, uid: str) -> set[str]:
    """Return the diagnosis of an impression by its name in the report.

    Those of lesions, which follow from their answers, have the same code.
    """
    named = uuid_named(SEPARATOR.join((uid, "", DIAGNOSIS)), space_of(number_of(found)))
    return {url for url, one in _observations(found) if Identifier(ITEMS, named) in identifiers(one)}


def own_disease() -> tuple[str, str]:
    """Return what Observations about the diagnosis have as code."""
    return fixed.EMH.system, fixed.EMH.code


def overrides(found: View) -> tuple[Override, ...]:
    """Return the warnings that the author kept, one for each rule and group instance.

    A report refers to each, a companion to none. One beside a report that nothing refers to may be of another report,
    and would silence a warning of this one.
    """
    kept_ones: dict[tuple[str, str], Override] = {}
    stated = [(url, one) for url, one in _observations(found) if (STATEMENTS, kept.KEPT.code) in codes_of(one["code"])]
    reported = stated and any(url not in found.negated for url, _ in found.of_type("DiagnosticReport"))
    referred = _referred(found) if reported else {url for url, _ in stated}
    for url, resource in stated:
        found.used.add(url)
        if url not in referred:
            found.unread.add(url)
            continue
        rule = next(
            (code for system, code in codes_of(resource.get("valueCodeableConcept", {})) if system in KEEPERS), ""
        )
        uid = next((_uid(found, one, resource) for one in resource.get("focus", ())), "")
        notes = resource.get("note", ())
        reason = next((note.get("text", "") for note in notes), "")
        found.remarked |= {url} if len(notes) == 1 else set()
        kept_ones.setdefault((rule, uid), Override(rule, uid, reason))
    return tuple(kept_ones[key] for key in sorted(kept_ones))


def _uid(found: View, reference: Json, home: Json) -> str:
    named = reference.get("identifier", {}).get("value", "").rpartition("/")[2]
    return found.by_group.get(found.resolve(reference, home)[0], str(named))


def not_read(found: View) -> Iterator[Issue]:
    """Yield a warning for everything that the draft does not carry."""
    for url, resource in found.left():
        path, type_ = found.paths[url], resource["resourceType"]
        if type_ == "Observation":
            codes = codes_of(resource.get("code", {}))
            if (STATEMENTS, incomplete.INCOMPLETE.code) in codes:
                yield from _not_accepted(path, resource)
            elif not (is_ours(resource) and _follows(codes)):
                yield _warning(path, "fhir-not-read", "not an answer that this program wrote; it is not in the draft")
        elif not _is_expected(resource):
            yield _warning(path, "fhir-not-read", f"{type_} is not read; it is not in the draft")


def alone(found: View) -> Iterator[Issue]:
    """Yield a warning for what nothing refers to: studies, orders, people; and a Provenance of nothing that is here."""
    sources = [(url, one) for url, one in found.left() if one["resourceType"] in CONTEXT or _is_order(one)]
    referred = _referred(found) if sources else set()
    for url, resource in sources:
        if url not in referred and url not in found.negated:
            message = f"nothing refers to this {resource['resourceType']}, so it is not read"
            yield _warning(found.paths[url], "fhir-not-read", message)
    for url, resource in found.of_type("Provenance"):
        if all(found.resolve(one, resource)[1] is None for one in resource["target"]):
            message = "about nothing in this bundle, so it is not read"
            yield _warning(found.paths[url], "fhir-not-read", message)


def _is_expected(resource: Json) -> bool:
    """Whether a resource is part of a report, though no answer is read from it; a task is one of this program's."""
    type_ = resource["resourceType"]
    return type_ in DERIVED or _is_order(resource) or (type_ == "Task" and is_ours(resource))


def _referred(found: View) -> set[str]:
    """Return the URL of everything that something refers to."""
    return {found.resolve(reference, one)[0] for one in found.resources.values() for reference in references(one)}


def _is_order(resource: Json) -> bool:
    """Whether a resource is an order; a recommendation is a proposal."""
    return bool(resource["resourceType"] == "ServiceRequest" and resource.get("intent") == "order")


def _follows(codes: set[tuple[str, str]]) -> bool:
    """Whether an Observation follows from the answers: a diagnosis, an actionable finding, the list of all results."""
    gathered = (STATEMENTS, RESULTS.code)
    return not codes.isdisjoint({own_disease(), gathered}) or RULES in {system for system, _ in codes}


def _not_accepted(path: str, resource: Json) -> Iterator[Issue]:
    for position, component in enumerate(resource.get("component", ())):
        if (STATEMENTS, incomplete.MISSING.code) not in codes_of(component["code"]):
            message = "an answer that was not accepted is in the report as words only; it is not in the draft"
            yield _warning(f"{path}.component[{position}]", "answer-not-restored", message)


def _warning(path: str, rule: str, message: str) -> Issue:
    return Issue(rule, Severity.WARNING, Where(path), message)

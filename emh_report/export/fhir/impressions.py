"""Observations about the diagnosis: one for each lesion, one for the conclusion, one for each actionable finding."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from emh_report.codes import Code
from emh_report.export.fhir import fixed
from emh_report.export.fhir.answers import vocabulary_of
from emh_report.export.fhir.datatypes import CACHED, Json, coded, coding, concept, field_concept, term_concept
from emh_report.export.fhir.diagnosis import Conclusion, Lesion, conclusion_of
from emh_report.export.fhir.observations import add_root, group_concept, located, presence_first
from emh_report.export.fhir.values import Members, members
from emh_report.export.fhir.writer import Writer
from emh_report.own_codes import RULES
from emh_report.report import CriticalFinding, ReportGroup
from emh_report.template import Field, Role
from emh_report.vocabulary import Term

SECTION: Final = "impression"
ACTIONABLE: Final = "actionable"
"""Of the name of a finding that a rule recognised, ahead of the rule and the uid of what it was recognised in."""
DIAGNOSIS: Final = "diagnosis"
"""Of the name of an Observation about the diagnosis, behind the uid of its lesion or impression."""
GROUNDS: Final = (Role.CERTAINTY, Role.BASIS)
"""What a diagnosis has as members of its own, so that nobody reads it without its certainty."""


@lru_cache(CACHED)
def disease_concept(field: Field | None = None) -> Json:
    """Return what a diagnosis is about: the disease, and the question of the form that states it."""
    disease = concept(fixed.EMH)
    if field is None:
        return disease
    codes = dict.fromkeys((*fixed.EMH.codes, *field.concept.codes))
    own = (Code(known.system, known.code, known.display) for known in (fixed.EMH, field.concept))
    return coded(*codes, *own, text=fixed.EMH.display)


@lru_cache(CACHED)
def result_concept(field: Field, result: str, certainty: Term | None) -> Json:
    """Return the value of a diagnosis: a term of presence, its text with the certainty in words."""
    term = field.vocabulary.terms.get(result) if field.vocabulary else None
    found = term_concept(term) if term else coded(fixed.FIXED[result], text=result.capitalize())
    return {**found, "text": f"{found['text']} ({certainty.phrase})"} if certainty else found


def at_lesion(group: ReportGroup, lesion: Lesion) -> Json | None:
    """Return the value of the diagnosis at a lesion; None where the report says nothing about it there."""
    asked = group.first(Role.PRESENCE) or group.first(Role.CERTAINTY)
    return result_concept(asked.field, lesion.result, lesion.certainty) if lesion.result and asked else None


def finding(writer: Writer, group: ReportGroup) -> None:
    """Add a lesion and, apart from it, what may be said about the diagnosis there."""
    base, taken = located(writer, group, Role.SITE)
    found = presence_first(writer, group, base, members(writer, group, base, taken))
    reference = add_root(writer, group, base, found, group_concept(group.definition))
    value = at_lesion(group, writer.lesions[group.uid])
    if value is not None:
        _add_diagnosis(writer, group.uid, {**base, "derivedFrom": [reference]}, found, disease_concept(), value)


def impression(writer: Writer, group: ReportGroup) -> None:
    """Add the impression: its lines as members of a root, its conclusion as a diagnosis derived from the lesions."""
    base = writer.acquired
    known = conclusion_of(group, writer.lesions.values())
    taken = frozenset({known.item.field.id}) if known else frozenset[str]()
    found = members(writer, group, base, taken)
    if known is None:
        add_root(writer, group, base, found, group_concept(group.definition))
        return
    field = known.item.field
    if known.result != known.entered.term.code or known.entered.text:
        found.roles.append(field.role)
        found.references.append(_as_entered(writer, group.uid, known))
    add_root(writer, group, base, found, group_concept(group.definition))
    lesions = [writer.roots[uid] for uid in writer.lesions if uid in writer.roots]
    evidence = {**base, "derivedFrom": lesions} if lesions else base
    value = result_concept(field, known.result, known.certainty)
    _add_diagnosis(writer, group.uid, evidence, found, disease_concept(field), value)


def _as_entered(writer: Writer, uid: str, known: Conclusion) -> Json:
    """Keep a conclusion that may not leave as the code it was entered with, in words and with its certainty."""
    field = known.item.field
    certainty = known.certainty.phrase if known.certainty else "not stated"
    entered = ": ".join(part for part in (known.entered.term.display, known.entered.text) if part)
    words: Json = {"valueString": f"{entered}; certainty: {certainty}"}
    return writer.observe(writer.name(uid, field.id), writer.acquired, field_concept(field), words)


def _add_diagnosis(writer: Writer, uid: str, base: Json, found: Members, code: Json, value: Json) -> None:
    extra: Json = {"valueCodeableConcept": value}
    grounds = [ref for role, ref in zip(found.roles, found.references, strict=True) if role in GROUNDS]
    if grounds:
        extra["hasMember"] = grounds
    writer.result(SECTION, writer.observe(writer.name(uid, "", DIAGNOSIS), base, code, extra))


def actionable(writer: Writer, critical: CriticalFinding) -> None:
    """Add a finding that a rule recognised as critical: its rule as code, the answers as text, urgency as value."""
    urgencies = vocabulary_of(writer.report.template, "urgency")
    urgency = urgencies.terms.get(critical.urgency) if urgencies else None
    extra: Json = {"valueCodeableConcept": term_concept(urgency) if urgency else {"text": critical.urgency}}
    root = writer.roots.get(critical.group_uid)
    if root is not None:
        extra["derivedFrom"] = [root]
    code: Json = {"coding": [coding(Code(RULES, critical.rule_id, ""))], "text": critical.label}
    name = writer.name("", ACTIONABLE, critical.rule_id, critical.group_uid)
    writer.result("communication", writer.observe(name, writer.acquired, code, extra))

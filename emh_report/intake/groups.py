"""Group instances as answers: what stands for a group, its own elements and its members, read backwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from emh_report.draft import Coded, Group, Item, Levels, Text, Value
from emh_report.export.fhir.fixed import UNCONFIRMED, VERIFICATION
from emh_report.intake.content import Json
from emh_report.intake.observed import absent, chosen, element, is_open, joined, observed
from emh_report.intake.questions import asked, question
from emh_report.intake.versions import reach
from emh_report.intake.view import WITHDRAWN, Instance, View
from emh_report.own_codes import GROUPS
from emh_report.plan import GroupPlan
from emh_report.template import Field, GroupDefinition, Kind, Role
from emh_report.vocabulary import Term

LOCATED: Final = {Role.FINDING: Role.SITE, Role.ORGAN: Role.ORGAN}
"""Role of a group whose body site answers a question → role of that question."""


VALUED: Final = "valueQuantity"


def read_group(found: View, instance: Instance, plan: GroupPlan) -> Group:
    """Return one group instance with its answers in the order of the template."""
    definition = plan.definition
    items: list[tuple[Field, Value]] = []
    for resource in instance.resources:
        items += _members(found, definition, resource)
    items.sort(key=lambda item: plan.order[item[0].id])
    for resource in instance.resources:
        items += _own(found, definition, resource, items)
        items += _remarks(found, definition, resource)
    items.sort(key=lambda item: plan.order[item[0].id])
    return Group(instance.group_id, instance.uid, tuple(Item(field.id, value) for field, value in items))


def _members(found: View, definition: GroupDefinition, resource: Json) -> Iterator[tuple[Field, Value]]:
    """Yield the answers that are Observations of their own. Parts of one answer follow each other."""
    open_field: Field | None = None
    parts: dict[str, Json] = {}
    listed = list(_observations(found, definition, resource))
    several = Counter(field.id for field, _, _ in listed if field.kind is Kind.MEASUREMENT and not field.repeats)
    for field, part, observation in listed:
        if parts and (field is not open_field or not part or part in parts):
            yield from _joined(found, open_field, parts)
            parts = {}
        if part:
            open_field = field
            parts[part] = observation
        else:
            axis_alone = several[field.id] > 1  # whatever said which part of the size it is has gone
            value = None if axis_alone else observed(field, observation)
            yield from _answer(found, field, value, observation if value is None and not is_open(observation) else None)
    yield from _joined(found, open_field, parts)


def _joined(found: View, field: Field | None, parts: dict[str, Json]) -> Iterator[tuple[Field, Value]]:
    """Yield the answer that Observations are parts of."""
    if field is not None and parts:
        listed = list(parts.values())
        yield from _answer(found, field, joined(field, parts), min(listed, key=lambda one: VALUED in one))


def _answer(
    found: View, field: Field | None, value: Value | None, said_by: Json = None
) -> Iterator[tuple[Field, Value]]:
    """Yield an answer; where there is none, note the resource that says something in its place."""
    if field is not None and value is not None:
        yield field, value
    elif field is not None and said_by is not None:
        found.unread.add(found.homes[id(said_by)])


def _observations(found: View, definition: GroupDefinition, resource: Json) -> Iterator[tuple[Field, str, Json]]:
    references = reach(resource, found.version.members.get(resource["resourceType"], ("-",)))
    for url, observation in dict(found.resolve(one, resource) for one in references).items():  # each once
        known = question(definition, observation.get("code", {})) if observation and url not in found.negated else None
        if known is not None:
            found.used.add(url)
            yield known.field, known.part, observation


def _remarks(found: View, definition: GroupDefinition, resource: Json) -> Iterator[tuple[Field, Value]]:
    field = asked(definition, Role.REMARK)
    for note in resource.get("note", ()) if field else ():
        found.remarked.add(found.homes[id(resource)])
        yield from _answer(found, field, Text(note["text"]) if "text" in note else None)


def _own(
    found: View, definition: GroupDefinition, resource: Json, known: Iterable[tuple[Field, Value]]
) -> Iterator[tuple[Field, Value]]:
    """Yield the answers that are elements of a resource, but for questions that its members answer."""
    type_ = resource["resourceType"]
    answered = {field.id for field, _ in known}
    for path, which in found.version.answers.get(type_, {}).items():
        field = asked(definition, which)
        if field and field.id not in answered and path[0] in resource:
            content = resource[path[0]]
            for one in content if type(content) is list else (content,):
                for value in tuple(reach(one, path[1:])) or (None,):
                    yield from _answer(found, field, None if value is None else element(field, value), resource)
    if type_ == "Condition":
        yield from _verification(found, definition, resource, known)
    elif type_ == "Observation":
        yield from _located(found, definition, resource, list(known))


def _verification(
    found: View, definition: GroupDefinition, resource: Json, known: Iterable[tuple[Field, Value]]
) -> Iterator[tuple[Field, Value]]:
    """Yield the status of a cause that its verificationStatus stands for (property of its term).

    Where an answer beside it says what the status is, note one that does not stand for it.
    """
    field = asked(definition, Role.CAUSE_STATUS)
    if field is None or field.vocabulary is None:
        return
    codings = resource.get("verificationStatus", {}).get("coding", ())
    stated = {one.get("code") for one in codings if one.get("system", UNCONFIRMED.system) == UNCONFIRMED.system}
    codes = {term.code: _stands_for(term) for term in field.vocabulary.terms.values()}
    if answers := [value for one, value in known if one is field]:
        chosen_one = answers[0].code if isinstance(answers[0], Coded) else ""
        due = codes.get(chosen_one) or UNCONFIRMED.code
        found.contradicted |= {found.homes[id(resource)]} if stated - {WITHDRAWN} and due not in stated else set()
    else:
        yield from ((field, Coded(own)) for own in [own for own, code in codes.items() if code in stated][:1])


def _stands_for(term: Term) -> str | None:
    """Return the verificationStatus of a cause with this status; None where it has none of its own."""
    code = VERIFICATION.get(str(term.properties.get("verification", "")))
    return code.code if code else None


def _located(
    found: View, definition: GroupDefinition, root: Json, known: list[tuple[Field, Value]]
) -> Iterator[tuple[Field, Value]]:
    """Yield what code, value and body site of a root Observation answer; others may have given it another code."""
    named = asked(definition, Role.COMPLICATION)
    if named and not any(one.get("system") == GROUPS for one in root["code"].get("coding", ())):
        yield from _complication(found, named, asked(definition, Role.PRESENCE), root)
        return
    field = asked(definition, LOCATED[definition.role]) if definition.role in LOCATED else None
    if field is None or "bodySite" not in root or any(one is field for one, _ in known):
        return
    concept = root["bodySite"]
    for words in reversed([words for one, value in known if (words := _place_words(one, value))]):
        concept = {**concept, "text": concept.get("text", "").removesuffix(f", {words}")}
    yield from _answer(found, field, chosen(field, concept), root)


def _complication(found: View, named: Field, presence: Field | None, root: Json) -> Iterator[tuple[Field, Value]]:
    yield from _answer(found, named, chosen(named, root["code"]), root)
    if presence is not None and "valueCodeableConcept" in root:
        yield from _answer(found, presence, chosen(presence, root["valueCodeableConcept"]), root)
    elif presence is not None and "dataAbsentReason" in root:
        yield from _answer(found, presence, absent(root["dataAbsentReason"]))


def _place_words(field: Field, value: Value) -> str:
    """Return the words that an answer adds to the text of a body site (export/fhir/observations.py, _body_site)."""
    if field.role is Role.LATERALITY and isinstance(value, Coded) and field.vocabulary:
        term: Term | None = field.vocabulary.terms.get(value.code)
        return term.phrase if term else ""
    if field.role is Role.LEVELS and isinstance(value, Levels):
        return value.upper if value.upper == value.lower else f"{value.upper} to {value.lower}"
    return ""

"""A draft as the response to the Questionnaire of its template: to fill a form with what is known, and for archives.

A response is the same in R4 and R5. Its items stand in the order of the template, as FHIR demands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote

from emh_report.context import Context, Identifier, facts
from emh_report.draft import Draft, Group, Value
from emh_report.errors import InputError
from emh_report.export.questionnaire.datatypes import Json, coding
from emh_report.export.questionnaire.given import CannotCarryError, Given, beside, item, items_of, plain_text
from emh_report.linkids import (
    CONTEXT,
    CONTEXT_CODES,
    DRAFT,
    HASH,
    MODE,
    OVERRIDE,
    OVERRIDE_PARTS,
    WORDS_PARTS,
    canonical,
    context_code,
    fact,
    facts_read,
    uid,
    words,
)
from emh_report.resolve import UID
from emh_report.statuses import STATUSES
from emh_report.template import GroupDefinition, Template
from emh_report.text import visible
from emh_report.values import LevelTables

DRAFT_STATUS: Final = "in-progress"
"""Status of the response of a report that was not released."""

Violation = tuple[str, str]


def response(template: Template, tables: LevelTables, draft: Draft, context: Context) -> Json:
    """Return the response that says what ``draft`` says.

    Raises InputError with the path of every answer that is none to this template: a response cannot carry it.
    """
    violations: list[Violation] = list(_identity(template, draft))
    items = _groups(template, tables, draft, violations)
    if violations:
        raise InputError(violations)
    released = STATUSES.get(context.report.status)
    return {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": f"{canonical(template)}|{template.version}",
        "status": released.questionnaire_response if released else DRAFT_STATUS,
        **_about(context),
        "item": [*_facts(template, draft, context), *items, _draft(draft)],
    }


def _identity(template: Template, draft: Draft) -> Iterator[Violation]:
    if draft.template_id != template.id:
        yield "draft.template_id", "is another template"
    if draft.template_version not in ("", template.version):
        yield "draft.template_version", "is another version of the template"


def _groups(template: Template, tables: LevelTables, draft: Draft, violations: list[Violation]) -> list[Json]:
    found: dict[str, list[Json]] = {group_id: [] for group_id in template.groups}
    for position, group in enumerate(draft.groups):
        path = f"draft.groups[{position}]"
        definition = template.groups.get(group.group_id)
        if definition is None:
            violations.append((f"{path}.group_id", "not a group of this template"))
        elif found[group.group_id] and not definition.repeats:
            violations.append((path, f"{definition.title} occurs once only"))
        elif not UID.fullmatch(group.uid) and (definition.repeats or group.uid):
            violations.append((f"{path}.uid", "not a uid: letters, digits, dot, underscore or hyphen, at most 64"))
        else:
            found[group.group_id].append(_group(definition, tables, group, path, violations))
    return [one for items in found.values() for one in items]


def _group(
    definition: GroupDefinition, tables: LevelTables, group: Group, path: str, violations: list[Violation]
) -> Json:
    given: dict[str, list[Value]] = {field_id: [] for field_id in definition.fields}
    places: dict[str, str] = {}
    for position, (field_id, value) in enumerate(group.items):
        place = f"{path}.items[{position}]"
        if field_id not in given:
            violations.append((f"{place}.field_id", f"not a field of {definition.title}"))
        elif value is None:
            violations.append((place, "was sent without a value"))
        else:
            given[field_id].append(value)
            places[field_id] = place
    inside = [item(uid(group.group_id), "", "String", [group.uid])] if group.uid else []
    texts: list[tuple[str, str, str]] = []
    for field_id, values in given.items():
        if not values:
            continue
        answer = Given(group.group_id, definition.fields[field_id], values, tables)
        try:
            inside += items_of(answer)
            texts += [(name, code, plain_text(text)) for name, code, text in beside(answer)]
        except CannotCarryError as error:
            violations.append((places[field_id], str(error)))
    inside += [_parts(words(group.group_id), WORDS_PARTS, text) for text in texts]
    head: Json = {"linkId": group.group_id, "text": definition.title}
    return {**head, "item": inside} if inside else head


def _parts(link_id: str, names: tuple[str, ...], values: tuple[str, ...]) -> Json:
    """Return a group of texts; one that is empty is left out."""
    pairs = zip(names, values, strict=True)
    return {"linkId": link_id, "item": [item(f"{link_id}.{name}", "", "String", [one]) for name, one in pairs if one]}


def _draft(draft: Draft) -> Json:
    """Return what a draft has beside its answers."""
    inside = [item(MODE, "", "String", [draft.mode.value])]
    if draft.template_hash:
        inside.append(item(HASH, "", "String", [draft.template_hash]))
    inside += [_parts(OVERRIDE, OVERRIDE_PARTS, tuple(override)) for override in draft.overrides]
    return {"linkId": DRAFT, "item": inside}


def _facts(template: Template, draft: Draft, context: Context) -> list[Json]:
    """Return the facts of the context that conditions of the template read, as far as they are known."""
    known = facts(context, draft.mode.value)
    inside: list[Json] = []
    for name in facts_read(template):
        value = known.get(name)
        if value is None:
            continue
        if name in CONTEXT_CODES:
            inside.append(item(fact(name), "", "Coding", [coding(context_code(name, str(value)))]))
        elif isinstance(value, frozenset):
            inside.append(item(fact(name), "", "String", sorted(value)))
        else:
            inside.append(item(fact(name), "", "Integer" if isinstance(value, int) else "DateTime", [value]))
    return [{"linkId": CONTEXT, "item": inside}] if inside else []


def _about(context: Context) -> Json:
    """Return patient, orders and author by their identifiers, and the time of release."""
    found: Json = {}
    orders = [_reference("ServiceRequest", order.accession) for order in context.orders if order.accession.value]
    if orders:
        found["basedOn"] = orders
    if context.patient.identifiers:
        found["subject"] = _reference("Patient", context.patient.identifiers[0])
    if context.report.issued:
        found["authored"] = context.report.issued
    if context.author.identifier.value:
        found["author"] = _reference("Practitioner", context.author.identifier)
    return found


def _reference(type_: str, known: Identifier) -> Json:
    system: Json = {"system": re.sub(r"\s", lambda blank: quote(blank[0]), visible(known.system))}
    return {"type": type_, "identifier": {**(system if known.system else {}), "value": visible(known.value)}}

"""Reading single answers of a group for resources that have an element for them, and what answers draw on."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from emh_report.draft import Date, DateTime, Text
from emh_report.export.fhir.datatypes import CACHED, Json, choice
from emh_report.export.fhir.observations import base_of
from emh_report.export.fhir.values import members
from emh_report.export.fhir.writer import Writer
from emh_report.report import Choice, ReportGroup
from emh_report.template import Template
from emh_report.vocabulary import Vocabulary

Elements = Mapping[str, tuple[str, object]]
"""By question: the element of a resource that holds its answer, and the content (falsy: not answered so)."""


def choices(group: ReportGroup, field_id: str) -> list[Json]:
    """Return the terms chosen for a question."""
    return [choice(item.value) for item in group.of(field_id) if isinstance(item.value, Choice)]


def text(group: ReportGroup, field_id: str) -> str:
    """Return the words typed for a question; empty when there are none."""
    return next((item.value.value for item in group.of(field_id) if isinstance(item.value, Text)), "")


def date(group: ReportGroup, field_id: str) -> str:
    """Return the date given for a question with the precision it was given; empty when there is none."""
    return next((item.value.value for item in group.of(field_id) if isinstance(item.value, Date | DateTime)), "")


@lru_cache(CACHED)
def vocabulary_of(template: Template, vocabulary_id: str) -> Vocabulary | None:
    """Return a vocabulary that some question of the template draws on."""
    fields = (field for group in template.groups.values() for field in group.fields.values())
    return next(
        (field.vocabulary for field in fields if field.vocabulary and field.vocabulary.id == vocabulary_id), None
    )


def add_statement(writer: Writer, group: ReportGroup, type_: str, body: Json, rest: str, elements: Elements) -> None:
    """Add the resource of a group and refer to it from the section of the group.

    Answers without an element become Observations, listed in the element ``rest``, so that a question
    nobody thought of here is not lost.
    """
    used = {field_id for field_id, (element, content) in elements.items() if content}
    body |= {element: content for element, content in elements.values() if content and element}
    found = members(writer, group, base_of(writer, group), frozenset(used))
    listed = found.references
    if listed:
        body[rest] = [{"detail": listed}] if rest == "evidence" else listed
    reference = writer.add(
        type_, writer.name(group.uid), body | found.note, writer.instance(group.definition.id, group.uid)
    )
    writer.groups[group.uid] = reference
    writer.place(group.definition.section, reference)

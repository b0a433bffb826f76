"""What a context already tells, as the start of a draft: examined facts only, for the author to confirm."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from emh_report.context import Context
from emh_report.dates import is_partial_date_time
from emh_report.draft import Coded, DateTime, Draft, Group, Item, ReportMode, Text, Value
from emh_report.template import Field, GroupDefinition, Kind, Template
from emh_report.text import is_unsafe

KNOWN: Final = (("procedure", "modality"), ("procedure", "exam-date"), ("clinical", "indication"))
"""Questions that a context answers, in the order of their answers below."""


def prefill(template: Template, context: Context, mode: ReportMode = ReportMode.STANDALONE) -> Draft:
    """Return a draft with what studies and orders tell, and an entry for everything a statement is needed about.

    A modality that the template does not offer, a date that cannot be read and words that cannot be shown are left
    for the author. So is the indication where the orders give different reasons.
    """
    groups = [group for definition in template.groups.values() for group in _groups(definition, context)]
    return Draft(template.id, template.version, tuple(groups), template.content_hash, mode)


def _groups(definition: GroupDefinition, context: Context) -> Iterator[Group]:
    items = tuple(
        Item(field_id, value)
        for group_id, field_id in KNOWN
        if group_id == definition.id and field_id in definition.fields
        for value in _values(definition.fields[field_id], context)
    )
    if items:
        yield Group(definition.id, definition.id, items)
    for key in definition.required_keys:
        yield Group(definition.id, f"{definition.id}-{key}", (Item(definition.key, Coded(key)),))


def _values(field: Field, context: Context) -> Iterator[Value]:
    if field.kind is Kind.CODED and field.vocabulary:
        codes = dict.fromkeys(code for study in context.studies for code in study.modalities)
        yield from (Coded(code) for code in codes if code in field.vocabulary.terms)
    elif field.kind is Kind.DATE_TIME and is_partial_date_time(context.exam_date):
        yield DateTime(context.exam_date)
    elif field.kind is Kind.TEXT:
        reasons = {order.reason for order in context.orders if order.reason.strip() and not is_unsafe(order.reason)}
        yield from (Text(reason) for reason in reasons if len(reasons) == 1)

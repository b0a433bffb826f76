"""Questions as items, one function for each kind of answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Final, NamedTuple

from emh_report import limits
from emh_report.codes import Code
from emh_report.export.questionnaire.conditions import (
    When,
    answered,
    can_be_undecided,
    chosen,
    elements,
    enable_when,
    with_test,
    without_answer,
)
from emh_report.export.questionnaire.datatypes import (
    HIDDEN,
    Json,
    coding,
    control,
    core,
    extended,
    quantity,
    sdc,
    unit_coding,
)
from emh_report.export.questionnaire.options import ValueSets, reasons
from emh_report.export.questionnaire.versions import NAMES, Release
from emh_report.linkids import (
    AXES,
    CHOICES,
    COMPOSITE,
    DATES,
    IMAGE,
    LEVELS,
    UNIT,
    absent,
    instead,
    only_unit,
    own_code,
    partial,
    question,
    speaking,
    time,
    words_of,
)
from emh_report.template import Field, GroupDefinition, Kind, Role, Template
from emh_report.values import LevelTables

PARTIAL_DATE: Final = "[0-9]{4}(-(0[1-9]|1[0-2]))?"

CHECK_BOXES: Final = 12
"""Lists of several answers up to this length are boxes to tick; longer ones are searched by typing."""


class Form(NamedTuple):
    """What the items of one Questionnaire share."""

    template: Template
    tables: LevelTables
    release: Release
    value_sets: ValueSets


class Asked(NamedTuple):
    """One question of a group, and when it is shown."""

    form: Form
    group: GroupDefinition
    field: Field
    when: When | None

    @property
    def link_id(self) -> str:
        """Link id of the question."""
        return question(self.group.id, self.field.id)


def items_of(form: Form, group: GroupDefinition) -> Iterator[Json]:
    """Yield the items of every question of a group."""
    for field in group.fields.values():
        asked = Asked(form, group, field, enable_when(form.template, group.id, field))
        yield from _COMPOSERS[field.kind](asked) if field.kind in COMPOSITE else _plain(asked)


def choice_item(form: Form, link_id: str, text: str, options: Json, *extensions: Json) -> Json:
    """Return a question with a list of answers."""
    constraint: Json = {"answerConstraint": "optionsOnly"} if NAMES[form.release].answer_constraint else {}
    kind: Json = {"linkId": link_id, "text": text, "type": NAMES[form.release].choice}
    return {**extended(*extensions), **kind, **constraint, **options}


def _plain(asked: Asked) -> Iterator[Json]:
    """Yield the item of a question, those of words that go with its terms, and that of its absent reason."""
    field = asked.field
    when, demanded = _demand(asked)
    item = {**_head(asked), **elements(when)}
    if demanded:
        item["required"] = True
    if field.repeats:
        item["repeats"] = True
    item |= _typed(asked)
    if field.help:
        help_: Json = {"linkId": f"{asked.link_id}.help", "text": field.help, "type": "display"}
        item["item"] = [{**extended(control("help")), **help_}]
    yield item
    for term in speaking(field):
        link_id = words_of(asked.group.id, field.id, term.code)
        words: Json = {"linkId": link_id, "text": f"{field.label}: {term.display}, in words", "type": "string"}
        yield {**words, **elements(chosen(asked.link_id, own_code(term))), "required": True}
    yield from _dates(asked)
    if field.kind not in CHOICES:
        yield _absent(asked)


def _dates(asked: Asked) -> Iterator[Json]:
    """Yield the items for a date that is less than a day, and for one with a time of day."""
    group_id, field = asked.group.id, asked.field
    if field.kind in DATES:
        format_ = extended(core("regex", "String", PARTIAL_DATE), core("entryFormat", "String", "YYYY or YYYY-MM"))
        text = f"{field.label}, if only year or month is known"
        item: Json = {"linkId": partial(group_id, field.id), "text": text, "type": "string"}
        yield {**format_, **item, **elements(asked.when)}
    if field.kind is Kind.DATE_TIME:
        text = f"{field.label}, with time of day"
        yield {"linkId": time(group_id, field.id), "text": text, "type": "dateTime", **elements(asked.when)}


def _demand(asked: Asked) -> tuple[When | None, bool]:
    """Return when a question is shown, and whether it has to be answered then: not where it is answered elsewhere."""
    group_id, field, when = asked.group.id, asked.field, asked.when
    if not field.required or can_be_undecided(field):
        return when, False
    if field.kind in CHOICES:
        return when, True
    for link_id in instead(group_id, field):
        both = with_test(when, without_answer(link_id))
        if both is None:
            return asked.when, False
        when = both
    return when, True


def _head(asked: Asked) -> Json:
    field = asked.field
    codes = [*field.concept.codes, Code(field.concept.system, field.concept.code, field.concept.display)]
    meant: Json = {} if field.role is Role.REMARK else {"code": [coding(code) for code in codes]}
    head: Json = {"linkId": asked.link_id, **meant, "text": field.label}
    extensions = [*_controls(asked), *_limits(asked), _extraction(asked)]
    return {**extended(*extensions), **head}


def _controls(asked: Asked) -> Iterator[Json]:
    field = asked.field
    if field.kind is Kind.BOOLEAN:
        yield control("radio-button")
        yield core("questionnaire-choiceOrientation", "Code", "horizontal")
    elif field.vocabulary and field.repeats:
        yield control("check-box" if len(field.vocabulary.terms) <= CHECK_BOXES else "drop-down")
    elif field.vocabulary:
        yield control("drop-down")


def _limits(asked: Asked) -> Iterator[Json]:
    field = asked.field
    if field.kind is Kind.QUANTITY and field.units:
        units = [unit_coding(unit) for unit in field.units.values()]
        single = len(units) == 1
        yield from (core(f"questionnaire-{'unit' if single else 'unitOption'}", "Coding", unit) for unit in units)
    if field.bounds is None:
        return
    for name, number in (("min", field.bounds.low), ("max", field.bounds.high)):
        if field.kind is Kind.QUANTITY and not only_unit(field) and field.reference_unit:
            yield sdc(f"{name}Quantity", "Quantity", quantity(number, field.reference_unit))
        elif field.kind is Kind.INTEGER:
            yield core(f"{name}Value", "Integer", int(number))
        else:
            yield core(f"{name}Value", "Decimal", number)


def _typed(asked: Asked) -> Json:
    """Return type and list of answers of an item that is not a group."""
    form, _, field, _ = asked
    if field.kind in CHOICES:
        constraint: Json = {"answerConstraint": "optionsOnly"} if NAMES[form.release].answer_constraint else {}
        return {"type": NAMES[form.release].choice, **constraint, **form.value_sets.of(field)}
    if field.kind is Kind.QUANTITY:
        return {"type": "decimal" if only_unit(field) else "quantity"}
    long: Json = {"maxLength": limits.TEXT} if field.kind is Kind.TEXT else {}
    return {"type": _TYPES[field.kind], **long}


_TYPES: Final[Mapping[Kind, str]] = {
    Kind.INTEGER: "integer",
    Kind.DATE: "date",
    Kind.DATE_TIME: "date",
    Kind.TEXT: "text",
}


def _absent(asked: Asked, *, inside: bool = False) -> Json:
    """Return the item for the reason why there is no answer; shown where an answer may be demanded."""
    form, group, field, when = asked
    needed = field.required or field.required_when is not None
    link_id = absent(group.id, field.id)
    shown = control("drop-down") if needed else HIDDEN
    item = choice_item(form, link_id, f"{field.label}: no answer, because", reasons(), shown)
    return item if inside else {**item, **elements(when)}


def _composite(asked: Asked, parts: list[Json]) -> Iterator[Json]:
    item: Json = {**_head(asked), "type": "group", **elements(asked.when)}
    if asked.field.repeats:
        item["repeats"] = True
    yield {**item, "item": [*parts, _absent(asked, inside=True)]}


def _levels(asked: Asked) -> Iterator[Json]:
    form, group, field, _ = asked
    tables = (form.tables.levels, form.tables.levels, form.tables.numberings)
    yield from _composite(
        asked,
        [
            choice_item(
                form,
                question(group.id, field.id, part),
                label,
                form.value_sets.terms(vocabulary),
                control("drop-down"),
            )
            for (part, label), vocabulary in zip(LEVELS, tables, strict=True)
        ],
    )


def _measurement(asked: Asked) -> Iterator[Json]:
    form, group, field, _ = asked
    units = [unit_coding(unit) for unit in (field.units or {}).values()]
    first = question(group.id, field.id, AXES[0])
    of_axis = [core("questionnaire-unit", "Coding", units[0])] if len(units) == 1 else []
    of_axis.append(core("minValue", "Decimal", Decimal(0)))
    parts: list[Json] = []
    for number, axis in enumerate(AXES, start=1):
        item: Json = {"linkId": question(group.id, field.id, axis), "text": f"Axis {number}", "type": "decimal"}
        parts.append({**extended(*of_axis), **item})
    if len(units) > 1:
        options: Json = {"answerOption": [{"valueCoding": unit} for unit in units]}
        unit = choice_item(form, question(group.id, field.id, UNIT), "Unit", options, control("drop-down"))
        parts.append({**unit, **elements(answered(first)), "required": True})
    yield from _composite(asked, parts)


def _image(asked: Asked) -> Iterator[Json]:
    _, group, field, _ = asked
    parts: list[Json] = []
    for part in IMAGE:
        item: Json = {"linkId": question(group.id, field.id, part.name), "text": part.label, "type": part.type}
        parts.append({**item, "repeats": True} if part.attribute == "frames" else item)
    yield from _composite(asked, parts)


_COMPOSERS: Final[Mapping[Kind, Callable[[Asked], Iterator[Json]]]] = {
    Kind.LEVELS: _levels,
    Kind.MEASUREMENT: _measurement,
    Kind.IMAGE: _image,
}

OBSERVED: Final = frozenset({Role.FINDING, Role.ORGAN, Role.OTHER})
"""Groups that say what the images show."""


def _extraction(asked: Asked) -> Json | None:
    """Mark an answer as an Observation of its group.

    Not one with parts or from history: alone it would be read as another statement than the one that was made.
    """
    group, field = asked.group, asked.field
    earlier = field.role is Role.HISTORY or (field.role is Role.CHANGE and field.kind is not Kind.CODED)
    simple = field.kind not in COMPOSITE and field.role is not Role.REMARK
    marked = group.role in OBSERVED and simple and not earlier
    return sdc("observationExtract", "Code", "member") if marked else None

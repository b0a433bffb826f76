"""A report as rows of a flat table, one for each lesion; and what its columns mean, read from the templates.

Two underscores stand only in names that no question has, so no question of a department hides another column. Values
are as answered: an answer that says why there is none stands in ``…__absent``, so an empty cell is a question that was
not answered. Numbers are in one unit for each column; ``…__as_entered`` has the digits as typed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, NamedTuple

from emh_report.context import ReportStatus
from emh_report.draft import Absent, Boolean, Date, DateTime, Image, Integer, Text
from emh_report.report import Amount, Axes, Choice, LevelRange, Report, ReportGroup, ReportItem, Resolved
from emh_report.template import Field, Kind, Role, Template
from emh_report.values import MAX_AXES

Row = dict[str, Any]

WITHDRAWN: Final = frozenset({ReportStatus.CANCELLED, ReportStatus.ENTERED_IN_ERROR})
"""Reports that say nothing about a patient have no rows."""


class Column(NamedTuple):
    """One column: name, type (string, bool, int64, double, or list of one of them), meaning, and where it comes from.

    ``vocabulary`` is the list of terms whose codes it has, ``unit`` the UCUM code of its numbers.
    """

    name: str
    type: str
    meaning: str
    vocabulary: str = ""
    unit: str = ""
    templates: tuple[str, ...] = ()


REPORT_COLUMNS: Final = (
    Column("report__id", "string", "Id of the report in the store"),
    Column("report__version", "int64", "Number of the version"),
    Column("report__status", "string", "State of the version"),
    Column("report__issued", "string", "When the version was released (RFC 3339)"),
    Column("report__mode", "string", "standalone, or companion: found on a study read for something else"),
    Column("report__template", "string", "Template"),
    Column("report__template_version", "string", "Version of the template"),
    Column("report__exam_date", "string", "Day of the examination, with the precision that is known"),
    Column("report__modalities", "list<string>", "Modalities of the studies (DICOM)"),
    Column("report__focus", "string", "patient, or fetus"),
    Column("report__causes", "list<string>", "Causes the report names, excluded ones too", "cause"),
    Column("report__cause_status", "list<string>", "What it says about each of these, in their order", "cause-status"),
    Column("report__unresolved", "list<string>", "Answers about this lesion that were not accepted, as typed"),
    Column("report__test_data", "bool", "Not about a patient"),
    Column("patient__key", "string", "Keyed digest of the first identifier of the patient: equal for the same one"),
    Column("patient__sex", "string", "Sex of the patient"),
    Column("lesion__uid", "string", "Identity of the lesion in all versions of the report"),
    Column("lesion__group", "string", "Group of the template that the lesion is an instance of"),
)
"""What every row says about its report."""

_TYPES: Final[Mapping[Kind, str]] = {
    Kind.CODED: "string",
    Kind.QUANTITY: "double",
    Kind.INTEGER: "int64",
    Kind.BOOLEAN: "bool",
    Kind.DATE: "string",
    Kind.DATE_TIME: "string",
    Kind.TEXT: "string",
    Kind.LEVELS: "string",
    Kind.MEASUREMENT: "double",
    Kind.IMAGE: "string",
}


def column_name(field_id: str) -> str:
    """Return the column of a question."""
    return field_id.replace("-", "_")


def columns(templates: Iterable[Template]) -> tuple[Column, ...]:
    """Return every column of the table that reports of these templates make, in the order of their questions."""
    asked: dict[str, Field] = {}
    where: dict[str, list[str]] = {}
    for template in templates:
        for group in template.groups.values():
            for field in group.fields.values() if group.role is Role.FINDING else ():
                asked.setdefault(field.id, field)
                if template.id not in where.setdefault(field.id, []):
                    where[field.id].append(template.id)
    found = (column for field in asked.values() for column in _columns(field, tuple(where[field.id])))
    return (*REPORT_COLUMNS, *found)


def _columns(field: Field, templates: tuple[str, ...]) -> Iterator[Column]:
    name, unit = column_name(field.id), field.reference_unit.code if field.reference_unit else ""
    vocabulary = field.vocabulary.id if field.vocabulary else ""
    for suffix, meaning in _parts(field):
        type_ = "string" if suffix in _WORDS else _TYPES[field.kind]
        listed = field.repeats and suffix != ABSENT
        coded = vocabulary if suffix not in _WORDS else ""
        numbered = unit if suffix not in _WORDS else ""
        label = f"{field.label}{meaning}"
        yield Column(f"{name}{suffix}", f"list<{type_}>" if listed else type_, label, coded, numbered, templates)


TEXT: Final = "__text"
ENTERED: Final = "__as_entered"
ABSENT: Final = "__absent"
_WORDS: Final = frozenset({TEXT, ENTERED, ABSENT})


def _parts(field: Field) -> Iterator[tuple[str, str]]:
    """Yield suffix and meaning of each column of a question."""
    if field.kind is Kind.LEVELS:
        yield "__upper", ", upper end"
        yield "__lower", ", lower end"
        yield "__numbering", ", how the levels were counted"
    elif field.kind is Kind.MEASUREMENT:
        for axis in range(1, MAX_AXES + 1):
            yield f"__axis_{axis}", f", axis {axis} in the order entered"
    elif field.kind is Kind.IMAGE:
        yield "", ", SOP Instance UID or numbers of series and image, without frames"
    else:
        yield "", ""
    if field.kind is Kind.CODED:
        yield TEXT, ": words beside the code; of several at the place of theirs"
    if field.kind in (Kind.QUANTITY, Kind.MEASUREMENT):
        yield ENTERED, ", digits and unit as entered"
    yield ABSENT, ": why there is no value (unknown, not-evaluable, not-applicable)"


Key = Callable[[Report], str]
"""From a report to the pseudonym of its patient."""


def rows(report: Report, report_id: str, key: Key) -> list[Row]:
    """Return a row for each lesion of a released report; none where it was cancelled or withdrawn."""
    if report.context.report.status in WITHDRAWN:
        return []
    head = _head(report, report_id, key)
    return [{**head, **_lesion(report, group)} for group in report.groups if group.definition.role is Role.FINDING]


def _head(report: Report, report_id: str, key: Key) -> Row:
    context, identity = report.context, report.context.report
    causes = dict.fromkeys(_causes(report))
    modalities = (modality for study in context.studies for modality in study.modalities)
    return {
        "report__id": report_id,
        "report__version": identity.version,
        "report__status": identity.status.value,
        "report__issued": identity.issued,
        "report__mode": report.mode.value,
        "report__template": report.template.id,
        "report__template_version": report.template.version,
        "report__exam_date": context.exam_date[:10] or None,
        "report__modalities": list(dict.fromkeys(modalities)),
        "report__focus": context.focus.value,
        "report__causes": [cause for cause, _ in causes],
        "report__cause_status": [status for _, status in causes],
        "report__test_data": context.test_data,
        "patient__key": key(report),
        "patient__sex": context.patient.sex.value,
    }


def _causes(report: Report) -> Iterator[tuple[str, str | None]]:
    """Yield each cause with what is said about it: established, suspected, excluded, or nothing."""
    for group in report.groups:
        for field, value in group.items:
            if field.role is Role.CAUSE and isinstance(value, Choice):
                said = group.first(Role.CAUSE_STATUS)
                yield value.term.code, said.value.term.code if said and isinstance(said.value, Choice) else None


def _lesion(report: Report, group: ReportGroup) -> Row:
    mine = [one for one in report.unresolved if one.where.group_uid == group.uid]
    row: Row = {
        "lesion__uid": group.uid,
        "lesion__group": group.definition.id,
        "report__unresolved": [f"{one.where.field_id}: {one.as_typed}" for one in mine],
    }
    for item in group.items:
        for name, value in _cells(item):
            if item.field.repeats and not name.endswith(ABSENT):
                row.setdefault(name, []).append(value)
            else:
                row[name] = value
    return {name: value for name, value in row.items() if not name.endswith(TEXT) or any(value)}


def _cells(item: ReportItem) -> Iterator[tuple[str, Any]]:
    field, value = item
    name = _name(field.id)
    match value:
        case Absent():
            yield f"{name}{ABSENT}", value.value
        case Choice(term, text):
            yield name, term.code
            if text or field.repeats:  # so that words stand at the place of their code
                yield f"{name}{TEXT}", text or None
        case Amount(text, unit, number):
            yield name, _in_reference(field, number, unit.factor)
            yield f"{name}{ENTERED}", f"{text} {unit.code}"
        case Axes(texts, unit, numbers):
            for axis, number in enumerate(numbers, 1):
                yield f"{name}__axis_{axis}", _in_reference(field, number, unit.factor)
            yield f"{name}{ENTERED}", f"{' x '.join(texts)} {unit.code}"
        case LevelRange(upper, lower, numbering):
            yield f"{name}__upper", upper.code
            yield f"{name}__lower", lower.code
            if numbering is not None:
                yield f"{name}__numbering", numbering.code
        case _:
            yield name, _plain(value)


_name = lru_cache(maxsize=4096)(column_name)


def _in_reference(field: Field, number: Decimal, factor: Decimal) -> float:
    reference = field.reference_unit
    return float(number * factor / reference.factor) if reference else float(number)


def _plain(value: Resolved) -> str | int | bool:
    match value:
        case Integer(number):
            return number
        case Boolean(truth):
            return truth
        case Date(text) | DateTime(text) | Text(text):
            return text
        case Image():
            series = f"series {value.series_number} " if value.series_number else ""  # 0: nobody stated one
            return value.sop_instance_uid or f"{series}image {value.instance_number}"
        case _:
            raise TypeError(type(value).__name__)


DICTIONARY: Final = """# Data dictionary of the lesion table

`emh-report export-all FOLDER --as lesions` writes one row for each lesion of the newest version of every released
report; of none that was cancelled or withdrawn. An empty cell is a question that was not answered. Every question also
has a column `…__absent` of type string, not listed below: why there is no value (`unknown`, `not-evaluable`,
`not-applicable`). Every question that is answered by codes also has a column `…__text`, not listed either: words that
were typed beside the code (of several codes a list as long, empty where there are none). Numbers are in the unit named
here; `…__as_entered` has digits and unit as entered. Columns of free text, `…__text` too, may name people.
`emh-report vocabulary NAME` prints the codes of a vocabulary.

Before you count:

- What is said to be absent has a row too: lesions that are there have `presence` = `present`.
- Preliminary reports, companion reports and test data are in the table: `report__status`, `report__mode`,
  `report__test_data`. A report that names no lesion has no row.
- A row may stand for several lesions (`number`, `count`), and a lesion that is followed up has a row in each report.
  `lesion__uid` is that of a lesion within its report; only `tracking_uid`, where it was given, is the same in others.
- `report__causes` has excluded causes, too. What the report says about each stands at the same place of
  `report__cause_status`; it is empty where the report does not say.
- No is `false`; a question that was not asked or not answered is empty. A share counts those with an answer.
- No axis of a size is called the longest: take the greatest of the three.

This page is what `emh-report templates --dictionary` prints; with `--site` it prints that of a department.

"""


def dictionary(templates: Iterable[Template]) -> str:
    """Return what the columns mean, as a page in Markdown."""
    known = tuple(templates)
    every = tuple(template.id for template in known)
    lines = ["| Column | Type | Meaning | Codes or unit | Templates |", "|---|---|---|---|---|"]
    for column in columns(known):
        if column.name.endswith((ABSENT, TEXT)):
            continue
        source = f"vocabulary `{column.vocabulary}`" if column.vocabulary else f"`{column.unit}`" if column.unit else ""
        lines.append(f"| `{column.name}` | {column.type} | {column.meaning} | {source} | {_named(column, every)} |")
    return DICTIONARY + "\n".join(lines) + "\n"


def _named(column: Column, every: tuple[str, ...]) -> str:
    missing = [one for one in every if one not in column.templates]
    if not column.templates or not missing:
        return "all"
    if len(missing) < len(column.templates):
        return f"all but {', '.join(missing)}"
    return ", ".join(column.templates)

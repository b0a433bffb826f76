"""What is missing or malformed in a context: what a receiver of the report could not do without."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from emh_report.blanks import blanks, texts, without_blanks
from emh_report.context import COMPLETE_STATUSES, Context, Identifier, Order, is_uid, known_by
from emh_report.dates import is_instant, is_partial_date_time
from emh_report.issues import Issue, Severity, Where

Problem = tuple[str, str, str, bool]
"""Path, rule, message, and whether it is in the way of a preliminary report too."""

BLANK: Final = "white space only is no value: state one, or leave it out"

SPACED: Final = (
    "a space at an end or of another kind, a tab, a line break or a character that nobody sees: whoever has the number "
    "without it finds nothing by this one; send it as the system has it that it comes from"
)


def _is_odd_value(text: str) -> bool:
    return not text.isprintable() or text != text.strip()


def _is_odd_system(text: str) -> bool:
    return not text.isprintable() or " " in text  # a URI has no space (FHIR R4 datatypes, uri)


_ODD: Final = {"value": _is_odd_value, "accession": _is_odd_value, "system": _is_odd_system}
"""Name of a field → whether its text is one that others write otherwise."""


def context_issues(context: Context) -> list[Issue]:
    """Return what is missing or malformed in the context, as issues under ``context.*``.

    White space only is no value: it is told at its own path, as an error where a value is needed there.
    """
    written = _texts(context)
    known = stated(context, written)
    problems = list(_problems(known))
    blank = [] if known is context else list(blanks(context))
    issues = [_blank(path, [one for one in problems if _is_within(path, one[0])]) for path in blank]
    odd = _odd(known) if _are_odd(written) else ()
    issues += [Issue("context-space", Severity.WARNING, Where(path=f"context.{path}"), SPACED) for path in odd]
    return issues + [
        Issue(rule, Severity.ERROR, Where(path=f"context.{path}"), message, blocking=blocking)
        for path, rule, message, blocking in problems
        if not any(_is_within(place, path) for place in blank)
    ]


def _blank(path: str, needed: list[Problem]) -> Issue:
    """Return the issue about a blank text; ``needed`` is what a receiver lacks by it."""
    severity = Severity.ERROR if needed else Severity.WARNING
    blocking = any(problem[3] for problem in needed)
    return Issue("context-blank", severity, Where(path=f"context.{path}"), BLANK, blocking=blocking)


def _is_within(path: str, other: str) -> bool:
    """Whether a text is or belongs to what is at another path; descriptions and names are not what it is needed for."""
    return path == other or (path.startswith((f"{other}.", f"{other}[")) and path.endswith((".system", ".value")))


class Texts(NamedTuple):
    """Every text of a context that comes from outside, in no order: what most contexts are found to be in order by."""

    values: list[str]
    systems: list[str]
    others: list[str]


def stated(context: Context, known: Texts | None = None) -> Context:
    """Return the context without texts of white space only; the same object where it has none."""
    values, systems, others = known or _texts(context)
    return without_blanks(context) if any(map(str.isspace, [*values, *systems, *others])) else context


def _texts(context: Context) -> Texts:
    people = (context.author, context.supervisor) if context.supervisor else (context.author,)
    patient, organization = context.patient, context.organization
    known = [context.report.identifier, *patient.identifiers, organization.identifier]
    values: list[str] = []
    others = [context.report.issued, patient.family, *patient.given, patient.birth_date, organization.name]
    for person in people:
        known.append(person.identifier)
        others += (person.family, *person.given)
    for order in context.orders:
        known += (order.accession, order.placer)
        others += (order.description, order.reason)
    for study in context.studies:
        values.append(study.accession)
        others += (study.study_instance_uid, *study.modalities, study.started, study.description)
        for series in study.series:
            others += (series.series_instance_uid, series.modality, series.description)
    values += [one.value for one in known]
    return Texts(values, [one.system for one in known], others)


def _are_odd(known: Texts) -> bool:
    """Whether a number may be one that others write otherwise; `_odd` says which is."""
    values, systems, _ = known
    seen = all(map(str.isprintable, values)) and all(map(str.isprintable, systems))
    return not seen or " " in "".join(systems) or values != list(map(str.strip, values))


def _odd(context: Context) -> Iterator[str]:
    """Yield the path of every number that others write otherwise."""
    for path, text in texts(context):
        odd = _ODD.get(path.rpartition(".")[2])
        if odd and odd(text):
            yield path


def _problems(context: Context) -> Iterator[Problem]:
    """Yield everything that a receiver could not do without."""
    identifiers = context.patient.identifiers
    if not (identifiers and identifiers[0].system and identifiers[0].value):
        yield "patient.identifiers", "context-missing", "a patient identifier with system and value is needed", True
    if not (context.report.identifier.system and context.report.identifier.value):
        yield "report.identifier", "context-missing", "a report identifier with system and value is needed", True
    if context.report.version < 1:
        yield "report.version", "context-invalid", "versions are counted from 1", True
    if context.report.issued and not is_instant(context.report.issued):
        yield "report.issued", "context-invalid", "not an RFC 3339 date and time with time zone", True
    if context.patient.birth_date and not is_partial_date_time(context.patient.birth_date, date_only=True):
        yield "patient.birth_date", "context-invalid", "not a date that exists (YYYY, YYYY-MM or YYYY-MM-DD)", True
    yield from _order_problems(context)
    yield from _study_problems(context)
    if context.report.status in COMPLETE_STATUSES:
        yield from _signing_problems(context)


def _order_problems(context: Context) -> Iterator[Problem]:
    for position, order in enumerate(context.orders):
        if not order.numbered:
            message = "an Accession Number (0008,0050) or the order number of the placer is needed"
            yield f"orders[{position}].accession", "context-missing", message, False
    if len(context.orders) > 1:
        yield from _orders_alike(context.orders)


def _orders_alike(orders: Sequence[Order]) -> Iterator[Problem]:
    """Yield what keeps orders from being told apart: only one of them would leave."""
    seen: set[Identifier] = set()
    for position, (order, known) in enumerate(zip(orders, known_by(orders), strict=True)):
        if order.numbered and not known.value:
            message = "orders that share an Accession Number need the order number of the placer each"
            yield f"orders[{position}].placer", "context-missing", message, False
        elif known.value and known in seen:
            message = "an order with these numbers is in the context already: leave one out, or correct its numbers"
            yield f"orders[{position}]", "context-duplicate", message, False
        seen.add(known)


def _study_problems(context: Context) -> Iterator[Problem]:
    seen: set[str] = set()
    for position, study in enumerate(context.studies):
        path = f"studies[{position}]"
        if not study.study_instance_uid:
            yield f"{path}.study_instance_uid", "context-missing", "a Study Instance UID (0020,000D) is needed", True
        elif not is_uid(study.study_instance_uid):
            yield f"{path}.study_instance_uid", "context-invalid", "not a DICOM UID (PS3.5 section 9.1)", True
        elif study.study_instance_uid in seen:
            message = "a study with this UID is in the context already: leave one out, or correct its UID"
            yield f"{path}.study_instance_uid", "context-duplicate", message, False
        seen.add(study.study_instance_uid)
        for number, series in enumerate(study.series):
            if series.series_instance_uid and not is_uid(series.series_instance_uid):
                where = f"{path}.series[{number}].series_instance_uid"
                yield where, "context-invalid", "not a DICOM UID (PS3.5 section 9.1)", False
        if study.started and not is_partial_date_time(study.started):
            yield f"{path}.started", "context-invalid", "not a date, or date and time with time zone", True


def _signing_problems(context: Context) -> Iterator[Problem]:
    """What a signed report needs beyond a preliminary one: who, when, for which order and study."""
    needed = (
        ("report.issued", context.report.issued, "the time of release is needed"),
        ("author.identifier", context.author.identifier.value, "the author's identifier is needed"),
        ("organization", context.organization.identifier.value, "the responsible organization is needed"),
        ("orders", [one for one in context.orders if one.numbered], "at least one order with a number is needed"),
        ("studies", context.studies, "at least one study is needed"),
    )
    for path, value, message in needed:
        if not value:
            yield path, "context-missing", message, False

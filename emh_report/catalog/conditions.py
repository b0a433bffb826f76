"""Building conditions from their tables, and checking every field and answer in them at load."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation

from emh_report.catalog.files import ClauseFile, ConditionFile
from emh_report.conditions import Clause, Condition
from emh_report.dates import is_partial_date
from emh_report.errors import CatalogError
from emh_report.linkids import CONTEXT_CODES
from emh_report.template import Kind
from emh_report.vocabulary import Vocabulary

Shape = tuple[Kind, Vocabulary | None]
"""What a condition has to know of a field: its kind, and its vocabulary when it is coded."""

Raw = str | bool | int
"""An answer as TOML has it."""

Find = Callable[[str, str], Shape | None]
"""(group id, field id) → shape of that field, or None when there is no such field."""

CONTEXT_FIELDS: dict[str, Kind] = {
    "sex": Kind.CODED,
    "age-years": Kind.INTEGER,
    "age-days": Kind.INTEGER,
    "focus": Kind.CODED,
    "modality": Kind.CODED,
    "study-instance-uid": Kind.TEXT,
    "mode": Kind.CODED,
    "exam-date": Kind.DATE_TIME,
    "issued": Kind.DATE_TIME,
}
"""Facts of the context that conditions may read as ``context.<name>``."""

_NUMERIC = (Kind.QUANTITY, Kind.INTEGER, Kind.MEASUREMENT)
_DATED = (Kind.DATE, Kind.DATE_TIME)


def context_shapes(vocabularies: Mapping[str, Vocabulary]) -> dict[tuple[str, str], Shape]:
    """Return the facts of the context whose answers are terms."""
    modality = vocabularies.get("modality")
    return {("context", "modality"): (Kind.CODED, modality)} if modality else {}


def build_condition(file: str, key: str, table: ConditionFile, scope: str, find: Find, *, nest: bool) -> Condition:
    """Return the condition of ``table`` for a field or rule of group ``scope``. Raises CatalogError."""
    if (table.all is None) == (table.any is None):
        raise CatalogError(file, key, "exactly one of all and any is needed")
    behavior, parts = ("all", table.all) if table.all is not None else ("any", table.any or [])
    if not parts:
        raise CatalogError(file, key, "a condition needs at least one clause")
    built: list[Clause | Condition] = []
    for position, part in enumerate(parts):
        place = f"{key}.{behavior}[{position}]"
        if isinstance(part, ClauseFile):
            built.append(_clause(file, place, part, scope, find))
        elif nest:
            built.append(build_condition(file, place, part, scope, find, nest=True))
        else:
            raise CatalogError(file, place, "conditions of fields do not nest (FHIR enableWhen does not)")
    return Condition(behavior, tuple(built))


def split_reference(reference: str) -> tuple[str, str]:
    """Return (group, field) of ``group.field``; the group is empty for a field of the same group."""
    group, _, name = reference.rpartition(".")
    return group, name


def _clause(file: str, key: str, clause: ClauseFile, scope: str, find: Find) -> Clause:
    group, name = split_reference(clause.field)
    if group == "context":
        if name not in CONTEXT_FIELDS:
            raise CatalogError(file, f"{key}.field", f"no such fact of the context: {name!r}")
        kind, vocabulary = find(group, name) or (CONTEXT_FIELDS[name], None)
    else:
        shape = find(group or scope, name)
        if shape is None:
            raise CatalogError(file, f"{key}.field", f"no such field: {clause.field!r}")
        kind, vocabulary = shape
    raw = clause.answer if isinstance(clause.answer, list) else [clause.answer]
    if not raw:
        raise CatalogError(file, f"{key}.answer", "an answer is needed")
    _check_operator(file, key, clause.operator, kind, len(raw))
    answers = tuple(_answer(file, f"{key}.answer", clause.operator, kind, vocabulary, answer) for answer in raw)
    codes = CONTEXT_CODES.get(name) if group == "context" and clause.operator != "exists" else None
    if codes and not set(answers) <= set(codes):
        raise CatalogError(file, f"{key}.answer", f"one of {', '.join(codes)} is needed")
    return Clause(group, name, clause.operator, answers)


def _check_operator(file: str, key: str, operator: str, kind: Kind, answers: int) -> None:
    """Refuse a comparison that could never be true, or that would look at one of several answers only."""
    if operator in ("=", "!="):
        if kind is Kind.MEASUREMENT or kind in _DATED:
            raise CatalogError(file, f"{key}.operator", f"a {kind} is compared by <, <=, > or >=, or by exists")
    elif operator != "exists":
        if kind in (Kind.BOOLEAN, Kind.CODED):
            raise CatalogError(file, f"{key}.operator", "yes or no and codes have no order")
        if answers > 1:
            raise CatalogError(file, f"{key}.answer", "an order has one answer")


def _answer(
    file: str, key: str, operator: str, kind: Kind, vocabulary: Vocabulary | None, answer: Raw
) -> str | bool | Decimal:
    if operator == "exists" or kind is Kind.BOOLEAN:
        if not isinstance(answer, bool):
            raise CatalogError(file, key, "true or false is needed")
        return answer
    if kind in _NUMERIC:
        return _number(file, key, answer)
    if not isinstance(answer, str):
        raise CatalogError(file, key, f"a text is needed for a field of kind {kind}")
    if kind is Kind.CODED:
        if vocabulary is not None and answer not in vocabulary.terms:
            raise CatalogError(file, key, f"{answer!r} is not in the vocabulary {vocabulary.id}")
        return answer
    if kind in _DATED:
        if not is_partial_date(answer):
            raise CatalogError(file, key, "a date such as 2023-11-02, 2023-11 or 2023 is needed")
        return answer
    raise CatalogError(file, key, f"a field of kind {kind} can only be compared with exists")


def _number(file: str, key: str, answer: Raw) -> Decimal:
    if not isinstance(answer, bool):
        with contextlib.suppress(InvalidOperation):
            number = Decimal(answer)
            if number.is_finite():
                return number
    raise CatalogError(file, key, "a decimal is needed")

"""The accounting of a published case: every fact is in a field, agrees with it, and no answer lacks a source.

What the source states is the leaves of FACT_KEYS; tests/cases/exclusions.json names everything else with a reason.
A leaf of words is split into statements, which together use every word of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from emh_report.draft import Absent, Boolean, Coded
from scripts import case_agreement
from scripts.case_agreement import Answers
from tests.case_files import CASES, Case, Fact, Json, read_json

FACT_KEYS = frozenset({
    "age_years", "age_note", "sex", "sex_note", "cause", "cause_code", "cause_note", "note",
    "sites[].site_code", "sites[].laterality", "sites[].levels", "sites[].detail", "modalities[]",
    "measurements[].what", "measurements[].value", "measurements[].unit", "measurements[].note",
    "imaging_features.*", "complications[]", "final_diagnosis", "diagnosis_basis", "follow_up",
})  # fmt: skip
"""Keys of published.json whose leaves are facts; [] is any position, * any name."""

SYNTHETIC_ANSWERS = frozenset({"procedure/procedure/exam-date"})
"""Answers without a source: the date belongs to the fictional study of the context."""

CHOSEN = (Coded, Boolean, Absent)
"""Answers that a fact has to name: whether they mean what the source says was read once, and a change must show."""

BETWEEN_STATEMENTS = frozenset({"", "and", "with"})
"""Words that only join two statements."""


class Account(NamedTuple):
    """Facts stated by the source of one case, how many of them are in fields, and what is wrong."""

    stated: int
    in_fields: int
    gaps: tuple[str, ...]


class Exclusions(NamedTuple):
    """Keys that hold no facts for a report, and single statements that do not, by case and path."""

    keys: Mapping[str, str]
    statements: Mapping[tuple[str, str], tuple[str, ...]]


def read_exclusions() -> Exclusions:
    """Return tests/cases/exclusions.json."""
    found = read_json(CASES / "exclusions.json")
    statements: dict[tuple[str, str], tuple[str, ...]] = {}
    for entry in found["statements"]:
        key = (entry["case"], entry["fact"])
        statements[key] = (*statements.get(key, ()), entry["statement"])
    return Exclusions(found["keys"], statements)


def leaves(value: Json, path: str = "") -> Iterator[tuple[str, Json]]:
    """Yield (path, value) of everything that is stated. A list of numbers is one leaf: the axes of a lesion."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value and not all(isinstance(inner, str | dict) for inner in value):
        yield path, value
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from leaves(inner, f"{path}[{position}]")
    elif value is not None:
        yield path, value


def key_of(path: str) -> str:
    """Return the key pattern of a path: positions and the names of imaging features are left out."""
    return re.sub(r"^(imaging_features)\..*", r"\1.*", re.sub(r"\[\d+\]", "[]", path))


def account(case: Case, exclusions: Exclusions) -> Account:
    """Return the accounting of one case."""
    answers = case_agreement.answers_of(case)
    checked = [(fact, tuple(_fact_gaps(fact, answers, case))) for fact in case.facts]
    stated = [gaps for fact, gaps in checked if key_of(fact.fact) in FACT_KEYS]
    silent = [*_uncovered(case, exclusions), *_unknown_paths(case)]
    gaps = [*(gap for _, found in checked for gap in found), *silent, *_unsourced(case, answers)]
    return Account(len(stated) + len(silent), stated.count(()), tuple(gaps))


def _fact_gaps(fact: Fact, answers: Answers, case: Case) -> Iterator[str]:
    """Yield what is wrong between one fact and the answers that are said to carry it."""
    name = f"{fact.fact} {fact.value!r}" if isinstance(fact.value, str) else fact.fact
    if not fact.fields:
        yield f"{name}: is in no field"
    for field in fact.fields:
        if field not in answers:
            yield f"{name}: there is no answer {field}"
        elif field.rpartition("/")[2] == "remark":
            yield f"{name}: a remark is no field for a fact"
        elif "=" not in field and any(isinstance(answer.value, CHOSEN) for answer in answers[field]):
            yield f"{name}: {field} does not name the answer, as in {field}=CODE"
    if all(field in answers for field in fact.fields):
        yield from (f"{name}: {problem}" for problem in case_agreement.disagreements(fact, answers, case))


def _uncovered(case: Case, exclusions: Exclusions) -> Iterator[str]:
    """Yield facts, or words of facts, that no statement and no exclusion accounts for."""
    for path, value in leaves(case.published):
        if key_of(path) in exclusions.keys:
            continue
        if key_of(path) not in FACT_KEYS:
            yield f"{path}: neither a fact nor excluded"
            continue
        stated = [fact.value for fact in case.facts if fact.fact == path]
        left = _words_left(value, [*stated, *exclusions.statements.get((case.id, path), ())])
        if left:
            yield f"{path}: not accounted for: {left}"


def _words_left(value: Json, statements: list[Json]) -> str:
    """Return what the statements leave of a leaf; a number is used whole or not at all."""
    if not isinstance(value, str):
        return "" if value in statements else str(value)
    left = value
    for statement in sorted(statements, key=len, reverse=True):
        left = left.replace(statement, "|", 1)
    return ", ".join(part for part in re.split(r"[\s|,;:./()]+", left) if part not in BETWEEN_STATEMENTS)


def _unknown_paths(case: Case) -> Iterator[str]:
    stated = dict(leaves(case.published))
    for fact in case.facts:
        value = stated.get(fact.fact)
        if value is None:
            yield f"{fact.fact}: the source states no such thing"
        elif fact.value != value and not (isinstance(value, str) and str(fact.value) in value):
            yield f"{fact.fact} {fact.value!r}: not what the source states"


def _unsourced(case: Case, answers: Answers) -> Iterator[str]:
    """Yield answers of the draft that no fact leads to."""
    sourced = {field for fact in case.facts for field in fact.fields} | SYNTHETIC_ANSWERS
    for path in answers:
        field, _, choice = path.partition("=")
        if choice and field not in sourced and path not in sourced and not path.startswith("context/"):
            yield f"{path}: answered, but no fact leads to it"

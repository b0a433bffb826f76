"""Whether answers agree with the fact they carry, as far as a machine can tell.

Codes, levels, numbers with their units, age and sex are compared with the published value. Of words, every number and
every side must return in an answer, and a negation must be carried by a negative answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

from emh_report.context import Focus, facts
from emh_report.draft import Absent, Boolean, Coded, Integer, Levels, Measurement, Quantity, Text, Value
from tests.case_files import Case, Fact, Json

MODALITIES: Mapping[str, frozenset[str]] = {
    "US": frozenset({"US"}),
    "US-obstetric": frozenset({"US", "fetus"}),
    "CT": frozenset({"CT"}),
    "CT-brain": frozenset({"CT", "head"}),
    "MR": frozenset({"MR"}),
    "CR-chest": frozenset({"CR", "chest"}),
    "CR-abdomen": frozenset({"CR", "abdomen"}),
    "NM-Tc99m-sulfur-colloid": frozenset({"NM", "tc99m-sulfur-colloid"}),
    "NM-Tc99m-denatured-RBC": frozenset({"NM", "tc99m-denatured-rbc"}),
    "NM-bone-scan": frozenset({"NM", "tc99m-bone-agent"}),
    "SPECT-CT": frozenset({"NM", "CT", "spect-ct"}),
    "PT-FDG": frozenset({"PT", "fdg"}),
    "PT-FLT": frozenset({"PT", "flt"}),
    "unspecified cross-sectional": frozenset({"unknown"}),
    "unspecified radiology": frozenset({"unknown"}),
    "unspecified orbital and brain imaging": frozenset({"unknown", "head"}),
}
"""What a published modality is made of: DICOM modality, tracer, acquisition, body region."""

UNITS: Mapping[str, str] = {
    **{unit: unit for unit in ("cm", "mm", "mL", "cm/s", "mg/dL", "%")},
    "SUV": "g/ml{SUVbw}",
}
"""Published units in UCUM. An SUV without a normalization is taken as by body weight."""

NEGATIVE = frozenset({
    "absent", "excluded", "false", "imaging-plus-clinical", "none", "normal", "normal-on-ct", "not-evaluable",
    "not-visible", "unenhanced", "unknown", "unspecified",
})  # fmt: skip
"""Answers that can carry a negation; a diagnosis by imaging and clinical data is one without a biopsy."""

NUMBER_WORDS = {"two": "2", "three": "3"}
SIDES = ("left", "right", "bilateral")


class Answer(NamedTuple):
    """One value, and its words for comparison."""

    value: Value | None
    words: str


Answers = Mapping[str, tuple[Answer, ...]]
"""Answers by path: group/uid/field, and group/uid/field=code for one of several choices."""


def answers_of(case: Case) -> Answers:
    """Return every answer of a case, and what its context says of the patient."""
    found: dict[str, tuple[Answer, ...]] = {}
    for group in case.draft.groups:
        for item in group.items:
            answer = Answer(item.value, _words(item.value))
            path = f"{group.group_id}/{group.uid}/{item.field_id}"
            choice = item.value.code if isinstance(item.value, Coded) else answer.words
            for key in (path, f"{path}={choice}"):
                found[key] = (*found.get(key, ()), answer)
    context = {"patient/sex": case.context.patient.sex, "patient/birth_date": case.context.patient.birth_date}
    for key, value in (context | {"focus": case.context.focus}).items():
        if value:
            found[f"context/{key}"] = (Answer(None, str(value)),)
    return found


def _words(value: Value | None) -> str:
    """Return a value as words: codes, numbers, units and text, separated by spaces."""
    parts = value if isinstance(value, tuple) else (value,)
    flat = (part for piece in parts for part in (piece if isinstance(piece, tuple) else (piece,)))
    return " ".join(str(part) for part in flat if part not in ("", None)).lower() if value is not None else ""


def disagreements(fact: Fact, answers: Answers, case: Case) -> Iterator[str]:
    """Yield what a fact states and its answers do not."""
    carried = [answer for field in fact.fields for answer in answers[field]]
    key = re.sub(r"\[\d+\]", "", fact.fact)
    check = _CHECKS.get(key, _statement)
    yield from check(fact, carried, case)


Check = Callable[[Fact, list[Answer], Case], Iterator[str]]


def _code(fact: Fact, carried: list[Answer], _: Case) -> Iterator[str]:
    if fact.value not in {answer.value.code for answer in carried if isinstance(answer.value, Coded)}:
        yield "another code was answered"


def _levels(fact: Fact, carried: list[Answer], _: Case) -> Iterator[str]:
    upper, _dash, lower = fact.value.partition("-")
    ranges = {(answer.value.upper, answer.value.lower) for answer in carried if isinstance(answer.value, Levels)}
    if (upper, lower or upper) not in ranges:
        yield "other levels were answered"


def _modality(fact: Fact, carried: list[Answer], _: Case) -> Iterator[str]:
    missing = MODALITIES[fact.value] - {word for answer in carried for word in _codes(answer)}
    if missing:
        yield f"not answered: {', '.join(sorted(missing))}"


def _codes(answer: Answer) -> Iterator[str]:
    if isinstance(answer.value, Coded):
        yield answer.value.code
    elif isinstance(answer.value, Absent):
        yield answer.value.value


def _numbers(value: Json) -> list[Decimal]:
    return [Decimal(str(number)) for number in (value if isinstance(value, list) else [value])]


def _measured(answer: Answer) -> tuple[list[Decimal], str]:
    match answer.value:
        case Measurement(axes, unit):
            return [Decimal(axis) for axis in axes], unit
        case Quantity(value, unit):
            return [Decimal(value)], unit
        case Integer(value):
            return [Decimal(value)], ""
        case _:
            return [], ""


def _value(fact: Fact, carried: list[Answer], _: Case) -> Iterator[str]:
    if [number for answer in carried for number in _measured(answer)[0]] != _numbers(fact.value):
        yield "other numbers were answered"


def _unit(fact: Fact, carried: list[Answer], _: Case) -> Iterator[str]:
    if {unit for answer in carried for numbers, unit in [_measured(answer)] if numbers} != {UNITS[fact.value]}:
        yield "another unit was answered"


def _age(fact: Fact, _: list[Answer], case: Case) -> Iterator[str]:
    age = 0 if case.context.focus is Focus.FETUS else facts(case.context, "standalone").get("age-years")
    if age != fact.value:
        yield f"the context gives {age}"


def _sex(fact: Fact, _: list[Answer], case: Case) -> Iterator[str]:
    if case.context.patient.sex.value != fact.value:
        yield "another sex is in the context"


def _statement(fact: Fact, carried: list[Answer], _: Case) -> Iterator[str]:
    """Look for the numbers, sides and negations of a statement among the answers."""
    text = str(fact.value).lower()
    words = " ".join([*(field.rpartition("/")[2] for field in fact.fields), *(answer.words for answer in carried)])
    given = {Decimal(number) for number in re.findall(r"\d+(?:\.\d+)?", words)}
    counted = [NUMBER_WORDS[word] for word in NUMBER_WORDS if re.search(rf"\b{word}\b", text) and word not in words]
    for number in [*re.findall(r"\d+(?:\.\d+)?", text), *counted]:
        if Decimal(number) not in given:
            yield f"the number {number} is in no answer"
    sides = {side for side in SIDES if re.search(rf"\b{side}\b", text)}
    for side in sorted(sides):
        if not re.search(rf"\b{side}\b", words):
            yield f"{side} is in no answer"
    if sides and {answer.words for answer in carried} & (set(SIDES) - sides):
        yield "another side was answered"
    if re.match(r"(no|not)\b|.*\b(not|without)\b", text) and not any(map(_negative, carried)):
        yield "a negation is carried by no negative answer"


def _negative(answer: Answer) -> bool:
    match answer.value:
        case Boolean(value):
            return not value
        case Text(text):
            return re.search(r"\b(no|not|without)\b", text.lower()) is not None
        case _:
            return answer.words.split(" ")[0] in NEGATIVE


_CHECKS: Mapping[str, Check] = {
    "age_years": _age,
    "sex": _sex,
    "cause_code": _code,
    "sites.site_code": _code,
    "sites.laterality": _code,
    "sites.levels": _levels,
    "modalities": _modality,
    "measurements.value": _value,
    "measurements.unit": _unit,
}

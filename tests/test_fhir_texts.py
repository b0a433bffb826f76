"""Observations as text are, byte by byte, what the dictionaries say."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from emh_report.context import Identifier, ReportStatus
from emh_report.decimals import Unit
from emh_report.draft import ReportMode, Text
from emh_report.export import fhir, narrative
from emh_report.export.fhir import texts, values
from emh_report.export.fhir.json_text import digits
from emh_report.export.fhir.said import Said
from emh_report.report import Amount, Report, ReportGroup
from emh_report.statuses import STATUSES
from emh_report.template import Field
from tests.drawing import draws
from tests.fhir_random import random_report
from tests.strategies import TRAPS

TRANSACTIONS = [kind for kind in fhir.KINDS.values() if not (kind.document or kind.closed)]
HOLES = f"{texts.KNOWN}{texts.BASE}{texts.OTHERS}{texts.SAID}"
LIKE_HOLES = (*TRAPS, HOLES, f'"{texts.BASE}":0', f'"value":"{values.HOLE}"', f'"code":"{texts.SAID}"')


def _both_ways(report: Report) -> Iterator[tuple[bytes, bytes]]:
    """Yield each transaction as it is written, and as its dictionaries say it."""
    told = narrative.narrate(report)
    for kind in TRANSACTIONS:
        for create in (False, True):
            options = fhir.Options(create_patient=create)
            yield fhir.serialize(report, told, kind, options), fhir.to_json(fhir.make(report, told, kind, options))
        plain = fhir.transaction(report, version=kind.version)
        yield fhir.transaction_json(report, version=kind.version), fhir.to_json(plain)


@draws(60)
@given(st.integers(0, 2**32), st.sampled_from(list(STATUSES)), st.sampled_from(list(ReportMode)), st.booleans())
def test_any_report(seed: int, status: ReportStatus, mode: ReportMode, honest: bool) -> None:
    report = random_report(seed, honest=honest)
    identity = replace(report.context.report, status=status)
    drawn = replace(report, mode=mode, context=replace(report.context, report=identity))
    assert all(written == said for written, said in _both_ways(drawn))


@draws(30)
@given(st.integers(0, 2**32), st.sampled_from(LIKE_HOLES), st.sampled_from(list(ReportMode)))
def test_words_that_look_like_what_a_text_is_cut_at(seed: int, words: str, mode: ReportMode) -> None:
    report = random_report(seed)
    groups = tuple(_reworded(group, words) for group in report.groups)
    identity = replace(report.context.report, identifier=Identifier("urn:test", words or "1"))
    drawn = replace(report, mode=mode, groups=groups, context=replace(report.context, report=identity))
    assert all(written == said for written, said in _both_ways(drawn))


def _reworded(group: ReportGroup, words: str) -> ReportGroup:
    items = tuple(item._replace(value=Text(words)) if isinstance(item.value, Text) else item for item in group.items)
    return replace(group, items=items)


def test_words_of_a_catalog_may_look_like_it_too() -> None:
    report = _with_numbers()
    field, unit, number = _measured(report)[0]
    odd = replace(field, label=f'{field.label} "value":"{values.HOLE}"', concept=replace(field.concept, display=HOLES))
    said = values.measured(odd, "", "", number, unit)
    assert said.text == Said(said.code, said.value).as_text()


def _with_numbers() -> Report:
    return next(found for found in map(random_report, range(50)) if _measured(found))


def _measured(report: Report) -> list[tuple[Field, Unit, Decimal]]:
    items = [item for group in report.groups for item in group.items]
    return [(item.field, item.value.unit, item.value.number) for item in items if isinstance(item.value, Amount)]


@given(st.decimals(allow_nan=False, allow_infinity=False) | st.decimals(-1000, 1000, places=3))
def test_digits_have_no_exponent_and_lose_no_zero(number: Decimal) -> None:
    assert digits(number) == format(number, "f")


def test_digits_of_numbers_that_python_writes_with_an_exponent() -> None:
    assert [digits(Decimal(text)) for text in ("1E+2", "4.20", "0.00000010")] == ["100", "4.20", "0.00000010"]

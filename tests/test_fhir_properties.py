"""The FHIR R4 transaction over random reports: nothing lost, nothing invented, never a false diagnosis."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from decimal import Decimal
from itertools import product
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import pytest
from fhir.resources.R4B.bundle import Bundle
from hypothesis import given
from hypothesis import strategies as st

from emh_report.codes import CANONICAL
from emh_report.context import Context, ReportStatus
from emh_report.draft import (
    Absent,
    Coded,
    Draft,
    Group,
    Item,
)
from emh_report.export import fhir
from emh_report.export.fhir.datatypes import paragraphs, search, xhtml
from emh_report.export.fhir.identity import uuid_named
from emh_report.report import Choice, Narrative, Report, ReportItem, SectionText
from emh_report.statuses import STATUSES
from emh_report.validation import assess, build_report
from emh_report.vocabulary import Term
from tests.drawing import draws
from tests.fhir_checks import check, check_references
from tests.fhir_json import DISEASE, PRESENT, Json, codes, export, resources, urn
from tests.fhir_random import random_report
from tests.fhir_reports import TEMPLATE, context
from tests.strategies import TRAPS, catalog, contexts, texts

SCT = "http://snomed.info/sct"
ABSENT_CODE, INDETERMINATE_CODE = (SCT, "2667000"), (SCT, "82334004")


SEEDS = st.integers(0, 2**32)
"""Not reports: what is printed of a failure is the seed, not the catalog."""


@draws(100)
@given(SEEDS, st.sampled_from(list(STATUSES)))
def test_any_report_makes_a_sound_bundle_with_every_answer_in_it(seed: int, status: ReportStatus) -> None:
    report = random_report(seed)
    identity = replace(report.context.report, status=status)
    report = replace(report, context=replace(report.context, report=identity))
    check(export(report), report)


@draws(40)
@given(SEEDS)
def test_answers_that_are_not_accepted_are_there_as_typed(seed: int) -> None:
    report = random_report(seed, honest=False)
    check(export(report), report)


@draws(15)
@given(SEEDS, texts())
def test_the_same_report_is_the_same_bytes_and_an_independent_parser_reads_it(seed: int, words: str) -> None:
    report = random_report(seed)
    sections = tuple(SectionText(section, words, "") for section in report.template.sections)
    told = Narrative(words, f"<p>{words}</p>", sections, words)
    content = fhir.to_json(fhir.transaction(report, told))
    assert content == fhir.to_json(fhir.transaction(report, told))
    parsed = Bundle.model_validate_json(content).model_dump_json()
    assert json.loads(parsed, parse_float=Decimal) == json.loads(content, parse_float=Decimal)
    check(json.loads(content, parse_float=str), report)


@draws(25)
@given(SEEDS, SEEDS)
def test_a_withdrawal_leaves_nothing_behind_and_no_reference_open(first: int, second: int) -> None:
    previous, report = random_report(first), random_report(second)
    bundle = json.loads(fhir.to_json(fhir.transaction(report, previous=previous)), parse_float=str)
    check_references(bundle)
    urls = [entry["fullUrl"] for entry in bundle["entry"]]
    assert len(urls) == len(set(urls))
    now, gone = set(_born(export(report))), set(_born(export(previous)))
    assert now | gone == set(_born(bundle))
    for entry in bundle["entry"]:
        resource = entry["resource"]
        if entry["fullUrl"] in gone - now:
            verification = codes(resource.get("verificationStatus"))
            assert resource.get("status") == "entered-in-error" or "entered-in-error" in {
                code for _, code in verification
            }


def _born(bundle: Json) -> list[str]:
    return [entry["fullUrl"] for entry in bundle["entry"] if entry["request"]["method"] == "PUT"]


# --- the diagnosis ---------------------------------------------------------------------------------------------------

PRESENCES = (None, "present", "absent", "indeterminate", Absent.UNKNOWN, Absent.NOT_EVALUABLE)
CERTAINTIES = (
    None,
    "diagnostic-of",
    "most-likely",
    "likely",
    "may-represent",
    "unlikely",
    "very-unlikely",
    "consistent-with",
    Absent.UNKNOWN,
)
BASES = (
    None,
    "known-histology",
    "histology-this-episode",
    "scintigraphy-supported",
    "imaging-plus-clinical",
    "imaging-only",
)

Answer = str | Absent | None


def _report(*groups: Group) -> Report:
    plan = catalog().plan(TEMPLATE)
    draft = Draft(TEMPLATE, plan.template.version, groups)
    return build_report(assess(plan, draft, context()))


def _group(group_id: str, uid: str, **answers: Answer) -> Group:
    items = [
        Item(name.replace("_", "-"), answer if isinstance(answer, Absent) else Coded(answer))
        for name, answer in answers.items()
        if answer is not None
    ]
    return Group(group_id, uid, tuple(items))


def _lesion(presence: Answer, certainty: Answer, basis: Answer) -> Group:
    return _group("finding", "l1", presence=presence, site="liver", emh_certainty=certainty, diagnosis_basis=basis)


def _diagnosis(report: Report, uid: str) -> set[tuple[str, str]] | None:
    bundle = export(report)
    found = [e["resource"] for e in bundle["entry"] if e["fullUrl"] == urn(report, uid, "", "diagnosis")]
    return codes(found[0]["valueCodeableConcept"]) if found else None


def test_the_lists_are_complete() -> None:
    assert set(catalog().vocabulary("presence").terms) == {value for value in PRESENCES if type(value) is str}
    assert set(catalog().vocabulary("certainty").terms) == {value for value in CERTAINTIES if type(value) is str}
    assert set(catalog().vocabulary("diagnosis-basis").terms) == {value for value in BASES if type(value) is str}


@pytest.mark.parametrize("presence", PRESENCES)
def test_a_lesion_is_called_the_disease_only_where_the_diagnosis_was_made(presence: Answer) -> None:
    for certainty, basis in product(CERTAINTIES, BASES):
        report = _report(_lesion(presence, certainty, basis))
        said = _diagnosis(report, "l1")
        made = certainty == "diagnostic-of" or (certainty == "consistent-with" and basis == "known-histology")
        denied = presence == "absent" and certainty in ("unlikely", "very-unlikely")
        if presence == "present" and made:
            assert said is not None
            assert PRESENT in said
        elif denied:
            assert said is not None
            assert ABSENT_CODE in said
        elif certainty not in (None, Absent.UNKNOWN):
            assert said is not None
            assert INDETERMINATE_CODE in said
        else:
            assert said is None
        coded = [
            one for found in resources(export(report), "DiagnosticReport") for one in found.get("conclusionCode", [])
        ]
        assert bool(coded) == bool(said and PRESENT in said)


@pytest.mark.parametrize("conclusion", PRESENCES[1:])
@pytest.mark.parametrize("basis", ["known-histology", "imaging-only"])
def test_a_conclusion_is_the_disease_only_where_the_diagnosis_was_made(conclusion: Answer, basis: str) -> None:
    for certainty, of_lesion in product(CERTAINTIES, (None, "diagnostic-of", "very-unlikely")):
        impression = _group("impression", "", emh_conclusion=conclusion, conclusion_certainty=certainty)
        report = _report(_lesion("present", of_lesion, basis), impression)
        check(export(report), report)
        said = _diagnosis(report, "impression") or set()
        unsaid = certainty in (None, Absent.UNKNOWN)
        made = (
            certainty == "diagnostic-of"
            or (certainty == "consistent-with" and basis == "known-histology")
            or (unsaid and of_lesion == "diagnostic-of")
        )
        assert (PRESENT in said) == (conclusion == "present" and made)
        denied = conclusion == "absent" and (unsaid or certainty in ("unlikely", "very-unlikely"))
        assert (ABSENT_CODE in said) == (denied and of_lesion != "diagnostic-of")


def _doubted(item: ReportItem, doubt: Term) -> ReportItem:
    doubted = item.field.vocabulary and item.field.vocabulary.id == "certainty" and isinstance(item.value, Choice)
    return item._replace(value=Choice(doubt)) if doubted else item


@draws(60)
@given(SEEDS)
def test_unlikely_never_leaves_as_present(seed: int) -> None:
    """Whatever else a report says: where every certainty is a doubt, nothing that names the disease is present."""
    report = random_report(seed)
    doubt = catalog().vocabulary("certainty").terms["very-unlikely"]
    groups = tuple(
        replace(group, items=tuple(_doubted(item, doubt) for item in group.items)) for group in report.groups
    )
    doubtful = replace(report, groups=groups)
    bundle = export(doubtful)
    for found in resources(bundle, "Observation"):
        if DISEASE in codes(found["code"]):
            assert PRESENT not in codes(found["valueCodeableConcept"])
    assert not any("conclusionCode" in found for found in resources(bundle, "DiagnosticReport"))


# --- text and identity -----------------------------------------------------------------------------------------------


@given(st.text(st.characters()) | st.sampled_from(TRAPS))
def test_any_text_is_xml(text: str) -> None:
    div = str(xhtml(paragraphs(text), "en")["div"])
    root = ET.fromstring(div)  # noqa: S314 - what was written above
    assert "".join(root.itertext()).strip()
    for word in text.split():
        if word.isascii() and word.isprintable():
            assert word in "".join(root.itertext())


@given(st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_conditional_urls_hold_any_identifier(system: str, value: str) -> None:
    name, _, token = search(system, value).partition("=")
    assert name == "identifier"
    assert token.isascii()
    assert not set(token) & set(' &#+|"<>')
    halves = unquote(token).replace("\\\\", "\0").replace("\\|", "\1").split("|")
    assert len(halves) == 2


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=80))
def test_identities_are_those_of_the_standard_library(name: str) -> None:
    assert uuid_named(name) == str(uuid.uuid5(uuid.uuid5(uuid.NAMESPACE_URL, CANONICAL), name))


def test_half_a_pair_has_an_identity_too() -> None:
    """Nothing of this kind comes through a door, but a Python program may make such a context."""
    assert uuid_named("half: \ud800") == uuid_named(r"half: \ud800") != uuid_named("half: \ud801")


@draws(20)
@given(contexts())
def test_any_context_makes_sound_resources(known: Context) -> None:
    report = replace(_report(_lesion("present", "likely", "imaging-only")), context=known)
    for options in (fhir.Options(), fhir.Options(create_patient=True)):
        check(export(report, options=options), report)

"""The search by identifier that stands for a patient: what the exporter escapes comes back as it was."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from emh_report import import_report, pipeline
from emh_report.context import Identifier, Patient
from emh_report.export import Format
from emh_report.export.fhir.datatypes import search
from emh_report.intake.tokens import token
from tests.case_files import read_report
from tests.drawing import draws
from tests.strategies import catalog
from tests.test_intake import files

TEXTS = st.text(st.sampled_from("\\|,$%&=+?/ aé1") | st.characters(codec="utf-8", categories=("L", "N", "P", "S")))
SYSTEMS = st.text(st.sampled_from("\\|,$%&=+?/:a1"))


@draws(300)
@given(SYSTEMS, TEXTS.filter(bool))
@example("urn:x", "M|R1")
@example("urn:x", "\\|")
@example("urn:x\\", "|")
def test_every_identifier_comes_back(system: str, value: str) -> None:
    assert token(search(system, value)) == Identifier(system, value)


@pytest.mark.parametrize(
    ("parameter", "found"),
    [
        ("identifier=a|b", Identifier("a", "b")),
        ("identifier=a%7Cb%5C%7Cc", Identifier("a", "b|c")),
        ("identifier=b", Identifier("", "b")),
        ("identifier=%7Cb", Identifier("", "b")),
        ("identifier=a%7Cb,c", None),
        ("identifier=a%7Cb%7Cc", None),
        ("identifier=a%7C", None),
        ("identifier=a%7Cb%5C", None),
        ("identifier=a%7Cb&active=true", None),
        ("identifier:of-type=a%7Cb%7Cc", None),
        ("name=b", None),
    ],
)
def test_what_is_no_search_for_one_identifier_finds_nobody(parameter: str, found: Identifier | None) -> None:
    assert token(parameter) == found


@pytest.mark.parametrize("value", ["M|R1", "M\\|R", "M,R$1", "\\"])
@pytest.mark.parametrize("format_", [Format.FHIR_R4_TRANSACTION, Format.FHIR_R5_TRANSACTION])
def test_the_patient_of_our_own_bundle_is_the_same_patient(format_: Format, value: str) -> None:
    draft, known = read_report(*files()[0])
    patient = Patient((Identifier("https://ris.hospital.test/mrn", value),))
    exported, _ = pipeline.export_report(catalog(), draft, replace(known, patient=patient), format_)
    found = import_report(catalog(), exported.content)
    assert found.context is not None
    assert found.context.patient == patient

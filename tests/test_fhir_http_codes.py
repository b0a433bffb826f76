"""$validate-code over HTTP: codes, displays, versions, and what is stated beside an id."""

from __future__ import annotations

from typing import Any

import pytest

from tests.case_files import catalog
from tests.fhir_service import ask, assert_valid
from tests.fhir_terminology import CAUSE, OWN, RELEASES, SITE, parameters, values

Json = Any
PHRASE = catalog().vocabularies["site"].terms["paraspinal-thoracic"].phrase
"""How sentences name it, which is not its display."""
VERSION = catalog().vocabularies["site"].version
CHECKED: list[tuple[str, Json, bool]] = [
    ("ValueSet/site", {"system": SITE, "code": "liver"}, True),
    ("ValueSet/site", {"system": SITE, "code": "liver", "display": "  LIVER "}, True),
    ("ValueSet/site", {"system": SITE, "code": "liver", "display": "hepatic"}, False),
    ("ValueSet/site", {"system": SITE, "code": "liver", "display": "hepatomegaly"}, False),
    ("CodeSystem/complication", {"code": "paraplegia", "display": "paralysis"}, False),
    ("ValueSet/site", {"system": SITE, "code": "paraspinal-thoracic", "display": PHRASE.upper()}, True),
    ("CodeSystem/site", {"code": "paraspinal-thoracic", "display": PHRASE}, True),
    ("ValueSet/site", {"system": SITE, "code": "liver", "display": "Spleen"}, False),
    ("ValueSet/site", {"system": SITE, "code": "transplant-organ", "display": "Liver"}, False),
    ("CodeSystem/site", {"code": "perirenal", "display": "kidney"}, False),
    ("ValueSet/site", {"system": SITE, "code": "LIVER"}, False),
    ("ValueSet/site", {"system": CAUSE, "code": "liver"}, False),
    ("ValueSet/site", {"coding": {"system": SITE, "code": "liver"}}, True),
    ("ValueSet/site", {"coding": {"system": "urn:x", "code": "liver"}}, False),
    (
        "ValueSet/site",
        {"codeableConcept": {"coding": [{"system": "urn:x", "code": "x"}, {"system": SITE, "code": "liver"}]}},
        True,
    ),
    ("ValueSet/site", {"codeableConcept": {"coding": [{"system": "urn:x", "code": "x"}]}}, False),
    ("ValueSet/unit", {"system": "http://unitsofmeasure.org", "code": "mm"}, True),
    ("ValueSet/unit", {"system": "http://unitsofmeasure.org", "code": "furlong"}, False),
    ("CodeSystem/site", {"code": "liver"}, True),
    ("CodeSystem/site", {"code": "liver", "display": "Spleen"}, False),
    ("CodeSystem/site", {"code": "nowhere"}, False),
    ("CodeSystem/site", {"coding": {"system": SITE, "code": "liver"}}, True),
    ("CodeSystem/site", {"coding": {"system": CAUSE, "code": "liver"}}, False),
    ("CodeSystem/site", {"coding": {"system": SITE, "code": "liver", "version": "99"}}, False),
    ("CodeSystem/site", {"code": "liver", "url": f"{SITE}|99"}, False),
    ("CodeSystem", {"code": "liver", "url": SITE, "version": VERSION}, True),
    ("CodeSystem/site", {"code": "liver", "version": VERSION}, True),
    ("ValueSet/site", {"system": SITE, "code": "liver", "systemVersion": VERSION}, True),
    ("ValueSet/site", {"system": SITE, "code": "liver", "systemVersion": "99"}, False),
    ("ValueSet/site", {"coding": {"system": SITE, "code": "liver", "version": VERSION}}, True),
    ("ValueSet/site", {"coding": {"system": SITE, "code": "liver", "version": "99"}}, False),
    ("ValueSet/site", {"system": SITE, "code": "liver", "url": f"{OWN}/ValueSet/site"}, True),
    ("ValueSet/unit", {"system": "http://unitsofmeasure.org", "code": "mm", "systemVersion": "2.1"}, True),
]


@RELEASES
@pytest.mark.parametrize(
    ("asked", "status", "where"),
    [
        (f"CodeSystem/$validate-code?url={SITE}&code=liver&version=99", 404, "url"),
        ("CodeSystem/site/$validate-code?code=liver&version=99", 404, "version"),
        (f"ValueSet/site/$validate-code?code=liver&system={SITE}&valueSetVersion=99", 404, "valueSetVersion"),
        (f"ValueSet/site/$validate-code?code=liver&system={SITE}&url={OWN}/ValueSet/site|99", 404, "valueSetVersion"),
        (f"ValueSet/site/$validate-code?code=liver&system={SITE}&url={OWN}/ValueSet/cause", 400, "url"),
        (f"ValueSet/site/$expand?url={OWN}/ValueSet/cause", 400, "url"),
        ("ValueSet/site/$expand?valueSetVersion=99", 404, "valueSetVersion"),
    ],
)
def test_what_is_stated_beside_an_id_has_to_be_so(asked: str, status: int, where: str, release: str) -> None:
    answer = ask(f"{release}/{asked}")
    assert answer.status == status
    assert answer.json["issue"][0]["expression"] == [where]


@RELEASES
@pytest.mark.parametrize(("place", "asked", "right"), CHECKED)
def test_codes_and_displays_are_checked(place: str, asked: Json, right: bool, release: str) -> None:
    answer = ask(f"{release}/{place}/$validate-code", "POST", parameters(**asked))
    assert values(answer.json, "result") == [right]
    assert bool(values(answer.json, "message")) != right
    assert_valid(answer, release)


def test_the_display_is_named_where_another_was_given() -> None:
    answer = ask(f"R4/CodeSystem/$validate-code?url={SITE}&code=liver&display=Spleen").json
    assert "Liver" in values(answer, "message")[0]
    assert "Spleen" not in values(answer, "message")[0]

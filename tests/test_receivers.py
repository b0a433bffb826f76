"""Reports sent to FHIR servers that others wrote, signed, and how differences are told apart."""

from decimal import Decimal
from typing import Any

import pytest

from conformance import receivers
from conformance.exchange import CREATED, FOUND, _compare
from scripts import receivers as program

# sekmet reads numbers as binary ones, medplum as those of JavaScript: both lose the last digit of 4.20
LOST = ["valueQuantity.value: 4.20 is read as 4.2"]
DIGITS_LOST = {"medplum": LOST, "sekmet": LOST}


@pytest.mark.parametrize("name", receivers.SERVERS)
def test_a_report_sent_twice_is_there_once_and_as_it_was_sent(name: str) -> None:
    if words := receivers.missing(name):
        pytest.skip(words)
    for how, done in program.exchanges(name):
        first, second = done.statuses
        assert first == {CREATED: done.entries}, how
        assert second == {FOUND: done.entries}, how
        assert done.changed == (), how
        assert {key: count for key, count in done.searches.items() if key != "patient"} == {
            "number": 1,
            "accession": 1,
            "category": 1,
        }, how
        assert done.different == (), how
        lost = DIGITS_LOST.get(name, []) if how != program.IMR else []  # it has words instead of numbers
        assert [line.partition(".")[2] for line in done.digits_lost] == lost, how


def sent(content: dict[str, Any]) -> dict[str, Any]:
    resource = {"resourceType": "Observation", "meta": {"tag": [{"code": "HTEST"}]}, **content}
    return {"resourceType": "Bundle", "entry": [{"fullUrl": "urn:uuid:1", "resource": resource}]}


PLACES = {"urn:uuid:1": "Observation/7"}


@pytest.mark.parametrize(
    ("change", "different", "lost"),
    [
        ({}, 0, 0),
        ({"valueInteger": 2}, 1, 0),
        ({"valueString": None}, 1, 0),
        ({"note": "new"}, 1, 0),
        ({"valueDecimal": Decimal("4.2")}, 0, 1),
        ({"valueDecimal": Decimal("4.3")}, 1, 0),
        ({"meta": {"tag": [], "versionId": "3"}}, 1, 0),
        ({"id": "7"}, 0, 0),
    ],
)
def test_what_is_read_is_compared_value_by_value(change: dict[str, Any], different: int, lost: int) -> None:
    content = {"valueInteger": 1, "valueString": "a", "valueDecimal": Decimal("4.20"), "x": {"reference": "urn:uuid:1"}}
    bundle = sent(content)
    read = {**bundle["entry"][0]["resource"], "x": {"reference": "Observation/7"}, **change}
    found = _compare(bundle, {"urn:uuid:1": read}, PLACES)
    assert [len(part) for part in found] == [different, lost]

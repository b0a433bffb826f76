"""What tests of terminology over HTTP ask with, and how they read answers."""

from __future__ import annotations

from typing import Any

import pytest

Json = Any
OWN = "https://emh-report.test/fhir"
SITE = f"{OWN}/CodeSystem/site"
CAUSE = f"{OWN}/CodeSystem/cause"
RELEASES = pytest.mark.parametrize("release", ["R4", "R5"])


def parameters(**given_: Json) -> Json:
    kinds = {bool: "Boolean", int: "Integer", dict: "Coding"}
    found = []
    for name, value in given_.items():
        kind = "CodeableConcept" if isinstance(value, dict) and "coding" in value else kinds.get(type(value), "String")
        found.append({"name": name, f"value{kind}": value})
    return {"resourceType": "Parameters", "parameter": found}


def values(answer: Json, name: str) -> list[Json]:
    return [
        next(value for key, value in one.items() if key != "name") for one in answer["parameter"] if one["name"] == name
    ]

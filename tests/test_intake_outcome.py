"""Issues as OperationOutcome, judged by fhir.resources; their paths, judged by an independent FHIRPath engine."""

from __future__ import annotations

import json
from copy import deepcopy
from functools import cache

import pytest
from fhir.resources.operationoutcome import OperationOutcome as OutcomeR5
from fhir.resources.R4B.operationoutcome import OperationOutcome as OutcomeR4
from fhirpathpy import evaluate
from fhirpathpy.models import models

from emh_report import import_report
from emh_report.export import fhir
from emh_report.intake.faults import OUTCOME_CODES
from emh_report.intake.imports import Imported
from emh_report.intake.outcome import BUSINESS_RULE, operation_outcome
from emh_report.issues import Issue, Severity, Where
from scripts.fhir_scoreboard import bundles
from scripts.fhir_seeds import KINDS, Json
from tests.strategies import catalog

GONE = {"missing required", "empty array"}
"""Kinds of mistakes whose path leads to nothing: that is the mistake."""
MODELS = {"4.0": models["r4"], "5.0": models["r5"]}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("version", MODELS)
def test_every_path_is_fhirpath_that_leads_to_the_mistake(version: str, kind: str) -> None:
    whole = sound()[version]
    for plant in KINDS[kind]:
        content = deepcopy(whole)
        path = plant(content)
        plain = json.loads(fhir.to_json(content))
        found = evaluate(plain, path, model=MODELS[version])
        assert bool(found) == (kind not in GONE), path


@cache
def sound() -> dict[str, Json]:
    """Return a bundle without a mistake in every version of FHIR."""
    return bundles(catalog())


def refused() -> Imported:
    content = deepcopy(sound()["4.0"])
    patient = next(e["resource"] for e in content["entry"] if e["resource"]["resourceType"] == "Patient")
    patient |= {"gender": "F", "name": [], "birthDate": "1980-02-30"}
    return import_report(catalog(), fhir.to_json(content))


def test_an_outcome_is_fhir_in_both_versions() -> None:
    for issues in (refused().issues, (), (Issue("C01", Severity.WARNING, Where(), "something", ("a", "b")),)):
        outcome = operation_outcome(issues)
        for model in (OutcomeR4, OutcomeR5):
            assert len(model.model_validate(outcome).issue) == max(1, len(issues))
    found = {issue["code"] for issue in operation_outcome(refused().issues)["issue"]}
    assert found == {"code-invalid", "structure", "value"}


def test_every_code_is_an_issue_type() -> None:
    known = {
        *("invalid", "structure", "required", "value", "invariant", "security", "processing", "not-supported"),
        *("duplicate", "multiple-matches", "not-found", "too-long", "code-invalid", "business-rule", "conflict"),
        *("incomplete", "too-costly", "informational", "extension"),
    }
    assert {*OUTCOME_CODES.values(), BUSINESS_RULE} <= known

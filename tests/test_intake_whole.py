"""What was added to a report as a whole, to a task, a group or a role, which stand for no answer of their own."""

from __future__ import annotations

from typing import Any

import pytest

from tests.test_intake_added import KINDS, changed

Json = Any

WHOLE: dict[str, tuple[str, tuple[str, ...], str, Json]] = {
    "a report": ("DiagnosticReport", (), "specimen", [{"display": "bone marrow"}]),
    "a task": ("Task", (), "note", [{"text": "nobody answers"}]),
    "another subject": ("Observation", ("valueQuantity",), "focus", [{"display": "implant"}]),
    "no value of a group": ("Observation", ("hasMember",), "dataAbsentReason", {"text": "masked"}),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", WHOLE)
def test_what_was_added_to_report_task_or_group_is_said(name: str, kind: str) -> None:
    type_, names, element, value = WHOLE[name]
    found, path = changed(type_, lambda one: one.update({element: value}), kind, *names)
    assert found.draft is not None
    assert [(one.rule_id, one.where.path) for one in found.issues] == [("fhir-not-read", f"{path}.{element}")]


@pytest.mark.parametrize("kind", KINDS)
def test_a_role_with_codes_of_its_own_is_read(kind: str) -> None:
    plain, _ = changed("PractitionerRole", lambda one: one, kind)
    found, _ = changed("PractitionerRole", lambda one: one.update(code=[{"text": "radiologist"}]), kind)
    assert found == plain

"""Scopes of services: what is read of a claim, and what opens what."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emh_report.scopes import INTERACTIONS, Scope, covers, granted


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ("system/DiagnosticReport.rs", {Scope("DiagnosticReport", "rs")}),
        ("system/*.cruds openid system/Task.u", {Scope("*", "cruds"), Scope("Task", "u")}),
        ("system/DiagnosticReport.read", {Scope("DiagnosticReport", "rs")}),
        ("system/DiagnosticReport.write", {Scope("DiagnosticReport", "cud")}),
        ("system/*.*", {Scope("*", INTERACTIONS)}),
    ],
)
def test_scopes_of_services_are_read(claim: str, expected: set[Scope]) -> None:
    assert granted(claim) == expected


@pytest.mark.parametrize(
    "claim",
    [
        "",
        "system/DiagnosticReport.",
        "system/DiagnosticReport.sr",  # not in order
        "system/DiagnosticReport.rs?category=RAD",  # would open less than this program can keep to
        "user/DiagnosticReport.rs",
        "patient/DiagnosticReport.rs",
        "launch/patient",
        "SYSTEM/DiagnosticReport.rs",
        "system/DiagnosticReport.rs,system/Task.u",
        "system/Diagnostic\u0441Report.rs",  # a letter that only looks like one
    ],
)
def test_anything_else_opens_nothing(claim: str) -> None:
    assert granted(claim) == frozenset()


LETTERS = st.sets(st.sampled_from(INTERACTIONS), min_size=1).map(lambda some: "".join(sorted(some, key="cruds".index)))


@given(st.lists(st.builds(Scope, st.sampled_from(("*", "Task", "Patient")), LETTERS), max_size=4), LETTERS)
def test_what_is_open_is_what_was_granted_and_no_more(scopes: list[Scope], letters: str) -> None:
    assert granted(" ".join(map(str, scopes))) == frozenset(scopes)
    letters_of_tasks = set(itertools.chain.from_iterable(s.interactions for s in scopes if s.resource != "Patient"))
    assert covers(scopes, Scope("Task", letters)) == (set(letters) <= letters_of_tasks)

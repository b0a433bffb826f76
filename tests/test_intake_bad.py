"""Content from outside that is broken, huge, deep or hostile: a clear error, never a traceback, never what was sent."""

from __future__ import annotations

import json
import tracemalloc
from functools import cache
from random import Random
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from emh_report import import_report
from emh_report.errors import InputError, LimitError
from emh_report.export import fhir
from emh_report.fhir_http.outcomes import refusal
from emh_report.intake.content import read_json
from emh_report.intake.outcome import operation_outcome
from tests.drawing import draws
from tests.fhir_reports import complete
from tests.strategies import catalog

Json = Any
CANARY = "Zaphod-4711"


@cache
def valid() -> bytes:
    return fhir.to_json(fhir.transaction(complete(), options=fhir.Options(create_patient=True)))


def bundle() -> Json:
    return read_json(valid())


BROKEN = {
    "nothing": (b"", "not JSON|too early"),
    "XML": (b'\xef\xbb\xbf  <?xml version="1.0"?><Bundle xmlns="http://hl7.org/fhir"/>', "XML"),
    "not UTF-8": (b'{"a": "\xff"}', "UTF-8"),
    "UTF-16": ('{"resourceType": "Bundle"}'.encode("utf-16"), "not JSON"),
    "NaN": (b'{"a": NaN}', "not JSON"),
    "infinity": (b'{"a": -Infinity}', "not JSON"),
    "a key twice": (b'{"resourceType": "Bundle", "Zaphod-4711": 1, "Zaphod-4711": 2}', "a key twice"),
    "deep lists": (b"[" * 1_000_000, "nested too deeply"),
    "deep objects": (b'{"a":' * 100_000, "nested too deeply"),
    "a raw NUL": (b'{"a": "\x00"}', "control character"),
    "half a pair": (b'{"a": "\\ud800"}', "surrogate"),
    "a long number": (b'{"a": 1' + b"0" * 5000 + b"}", "too many digits"),
    "two values": (b"{} {}", "not JSON"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_content_that_is_no_json(name: str) -> None:
    content, reason = BROKEN[name]
    with pytest.raises(InputError, match=reason) as caught:
        import_report(catalog(), content)
    assert CANARY not in str(caught.value.violations)
    status, outcome, _ = refusal(caught.value)
    (issue,) = outcome["issue"]
    assert (status, issue["severity"], issue["code"]) == (400, "error", "invalid")


def test_50_megabytes_are_refused_before_anything_is_read() -> None:
    content = valid().ljust(50_000_000)
    tracemalloc.start()
    with pytest.raises(LimitError, match="50000000 bytes") as caught:
        import_report(catalog(), content)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000
    status, outcome, _ = refusal(caught.value)
    assert (status, outcome["issue"][0]["code"]) == (413, "too-long")


def test_what_passes_the_limit_stays_bounded() -> None:
    content = b'{"resourceType":"Bundle","type":"collection","entry":[' + b"{}," * 300_000 + b"{}]}"
    found = import_report(catalog(), content)
    assert found.draft is None
    assert 0 < len(found.issues) <= 201


WHOLE = {
    "a number": (b"7", ""),
    "a list": (b"[]", ""),
    "null": (b"null", ""),
    "no type": (b"{}", ""),
    "a type that is a number": (b'{"resourceType": 7}', ""),
    "no such type": (b'{"resourceType": "Zaphod-4711"}', ""),
    "a type of elements": (b'{"resourceType": "HumanName"}', ""),
    "entries that are a number": (b'{"resourceType": "Bundle", "type": "collection", "entry": 7}', "Bundle.entry"),
    "an entry that is null": (b'{"resourceType": "Bundle", "type": "collection", "entry": [null]}', "Bundle.entry[0]"),
    "an unknown resource": (
        b'{"resourceType": "Bundle", "type": "collection", "entry": [{"resource": {"resourceType": "Zaphod-4711"}}]}',
        "Bundle.entry[0].resource",
    ),
}


@pytest.mark.parametrize("name", WHOLE)
def test_json_that_is_no_bundle(name: str) -> None:
    content, path = WHOLE[name]
    found = import_report(catalog(), content)
    assert (found.draft, found.context) == (None, None)
    assert path in {issue.where.path for issue in found.issues}
    assert CANARY not in json.dumps(operation_outcome(found.issues))


def test_a_resource_that_is_no_bundle_and_a_bundle_of_others() -> None:
    patient = {"resourceType": "Patient", "name": [{"family": CANARY}]}
    alone = import_report(catalog(), json.dumps(patient).encode())
    others = {"resourceType": "Bundle", "type": "collection", "entry": [{"fullUrl": "urn:x:1", "resource": patient}]}
    for found in (alone, import_report(catalog(), json.dumps(others).encode())):
        assert [issue.rule_id for issue in found.issues] == ["fhir-not-a-report"]
        assert found.draft is None


@pytest.mark.parametrize("kind", [{"text": "a type"}, ["document"], None, 1])
@pytest.mark.parametrize("type_", ["Bundle", "Composition"])
def test_the_type_of_a_bundle_may_be_anything(type_: str, kind: object) -> None:
    """A Composition has a concept under this name, and a damaged bundle whatever it likes."""
    found = import_report(catalog(), json.dumps({"resourceType": type_, "type": kind}).encode())
    assert found.draft is None
    assert found.issues


def test_another_version_of_fhir_than_stated() -> None:
    (issue,) = import_report(catalog(), valid(), "5.0").issues[:1]
    assert issue.rule_id == "fhir-version"
    with pytest.raises(InputError, match=r"4\.0, 5\.0"):
        import_report(catalog(), valid(), "3.0")


def test_stu3_is_recognised() -> None:
    old = bundle()
    observation = next(e["resource"] for e in old["entry"] if e["resource"]["resourceType"] == "Observation")
    observation["related"] = [{"type": "has-member", "target": {"display": "x"}}]
    assert "fhir-version" in {issue.rule_id for issue in import_report(catalog(), fhir.to_json(old)).issues}


def test_references_in_a_circle_end() -> None:
    circle = bundle()
    observations = [e for e in circle["entry"] if e["resource"]["resourceType"] == "Observation"]
    for entry in observations:
        entry["resource"]["hasMember"] = [{"reference": one["fullUrl"]} for one in observations]
    found = import_report(catalog(), fhir.to_json(circle))
    assert all(issue.rule_id.startswith(("fhir-", "answer-")) for issue in found.issues)


def test_control_characters_and_overrides_in_text() -> None:
    for bad in ("\x00", "\u202e", "\x1b[31m"):
        content = bundle()
        content["entry"][0]["resource"].setdefault("text", {})
        content["entry"][0]["resource"]["language"] = f"en{bad}"
        found = import_report(catalog(), fhir.to_json(content))
        assert "Bundle.entry[0].resource.language" in {issue.where.path for issue in found.issues}


def paths(value: Json, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [place] if place else []
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, child in children:
        found += paths(child, (*place, name))
    return found


REPLACEMENTS: tuple[Json, ...] = (None, [], {}, "", CANARY, 7, True, [[]], [{}], {"a": 1}, [None], "0" * 70, -1)


@pytest.mark.parametrize("coding", [True, 7, None, "x", {"a": 1}])
def test_codes_that_are_no_list_are_refused_where_a_rule_compares_them(coding: Json) -> None:
    content = bundle()
    place = next(n for n, entry in enumerate(content["entry"]) if entry["resource"]["resourceType"] == "Observation")
    content["entry"][place]["resource"]["code"]["coding"] = coding
    found = import_report(catalog(), json.dumps(content, default=str).encode())
    assert f"Bundle.entry[{place}].resource.code.coding" in {issue.where.path for issue in found.issues}


def test_the_name_of_a_type_from_outside_is_not_said() -> None:
    """It may be anything, in a resource and in a reference."""
    for position in range(len(bundle()["entry"])):
        content = bundle()
        content["entry"][position]["resource"]["resourceType"] = CANARY
        refused = import_report(catalog(), json.dumps(content, default=str).encode())
        assert refused.draft is None
        assert CANARY not in json.dumps(operation_outcome(refused.issues))
    content = bundle()
    root = next(one["resource"] for one in content["entry"] if "hasMember" in one["resource"])
    root["hasMember"][0] = {"reference": "Zaphod/4711", "type": "Zaphod"}
    refused = import_report(catalog(), json.dumps(content, default=str).encode())
    assert "fhir-reference" in {issue.rule_id for issue in refused.issues}
    assert "Zaphod" not in json.dumps(operation_outcome(refused.issues))


@example(533)
@draws(60)
@given(st.integers(0, 2**32))
def test_any_damage_is_an_answer_and_never_a_crash(seed: int) -> None:
    chance = Random(seed)  # noqa: S311 - repeatable on purpose
    content = bundle()
    for _ in range(chance.randint(1, 3)):
        *above, last = chance.choice(paths(content))
        home = content
        for step in above:
            home = home[step]
        if chance.random() < 0.5:
            del home[last]
        else:
            home[last] = chance.choice(REPLACEMENTS)
    found = import_report(catalog(), json.dumps(content, default=str).encode())
    assert CANARY not in json.dumps(operation_outcome(found.issues))
    assert (found.draft is None) == any(issue.severity == "error" for issue in found.issues)

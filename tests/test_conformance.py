"""The judges of conformance/: what each must catch, and that every output passes all of them."""

import json
import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from conformance import (
    codings,
    generated,
    packages,
    references,
    requests,
    run,
    second,
    seeded,
    table,
    targets,
    values,
)
from conformance.allowed import Allowed, read_allowed, sort
from conformance.definitions import Definitions
from conformance.findings import Finding, Severity, Target, kind_at
from conformance.mistakes import BASE
from conformance.profile_mistakes import EU_DOCUMENT, IMR
from conformance.run import Judge
from conformance.table import columns
from emh_report.context import ReportStatus
from tests.case_files import read_report, synthetic_context

CASE = targets.ROOT / "tests" / "cases" / "emh-case-028" / "expected" / "fhir-r4-transaction.json"


@pytest.fixture(scope="module")
def bundle() -> dict[str, Any]:
    found: dict[str, Any] = seeded.read_exactly(CASE)
    return found


@pytest.fixture
def definitions(tmp_path: Path) -> Definitions:
    """A core package that knows what a DiagnosticReport and an Observation may refer to."""
    folder = tmp_path / "core" / "package"
    folder.mkdir(parents=True)
    targets_of = {"DiagnosticReport.result": ["Observation"], "Observation.subject": ["Patient", "Group"]}
    for type_ in ("DiagnosticReport", "Observation"):
        elements = [
            {"path": path, "type": [{"code": "Reference", "targetProfile": [f"http://x/{one}" for one in allowed]}]}
            for path, allowed in targets_of.items()
            if path.startswith(type_)
        ]
        (folder / f"StructureDefinition-{type_}.json").write_text(json.dumps({"snapshot": {"element": elements}}))
    return Definitions(folder.parent)


def own_checks(content: Any, definitions: Definitions) -> list[str]:  # noqa: ANN401 - JSON
    found = [*references.check(content, definitions), *requests.check(content, once=True)]
    return [message for _, message in (*found, *codings.check(content), *values.check(content))]


def test_own_checks_find_nothing_in_a_golden_output(bundle: dict[str, Any], definitions: Definitions) -> None:
    assert own_checks(bundle, definitions) == []


@pytest.mark.parametrize(
    "mistake",
    [
        "decimal as string",
        "subject of the wrong type",
        "empty array",
        "dangling contained reference",
        "unreferenced contained resource",
        "quantity code without system",
        "period reversed",
        "duplicate fullUrl",
        "unresolvable reference",
        "unknown code, SNOMED CT",
        "wrong display",
        "reference to the wrong type",
        "own code before standard one",
        "request for another type",
    ],
)
def test_own_checks_catch(mistake: str, bundle: dict[str, Any], definitions: Definitions) -> None:
    content = deepcopy(bundle)
    BASE[mistake](content)
    assert own_checks(content, definitions)


@pytest.mark.parametrize("mistake", BASE)
def test_a_golden_output_has_a_place_for_every_mistake(mistake: str, bundle: dict[str, Any]) -> None:
    content = deepcopy(bundle)
    BASE[mistake](content)
    assert content != bundle


def test_a_section_within_a_section_has_the_targets_of_the_outer_one(tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()
    elements: list[dict[str, Any]] = [
        {"path": "Composition.section.focus", "type": [{"code": "Reference", "targetProfile": ["http://x/Patient"]}]},
        {"path": "Composition.section.section", "contentReference": "#Composition.section"},
    ]
    file = tmp_path / "package" / "StructureDefinition-Composition.json"
    file.write_text(json.dumps({"snapshot": {"element": elements}}))
    known = Definitions(tmp_path)
    assert known.targets("Composition.section.section.focus") == frozenset({"Patient"})
    assert known.targets("Composition.section.text") is None


def test_a_document_must_carry_what_it_refers_to(definitions: Definitions) -> None:
    report = {"resourceType": "DiagnosticReport", "subject": {"reference": "Patient/1"}}
    content = {"resourceType": "Bundle", "type": "document", "entry": [{"fullUrl": "urn:uuid:1", "resource": report}]}
    assert [message for _, message in references.check(content, definitions)]
    assert not list(references.check(content | {"type": "transaction"}, definitions))


@pytest.mark.parametrize(
    ("period", "right"),
    [
        ({"start": "2026-01", "end": "2026-01-15"}, True),
        ({"start": "2026-02", "end": "2026-01-15"}, False),
        ({"start": "2026-01-15"}, True),
    ],
)
def test_partial_dates_compare_as_far_as_both_go(period: dict[str, str], right: bool) -> None:
    assert (not list(values.check(period))) is right


# --- The list of expected warnings ------------------------------------------------------------------------------------


def finding(judge: str = "hl7", severity: Severity = "warning", message: str = "new") -> Finding:
    return Finding(judge, "file.json", "Observation", severity, "Bundle.entry[0]", message)


def test_every_expected_warning_has_a_reason() -> None:
    assert all(len(entry.reason) > 30 for entry in read_allowed())


def test_a_new_warning_and_every_error_fail() -> None:
    allowed = read_allowed()
    expected = "Constraint failed: dom-6: 'x' (Best Practice Recommendation)"
    found = [finding(), finding(severity="error", message=expected), finding(message=expected)]
    assert [len(part) for part in sort(found, allowed)[:2]] == [2, 1]


@pytest.mark.parametrize(
    "entry",
    [
        {"judge": "hl7", "message": "x", "reason": " "},
        {"judge": "hl7", "message": "x", "reason": "wrong", "severity": "error"},
        {"judge": "house", "message": "x", "reason": "wrong", "severity": "error"},
    ],
)
def test_an_entry_that_may_not_be_is_refused(entry: Mapping[str, str], tmp_path: Path) -> None:
    file = tmp_path / "allowed.toml"
    file.write_text("[[allow]]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in entry.items()))
    with pytest.raises(ValueError, match=r"x$"):
        read_allowed(file)


def test_the_kind_of_a_finding_is_that_of_the_outermost_entry(bundle: dict[str, Any]) -> None:
    last = len(bundle["entry"]) - 1
    type_ = bundle["entry"][last]["resource"]["resourceType"]
    assert kind_at(bundle, f"Bundle.entry[{last}].resource/*x/null*/.contained[0]") == type_
    assert kind_at(bundle, "Bundle.type") == "Bundle"


def test_tables_line_up() -> None:
    assert (
        columns([["judge", "errors"], ["hl7", "0"], ["house", "12"]]) == "judge  errors\nhl7         0\nhouse      12"
    )


# --- Seeded mistakes --------------------------------------------------------------------------------------------------


def test_a_mistake_that_no_judge_catches_is_missed(tmp_path: Path) -> None:
    def sleeps(_: Target) -> list[Finding]:
        return []

    def sees_scripts(target: Target) -> list[Finding]:
        return [finding(severity="error")] if "script" in target.name else []

    target = targets.target_of(CASE)
    assert target is not None
    allowed: tuple[Allowed, ...] = ()
    rows = seeded.run([target], {"sleeps": sleeps, "sees scripts": sees_scripts}, allowed, tmp_path)
    assert len(rows) == len(BASE)
    assert len(seeded.missed(rows)) == len(BASE) - 1
    assert f"{len(BASE)} mistakes" in seeded.table(rows)


def test_a_planted_mistake_is_the_only_change(tmp_path: Path) -> None:
    target = targets.target_of(CASE)
    assert target is not None
    copies = dict(seeded.seed(target, tmp_path))
    before = CASE.read_text(encoding="utf-8")
    after = seeded.read_exactly(copies["bad id"].file)
    del next(entry["resource"] for entry in after["entry"] if "id" in entry["resource"])["id"]
    assert after == seeded.read_exactly(CASE)
    assert before.count('"value": 4.') == copies["bad id"].file.read_text(encoding="utf-8").count('"value":4.')


# --- What is judged ---------------------------------------------------------------------------------------------------


def test_a_report_is_judged_as_every_kind_that_it_has() -> None:
    draft, context = read_report(generated.SAMPLE, synthetic_context(generated.SAMPLE))
    names = [
        name
        for status in (ReportStatus.FINAL, ReportStatus.CANCELLED)
        for name, _ in generated._formats(status.value, draft, generated._in_state(context, status), generated.KINDS)
    ]
    kinds = [kind.value for kind in generated.KINDS]
    every = [f"{status}.{kind}" for status in ("final", "cancelled") for kind in kinds]
    assert set(every) - set(names) == {"cancelled.fhir-r4-document"}
    assert all(targets.target_of(Path(f"{name}.json")) for name in names)


# --- The judges themselves --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Sequence[Target]:
    return run.everything(tmp_path_factory.mktemp("generated"))


@pytest.fixture(scope="module")
def panel(component: Callable[[str], Path], judged: Sequence[Target]) -> Iterator[Mapping[str, Judge]]:
    component("javac")  # Validate.java is started from its source
    component("mvn")
    if not os.environ.get(packages.VARIABLE):
        pytest.skip(f"{packages.VARIABLE} names no folder of FHIR packages; .ci/run does")
    if not second.is_installed():
        pytest.skip("pyfhircheck is not installed; .ci/run installs it")
    with run.judges(judged) as found:
        yield found


def test_every_output_passes_every_judge(judged: Sequence[Target], panel: Mapping[str, Judge]) -> None:
    verdict = run.judge_all(judged, panel)
    print(table.verdicts(verdict.seen, verdict.found))  # noqa: T201 - shown when it fails
    assert verdict.passed, table.listing(verdict.found.failing)


def test_the_judges_catch_every_planted_mistake(
    judged: Sequence[Target], panel: Mapping[str, Judge], tmp_path: Path
) -> None:
    rows = seeded.run(targets.for_seeding(judged), panel, read_allowed(), tmp_path)
    planted: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        (kind,) = (kind for kind in PLANTED if kind in row.bundle)
        planted[kind].add(row.mistake)
    assert planted.keys() == PLANTED.keys()
    assert {kind: wanted - planted[kind] for kind, wanted in PLANTED.items() if wanted - planted[kind]} == {}
    assert seeded.missed(rows) == [], seeded.table(rows)


PLANTED = {
    "r4-transaction": set(BASE),
    "r5-transaction": set(BASE),
    "r4-document": {*BASE, *EU_DOCUMENT} - {"request for another type"},  # a document has no requests
    "r5-document": {*BASE, *EU_DOCUMENT} - {"request for another type"},
    "r4-imr": set(IMR),
}
"""Kind of bundle → what has to be planted into one."""

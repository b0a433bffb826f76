import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any

import pytest

from emh_report.context import (
    Context,
    Focus,
    Identifier,
    Order,
    Organization,
    Patient,
    Practitioner,
    ReportIdentity,
    ReportStatus,
    Series,
    Sex,
    Study,
    facts,
    is_uid,
    known_by,
    same_study,
)
from emh_report.context_issues import BLANK, SPACED, context_issues
from emh_report.issues import Severity

REPORT = Identifier("https://fhir.hospital.test/report", "R-1")
MRN = Identifier("https://fhir.hospital.test/mrn", "M-1")
COMPLETE = Context(
    report=ReportIdentity(REPORT, 1, ReportStatus.FINAL, "2024-01-15T10:00:00Z"),
    patient=Patient((MRN,), "Example", ("Eva",), "1980-01-01", Sex.FEMALE),
    orders=(Order(Identifier("https://fhir.hospital.test/accession", "A-1")),),
    studies=(Study("2.25.1", ("PT", "CT"), "2024-01-15T08:00:00Z"), Study("2.25.2", ("MR",), "2024-01-14")),
    author=Practitioner(Identifier("https://fhir.hospital.test/staff", "S-1"), "Reader", ("Rita",)),
    organization=Organization(Identifier("https://fhir.hospital.test/org", "RAD"), "Radiology"),
)


def test_a_complete_context_has_no_issues() -> None:
    assert context_issues(COMPLETE) == []


def test_facts_hold_the_modality_set_and_ages_in_whole_units() -> None:
    assert facts(COMPLETE, "standalone") == {
        "focus": "patient",
        "mode": "standalone",
        "sex": "female",
        "modality": {"PT", "CT", "MR"},
        "study-instance-uid": {"2.25.1", "2.25.2"},
        "exam-date": "2024-01-15T08:00:00Z",
        "issued": "2024-01-15T10:00:00Z",
        "age-years": 44,
        "age-days": 16085,
    }


def test_a_fetus_has_no_age_since_the_patient_is_the_mother() -> None:
    known = facts(replace(COMPLETE, focus=Focus.FETUS), "standalone")
    assert "age-years" not in known
    assert "age-days" not in known
    assert known["focus"] == "fetus"


def test_an_examination_is_of_the_first_study_that_says_when() -> None:
    undated, first, second = Study("1.2.1"), Study("1.2.2", started="2024-01-15"), Study("1.2.3", started="2024-01-16")
    assert Context(studies=(undated, first, second)).exam_date == "2024-01-15"
    assert Context(studies=(undated,)).exam_date == Context().exam_date == ""


def test_what_is_not_known_is_not_a_fact() -> None:
    assert facts(Context(), "standalone").keys() == {"focus", "mode"}


@pytest.mark.parametrize(
    ("change", "path", "blocking"),
    [
        ({"patient": Patient()}, "context.patient.identifiers", True),
        ({"report": replace(COMPLETE.report, identifier=Identifier())}, "context.report.identifier", True),
        ({"report": replace(COMPLETE.report, version=0)}, "context.report.version", True),
        ({"report": replace(COMPLETE.report, issued="yesterday")}, "context.report.issued", True),
        ({"patient": replace(COMPLETE.patient, birth_date="1980-02-30")}, "context.patient.birth_date", True),
        ({"patient": replace(COMPLETE.patient, birth_date="1980-02-28T07:00:00Z")}, "context.patient.birth_date", True),
        ({"studies": (Study("1.02.3"),)}, "context.studies[0].study_instance_uid", True),
        ({"studies": (Study(""),)}, "context.studies[0].study_instance_uid", True),
        ({"studies": (Study("2.25.1", started="2024-01-15T08:00"),)}, "context.studies[0].started", True),
        ({"orders": ()}, "context.orders", False),
        ({"author": Practitioner()}, "context.author.identifier", False),
        ({"organization": Organization()}, "context.organization", False),
    ],
)
def test_what_a_receiver_could_not_do_without(change: dict[str, object], path: str, blocking: bool) -> None:
    issues = context_issues(replace(COMPLETE, **change))  # type: ignore[arg-type]
    assert [(issue.where.path, issue.blocking) for issue in issues] == [(path, blocking)]


def test_a_preliminary_report_needs_less_than_a_signed_one() -> None:
    report = replace(COMPLETE.report, status=ReportStatus.PRELIMINARY)
    assert context_issues(Context(report=report, patient=COMPLETE.patient)) == []


@pytest.mark.parametrize(
    ("text", "valid"),
    [("1.2.840.10008.1.1", True), ("2.25.0", True), ("1", False), ("1.", False), ("1..2", False), ("1.02", False),
     ("1.2.a", False), ("1." + "2" * 62, True), ("1." + "2" * 63, False), ("", False)],
)  # fmt: skip
def test_uids_are_those_of_ps3_5(text: str, valid: bool) -> None:
    assert is_uid(text) is valid


# --- white space only ------------------------------------------------------------------------------------------------

FULL = replace(
    COMPLETE,
    patient=replace(COMPLETE.patient, identifiers=(MRN, Identifier("https://fhir.hospital.test/other", "O-1"))),
    orders=(
        Order(COMPLETE.orders[0].accession, Identifier("https://fhir.hospital.test/placer", "P-1"), "CT", "mass?"),
    ),
    studies=(
        Study("2.25.1", ("PT", "CT"), "2024-01-15T08:00:00Z", "PET", "A-1", (Series("2.25.3", 1, "CT", "axial"),)),
    ),
    supervisor=Practitioner(Identifier("https://fhir.hospital.test/staff", "S-2"), "Senior", ("Sam",)),
)


def texts(value: object, path: str = "") -> Iterator[str]:
    """Yield the path of every text."""
    if is_dataclass(value):
        for field in fields(value):
            yield from texts(getattr(value, field.name), f"{path}.{field.name}")
    elif isinstance(value, tuple):
        for position, one in enumerate(value):
            yield from texts(one, f"{path}[{position}]")
    elif isinstance(value, str) and not isinstance(value, Enum):
        yield path


def blanked(value: Any, path: str) -> Any:  # noqa: ANN401 - any part of a context
    """Return the context with white space at a path."""
    return written(value, path, " \n")


def written(value: Any, path: str, text: str) -> Any:  # noqa: ANN401 - any part of a context
    """Return the context with a text at a path, in which what stood there may have a place."""
    if not path:
        return text.format(value)
    name, rest = re.fullmatch(r"\.?([a-z_]+|\[\d+\])(.*)", path).groups()  # type: ignore[union-attr]
    if name.startswith("["):
        place = int(name[1:-1])
        return (*value[:place], written(value[place], rest, text), *value[place + 1 :])
    return replace(value, **{name: written(getattr(value, name), rest, text)})


BLOCKING = {
    *(".report.identifier.system", ".report.identifier.value", ".studies[0].study_instance_uid"),
    *(".patient.identifiers[0].system", ".patient.identifiers[0].value"),
}
NEEDED = {*BLOCKING, ".report.issued", ".author.identifier.value", ".organization.identifier.value"}


@pytest.mark.parametrize("path", list(texts(FULL)))
def test_white_space_is_no_value_wherever_it_stands(path: str) -> None:
    found = context_issues(blanked(FULL, path))
    severity = Severity.ERROR if path in NEEDED else Severity.WARNING
    assert [(one.where.path, one.rule_id, one.severity, one.message, one.blocking) for one in found] == [
        (f"context{path}", "context-blank", severity, BLANK, path in BLOCKING)
    ]


NUMBERS = [path for path in texts(FULL) if path.endswith((".value", ".system", "studies[0].accession"))]


@pytest.mark.parametrize("path", NUMBERS)
@pytest.mark.parametrize("odd", [" {}", "{}\r\n", "{}\u200b", "\ufeff{}", "{}\u00a0", "\t{}", "1\u00a0{}", "1\u061c{}"])
def test_a_number_that_others_write_otherwise_is_told_and_blocks_nothing(path: str, odd: str) -> None:
    found = context_issues(written(FULL, path, odd))
    assert [(one.where.path, one.rule_id, one.severity, one.message, one.blocking) for one in found] == [
        (f"context{path}", "context-space", Severity.WARNING, SPACED, False)
    ]


def test_a_space_inside_is_part_of_a_number_and_not_of_a_system() -> None:
    assert context_issues(written(FULL, ".patient.identifiers[0].value", "A {}")) == []
    (found,) = context_issues(written(FULL, ".patient.identifiers[0].system", "hospital {}"))
    assert (found.where.path, found.rule_id) == ("context.patient.identifiers[0].system", "context-space")


def test_names_may_end_as_they_like() -> None:
    assert context_issues(written(FULL, ".patient.family", "{} ")) == []


def test_the_only_number_of_an_order_is_needed() -> None:
    order = Order(Identifier("urn:example:a", " "), description=" ")
    issues = context_issues(replace(COMPLETE, orders=(order,)))
    assert [(one.where.path, one.severity) for one in issues] == [
        ("context.orders[0].accession.value", Severity.ERROR),
        ("context.orders[0].description", Severity.WARNING),
    ]


def test_an_order_without_a_number_is_none() -> None:
    order = Order(description="CT")
    issues = context_issues(replace(COMPLETE, orders=(order,)))
    assert [one.where.path for one in issues] == ["context.orders[0].accession", "context.orders"]
    beside = context_issues(replace(COMPLETE, orders=(*COMPLETE.orders, order)))
    assert [(one.where.path, one.blocking) for one in beside] == [("context.orders[1].accession", False)]


def test_blank_numbers_are_nobodys_accession() -> None:
    blank = replace(COMPLETE, studies=(), orders=(Order(Identifier("urn:example:a", " ")),))
    assert not same_study(blank, blank)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (Study("2.25.1", accession="A"), Study("2.25.1", accession="B"), True),
        (Study("2.25.1", accession="A"), Study("2.25.2", accession="A"), False),
        (Study("2.25.1", accession="A"), Study("", accession="A"), True),
        (Study("2.25.1", accession="A"), Study("", accession="B"), False),
        (Study("", accession="A"), Study("", accession="A"), True),
        (Study("2.25.1"), Study(""), False),
    ],
)
def test_a_study_is_known_by_its_uid_and_by_its_accession_only_without_one(
    one: Study, other: Study, same: bool
) -> None:
    contexts = [Context(studies=(study,)) for study in (one, other)]
    assert same_study(*contexts) is same_study(*contexts[::-1]) is same


# --- orders and studies that are alike -------------------------------------------------------------------------------


def numbers(accession: str, placer: str = "") -> Order:
    return Order(Identifier("urn:example:a", accession), Identifier("urn:example:p", placer))


A_B = [("context.orders[1].placer", "context-missing")]
TWICE = [("context.orders[1]", "context-duplicate")]


@pytest.mark.parametrize(
    ("orders", "known", "issues"),
    [
        ([numbers("", "P")], ["P"], []),
        ([numbers("A", "P"), numbers("B", "P")], ["A", "B"], []),
        ([numbers("A", "P"), numbers("A", "Q")], ["P", "Q"], []),
        ([numbers("A", "P"), numbers("A")], ["P", ""], A_B),
        ([numbers("A", "P"), numbers("A", "P")], ["P", "P"], TWICE),
        ([numbers("A", "P"), numbers("")], ["A", ""], [("context.orders[1].accession", "context-missing")]),
        ([numbers("A"), numbers("A")], ["A", "A"], TWICE),
        ([numbers("", "P"), numbers("", "P")], ["P", "P"], TWICE),
        ([numbers("A", "P"), numbers("A", "Q"), numbers("B", "P")], ["P", "Q", "B"], []),
    ],
)
def test_orders_are_told_apart(orders: list[Order], known: list[str], issues: list[tuple[str, str]]) -> None:
    assert [one.value for one in known_by(orders)] == known
    found = context_issues(replace(COMPLETE, orders=tuple(orders)))
    assert [(one.where.path, one.rule_id) for one in found] == issues
    assert not any(one.blocking for one in found)


def test_two_studies_with_one_uid_are_an_error() -> None:
    (issue,) = context_issues(replace(COMPLETE, studies=(*COMPLETE.studies, Study("2.25.1", ("MR",)))))
    assert (issue.where.path, issue.rule_id) == ("context.studies[2].study_instance_uid", "context-duplicate")
    assert (issue.severity, issue.blocking) == (Severity.ERROR, False)

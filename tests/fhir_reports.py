"""Reports for tests of the FHIR output, built from drafts of the body CT template."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from emh_report import pipeline
from emh_report.codes import CANONICAL
from emh_report.context import (
    Context,
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
)
from emh_report.draft import Boolean, Coded, Date, DateTime, Draft, Group, Item, Measurement, Quantity, ReportMode, Text
from emh_report.draft import Levels as DraftLevels
from emh_report.report import Narrative, Report, SectionText
from tests.case_files import synthetic_drafts
from tests.fhir_checks import check
from tests.fhir_json import Json, codes, export, resources, urn
from tests.strategies import catalog

TEMPLATE = "emh-ct-body"
REPORT = Identifier("https://fhir.hospital.test/report", "R-0001")
SCT = "http://snomed.info/sct"


def context(status: ReportStatus = ReportStatus.PRELIMINARY, **changes: Any) -> Context:  # noqa: ANN401 - any field
    """A context with everything in it."""
    known = Context(
        report=ReportIdentity(REPORT, 1, status, "2026-11-22T09:30:00Z"),
        patient=Patient(
            (Identifier("https://fhir.hospital.test/mrn", "M 1|2"),), "Ex", ("Eva",), "1980-01", Sex.FEMALE
        ),
        orders=(
            Order(
                Identifier("https://fhir.hospital.test/accession", "A-1"),
                Identifier("https://fhir.hospital.test/placer", "P-1"),
                "CT abdomen",
                "mass?",
            ),
        ),
        studies=(Study("2.25.1", ("CT",), "2026-11-22T08:00:00Z", "CT", "A-1", (Series("2.25.2", 2, "CT", "axial"),)),),
        author=Practitioner(Identifier("https://fhir.hospital.test/staff", "S-1"), "Reader", ("Rita",)),
        supervisor=Practitioner(Identifier("https://fhir.hospital.test/staff", "S-2"), "Senior"),
        organization=Organization(Identifier("https://fhir.hospital.test/org", "RAD"), "Radiology"),
    )
    return replace(known, **changes)


def group(group_id: str, uid: str = "", **answers: Any) -> Group:  # noqa: ANN401 - any value, or a list of them
    """A group of a draft; underscores in names stand for hyphens."""
    items = [
        Item(name.replace("_", "-"), value)
        for name, given in answers.items()
        for value in (given if isinstance(given, list) else [given])
    ]
    return Group(group_id, uid, tuple(items))


def lesion(uid: str = "lesion-1", **changes: Any) -> Group:  # noqa: ANN401 - any value
    """A paraspinal lesion."""
    answers: dict[str, Any] = {
        "presence": Coded("present"),
        "site": Coded("paraspinal-thoracic"),
        "laterality": Coded("left"),
        "levels": DraftLevels("T5", "T11"),
        "size": Measurement(("42.0", "30"), "mm"),
        "hu_mean": Quantity("4.20"),
        "emh_certainty": Coded("most-likely"),
        "diagnosis_basis": Coded("imaging-only"),
    }
    answers |= changes
    return group("finding", uid, **{name: value for name, value in answers.items() if value is not None})


PROCEDURE = group("procedure", modality=Coded("CT"), exam_date=DateTime("2026-11-22T08:00:00Z"))


def release(*groups: Group, known: Context | None = None, mode: ReportMode = ReportMode.STANDALONE) -> Report:
    """The report of a draft of the body CT template."""
    draft = Draft(TEMPLATE, catalog().newest[TEMPLATE], (PROCEDURE, *groups), mode=mode)
    return pipeline.release(catalog(), draft, known or context()).report


def bundle_of(*groups: Group, known: Context | None = None, mode: ReportMode = ReportMode.STANDALONE) -> Json:
    """The checked bundle of a draft."""
    report = release(*groups, known=known, mode=mode)
    found = export(report)
    check(found, report)
    return found


def one(bundle: Json, type_: str) -> Json:
    """The only resource of a type."""
    (found,) = resources(bundle, type_)
    return found


def observation(bundle: Json, report: Report, *name: str) -> Json:
    """An Observation by its name."""
    found: Json = next(entry["resource"] for entry in bundle["entry"] if entry["fullUrl"] == urn(report, *name))
    return found


def about(bundle: Json, code: str) -> list[Json]:
    """The Observations with one of the project's own codes."""
    return [
        found
        for found in resources(bundle, "Observation")
        if any(system.startswith(CANONICAL) and known == code for system, known in codes(found["code"]))
    ]


def narrative() -> Narrative:
    """A narrative in two sections, with everything that has to be escaped."""
    sections = [
        SectionText(term, f"{term.display} <b>&\"' ]]>\nsecond line", "<p>html</p>")
        for term in catalog().plan(TEMPLATE).template.sections[:2]
    ]
    html = "<!DOCTYPE html><p>größer & kleiner</p>"
    return Narrative("text", html, tuple(sections), "Two lesions.")


def complete() -> Report:
    """A report with a resource of every type."""
    return release(
        lesion(),
        group("cause", "c1", cause=Coded("primary-myelofibrosis"), cause_status=Coded("established")),
        group("medication", "m1", drug=Coded("hydroxyurea"), drug_status=Coded("current"), drug_start=Date("2019-03")),
        group(
            "recommendation",
            "r1",
            recommendation=Coded("interval-imaging"),
            recommendation_interval=Quantity("6", "mo"),
        ),
        group(
            "critical",
            critical_present=Boolean(value=True),
            critical_category=Coded("cat-1"),
            communication_status=Coded("pending"),
            communication_pending_reason=Text("nobody answers"),
        ),
        group("communication", "k1", communicated_by=Text("Dr A"), communicated_to=Text("Dr B")),
        group("impression", emh_conclusion=Coded("present"), conclusion_certainty=Coded("diagnostic-of")),
    )


def more_groups() -> list[Group]:
    """Groups of some other kinds."""
    return [
        group(
            "cause", "c2", cause=Coded("other", text="rare <disease>"), cause_detail=Text("detail"), remark=Text("so")
        ),
        group("complication", "k2", complication=Coded("hemothorax"), complication_severity=Coded("severe")),
        group("organ", "o2", organ=Coded("spleen"), spleen_length=Quantity("190.50", "mm")),
    ]


def one_of_each_template() -> list[Path]:
    found = {path.parent.name: path for path in reversed(synthetic_drafts())}
    return [found[name] for name in sorted(found)]

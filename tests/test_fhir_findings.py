"""The FHIR R4 transaction: lesions, organs, the diagnosis, and what is stated besides them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from emh_report.codes import CANONICAL
from emh_report.context import (
    Focus,
)
from emh_report.draft import Boolean, Coded, Date, DateTime, Measurement, Quantity, Text
from emh_report.export import fhir
from emh_report.export.fhir import history
from tests.fhir_checks import check
from tests.fhir_json import EMH_CODES, codes, export, resources, urn
from tests.fhir_reports import (
    SCT,
    about,
    bundle_of,
    context,
    group,
    lesion,
    observation,
    one,
    release,
)

# --- findings --------------------------------------------------------------------------------------------------------


def test_a_lesion_is_a_root_without_value_and_its_presence_comes_first() -> None:
    report = release(lesion(presence=None, remark=Text("odd")), lesion("l2"))
    bundle = export(report)
    check(bundle, report)
    for uid in ("lesion-1", "l2"):
        root = observation(bundle, report, uid)
        assert not [name for name in root if name.startswith("value")]
        assert root["hasMember"][0]["reference"] == urn(report, uid, "presence")
        presence = observation(bundle, report, uid, "presence")
        assert presence["code"]["coding"][0] == {"system": SCT, "code": "705057003", "display": "Presence"}
    unknown = observation(bundle, report, "lesion-1", "presence")
    assert unknown["dataAbsentReason"]["coding"][0]["code"] == "unknown"
    assert observation(bundle, report, "l2", "presence")["valueCodeableConcept"]["coding"][0]["code"] == "52101004"
    assert observation(bundle, report, "lesion-1")["note"] == [{"text": "odd"}]


def test_axes_and_levels_are_observations_of_their_own() -> None:
    report = release(lesion(), lesion("l2", size=Measurement(("7.50",), "mm")))
    bundle = export(report)
    axes = [observation(bundle, report, "lesion-1", "size", f"axis-{position}") for position in (1, 2)]
    assert [axis["valueQuantity"]["value"] for axis in axes] == ["42.0", 30]
    assert [axis["code"]["text"] for axis in axes] == ["Size, axis 1", "Size, axis 2"]
    single = observation(bundle, report, "l2", "size", "axis-1")
    assert single["code"]["text"] == "Size"
    upper, lower = (observation(bundle, report, "lesion-1", "levels", end) for end in ("upper", "lower"))
    assert upper["valueCodeableConcept"]["text"] == "T5"
    assert lower["valueCodeableConcept"]["text"] == "T11"
    site = observation(bundle, report, "lesion-1")["bodySite"]
    assert site["text"] == "Paraspinal, thoracic (posterior mediastinum), left, T5 to T11"


def test_decimals_leave_as_they_were_typed() -> None:
    content = fhir.to_json(fhir.transaction(release(lesion())))
    assert b'"value":4.20,' in content
    assert b'"value":42.0,' in content
    assert fhir.to_json({"value": Decimal("0.00000010")}) == b'{"value":0.00000010}'
    with pytest.raises(TypeError):
        fhir.to_json({"value": object()})


def test_history_is_not_dated_to_the_examination() -> None:
    report = release(
        lesion(prior_size=Measurement(("40",), "mm"), change_status=Coded("increased")),
        group("comparison-statement", comparison_available=Boolean(value=True)),
        group("clinical", hemoglobin=Quantity("7.2", "g/dL")),
    )
    bundle = export(report)
    earlier = ("effectiveDateTime", "derivedFrom", "category")
    for name in (("clinical", "hemoglobin"), ("lesion-1", "prior-size", "axis-1")):
        assert not set(earlier) & observation(bundle, report, *name).keys()
    assert set(earlier) <= observation(bundle, report, "lesion-1", "change-status").keys()


def test_organs_and_complications() -> None:
    report = release(
        group(
            "organ", "o1", organ=Coded("spleen"), spleen_state=Coded("enlarged"), spleen_length=Quantity("190.50", "mm")
        ),
        group("complication", "k1", complication=Coded("hemothorax"), complication_presence=Coded("absent")),
        group("complication", "k2", complication=Coded("pleural-effusion"), complication_severity=Coded("severe")),
    )
    bundle = export(report)
    check(bundle, report)
    organ = observation(bundle, report, "o1")
    assert organ["bodySite"]["text"] == "Spleen"
    assert len(organ["hasMember"]) == 2
    assert observation(bundle, report, "o1", "spleen-length")["bodySite"] == organ["bodySite"]
    absent = observation(bundle, report, "k1")
    assert (SCT, "2667000") in codes(absent["valueCodeableConcept"])
    unknown = observation(bundle, report, "k2")
    assert unknown["dataAbsentReason"]["text"] == "Not answered"
    assert len(unknown["hasMember"]) == 1


def test_a_hedged_conclusion_keeps_its_words_but_not_the_code_of_presence() -> None:
    report = release(
        lesion(), group("impression", emh_conclusion=Coded("present"), conclusion_certainty=Coded("very-unlikely"))
    )
    bundle = export(report)
    check(bundle, report)
    diagnosis = observation(bundle, report, "impression", "", "diagnosis")
    assert codes(diagnosis["code"]) >= EMH_CODES
    assert (SCT, "82334004") in codes(diagnosis["valueCodeableConcept"])
    assert diagnosis["valueCodeableConcept"]["text"] == "Indeterminate (very unlikely)"
    assert diagnosis["hasMember"] == [{"reference": urn(report, "impression", "conclusion-certainty")}]
    assert diagnosis["derivedFrom"] == [{"reference": urn(report, "lesion-1")}]
    words = observation(bundle, report, "impression", "emh-conclusion")
    assert words["valueString"] == "Present; certainty: very unlikely"
    assert "conclusionCode" not in one(bundle, "DiagnosticReport")


def test_actionable_findings_carry_their_category() -> None:
    report = release(lesion(epidural_extension=Boolean(value=True), cord_compression=Boolean(value=True)))
    assert report.critical
    bundle = export(report)
    check(bundle, report)
    radlex = {("http://radlex.org", f"RID4948{number}") for number in range(3)}
    found = [one for one in resources(bundle, "Observation") if codes(one.get("valueCodeableConcept")) & radlex]
    assert len(found) == len(report.critical)
    assert all(one["derivedFrom"] for one in found)


# --- statements ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "expected"),
    [("established", "confirmed"), ("suspected", "provisional"), ("excluded", "refuted"), (None, "unconfirmed")],
)
def test_a_cause_is_a_condition_as_sure_as_it_was_stated(status: str | None, expected: str) -> None:
    stated = {"cause_status": Coded(status)} if status else {}
    cause = group("cause", "c1", cause=Coded("primary-myelofibrosis"), cause_source=Coded("referral"), **stated)
    bundle = bundle_of(lesion(), cause)
    condition = one(bundle, "Condition")
    assert [coding["code"] for coding in condition["verificationStatus"]["coding"]] == [expected]
    assert "clinicalStatus" not in condition
    (detail,) = condition["evidence"][0]["detail"]
    source = next(entry["resource"] for entry in bundle["entry"] if entry["fullUrl"] == detail["reference"])
    assert source["valueCodeableConcept"]["text"] == "Referral"
    assert "conclusionCode" not in one(bundle, "DiagnosticReport")


@pytest.mark.parametrize("code", ["unknown", "idiopathic", "gcsf-therapy"])
def test_a_drug_and_the_lack_of_a_cause_are_no_conditions(code: str) -> None:
    report = release(lesion(), group("cause", "c1", cause=Coded(code), cause_status=Coded("established")))
    bundle = export(report)
    check(bundle, report)
    assert not resources(bundle, "Condition")
    assert (f"{CANONICAL}/CodeSystem/cause", code) in codes(
        observation(bundle, report, "c1", "cause")["valueCodeableConcept"]
    )


def test_what_is_stated_of_a_fetus_is_not_stated_of_the_mother() -> None:
    cause = group("cause", "c1", cause=Coded("fetal-neonatal-anemia"), cause_status=Coded("established"))
    report = release(lesion(emh_certainty=Coded("diagnostic-of")), cause, known=context(focus=Focus.FETUS))
    bundle = export(report)
    check(bundle, report)
    assert not resources(bundle, "Condition")
    assert "conclusionCode" not in one(bundle, "DiagnosticReport")
    for name in (("lesion-1",), ("lesion-1", "size", "axis-1"), ("c1",), ("c1", "cause")):
        assert observation(bundle, report, *name)["focus"] == [{"display": "Fetus of the patient"}]


@pytest.mark.parametrize(("status", "expected"), [*history.TAKING.items(), (None, "unknown")])
def test_medication(status: str | None, expected: str) -> None:
    stated = {"drug_status": Coded(status)} if status else {}
    drug = group("medication", "m1", drug=Coded("gcsf"), drug_start=Date("2019-03"), drug_last=Date("2020"), **stated)
    bundle = bundle_of(lesion(), drug)
    found = one(bundle, "MedicationStatement")
    assert found["status"] == expected
    assert found["effectivePeriod"] == {"start": "2019-03"}
    assert len(found["derivedFrom"]) == (2 if status else 1)


def test_advice_is_a_proposal_without_an_invented_date() -> None:
    advice = group(
        "recommendation",
        "r1",
        recommendation=Coded("interval-imaging"),
        recommendation_modality=[Coded("MR"), Coded("CT")],
        recommendation_interval=Quantity("6", "mo"),
        recommendation_contingency=Text("deficits develop"),
    )
    bundle = bundle_of(lesion(), advice)
    found = next(found for found in resources(bundle, "ServiceRequest") if found["intent"] == "proposal")
    assert found["status"] == "draft"
    assert found["occurrenceTiming"] == {"code": {"text": "in 6 months"}}
    assert [concept["coding"][0]["code"] for concept in found["orderDetail"]] == ["MR", "CT"]
    assert found["asNeededCodeableConcept"] == {"text": "deficits develop"}
    (interval,) = about(bundle, "recommendation-interval")
    assert interval["valueQuantity"] == {
        "value": 6,
        "unit": "months",
        "system": "http://unitsofmeasure.org",
        "code": "mo",
    }


def test_messages_given_and_messages_still_to_give() -> None:
    report = release(
        lesion(),
        group(
            "critical",
            critical_present=Boolean(value=True),
            critical_category=Coded("cat-1"),
            communication_status=Coded("pending"),
            communication_pending_reason=Text("nobody answers"),
        ),
        group(
            "communication",
            "k1",
            communicated_by=Text("Dr A"),
            communicated_to=Text("Dr B"),
            recipient_role=Coded("referring-physician"),
            communication_method=Coded("telephone"),
            communication_time=DateTime("2026-11-22T09:40:00Z"),
            communication_content=Text("cord compression"),
            read_back=Boolean(value=True),
        ),
    )
    bundle = export(report)
    check(bundle, report)
    message, task = one(bundle, "Communication"), one(bundle, "Task")
    assert message["status"] == "completed"
    assert message["sent"] == "2026-11-22T09:40:00Z"
    assert message["sender"] == {"display": "Dr A"}
    assert message["recipient"] == [{"display": "Dr B"}]
    assert message["payload"] == [{"contentString": "cord compression"}]
    assert observation(bundle, report, "k1", "read-back")["valueBoolean"] is True
    assert task["status"] == "requested"
    assert task["statusReason"] == {"text": "nobody answers"}
    reports = [entry["fullUrl"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == "DiagnosticReport"]
    assert [task["focus"]["reference"]] == reports


def test_an_earlier_study_is_referred_to_by_its_uid() -> None:
    prior = group("comparison", "p1", prior_date=Date("2024-05"), prior_study_uid=Text("1.2.840.7"))
    bundle = bundle_of(group("comparison-statement", comparison_available=Boolean(value=True)), prior, lesion())
    section = next(part for part in one(bundle, "Composition")["section"] if part["title"] == "Comparison")
    studies = [entry["identifier"]["value"] for entry in section["entry"] if "identifier" in entry]
    assert studies == ["urn:oid:1.2.840.7"]

"""What a bundle has of another report, as where all resources of a patient come together: never that of this one."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from emh_report import import_report
from emh_report.draft import Coded, Override, ReportMode
from emh_report.export import fhir
from emh_report.export.narrative import narrate
from emh_report.own_codes import OBSERVABLES
from tests.fhir_reports import complete
from tests.narrative_samples import group, report_of
from tests.strategies import catalog
from tests.test_intake_conflicts import KINDS, SIDE, answer, answered, changed, content, refusal

Json = Any
OTHER = str(UUID(int=7))


@pytest.mark.parametrize(
    ("report", "ahead", "said"),
    [("", False, "that is there already"), (OTHER, False, "of another report"), (OTHER, True, "of another report")],
)
@pytest.mark.parametrize("kind", KINDS)
def test_other_answers_of_a_group_are_refused(kind: str, report: str, ahead: bool, said: str) -> None:
    """A lesion would have the site of another one."""
    places: list[int] = []

    def beside(bundle: Json) -> None:
        named = [json.dumps(entry["resource"].get("identifier")) for entry in bundle["entry"]]
        place = next(place for place, identifiers in enumerate(named) if "/lesion-1" in identifiers)
        more = {**copy.deepcopy(bundle["entry"][place]), "fullUrl": UUID(int=8).urn}
        more["resource"].pop("id", None)
        for one in more["resource"]["identifier"]:
            own, *group = one["value"].split("/")
            one["value"] = "/".join((report or own, *group)) if group else str(UUID(int=8))
        places.append(place if ahead else place + 1)
        bundle["entry"].insert(places[0], more)

    issue = refusal(changed(beside, kind))
    assert (issue.rule_id, issue.where.path) == ("fhir-ambiguous", f"Bundle.entry[{places[0]}].resource")
    assert said in issue.message


def test_groups_of_one_uid_are_refused() -> None:
    named = content(KINDS[0]).replace(b'/procedure/procedure"', b'/procedure/lesion-1"')
    assert "that is there already" in refusal(import_report(catalog(), named)).message


def nameless(conclusion: Json) -> None:
    del conclusion["identifier"]


def unasked(conclusion: Json) -> None:
    conclusion["code"]["coding"] = [one for one in conclusion["code"]["coding"] if one["system"] != OBSERVABLES]


@pytest.mark.parametrize("ahead", [True, False])
@pytest.mark.parametrize(("change", "read"), [(lambda _: None, True), (nameless, False), (unasked, False)])
def test_the_conclusion_of_another_report_is_never_that_of_this_one(
    change: Callable[[Json], None], read: bool, ahead: bool
) -> None:
    bundle = json.loads(fhir.to_json(fhir.transaction(complete(), options=fhir.Options(create_patient=True))))
    place = int(answer(bundle, "emh-conclusion")[0].split("[")[1].split("]")[0])
    more = {**copy.deepcopy(bundle["entry"][place]), "fullUrl": UUID(int=8).urn}
    more["resource"]["identifier"][0]["value"] = str(UUID(int=8))
    presence = catalog().vocabularies["presence"]
    more["resource"]["valueCodeableConcept"] = {"coding": [{"system": presence.url, "code": "absent"}]}
    change(bundle["entry"][place]["resource"])
    bundle["entry"].insert(place if ahead else place + 1, more)
    found = import_report(catalog(), json.dumps(bundle).encode())
    assert answered(found, "emh-conclusion") == [Coded("present")] * read
    other, own = (place, place + 1) if ahead else (place + 1, place)
    places = {f"Bundle.entry[{one}].resource" for one in ((other,) if read else (other, own))}
    assert {one.where.path for one in found.issues if one.rule_id == "answer-not-restored"} == places


HOURS = group("complication", "k", complication="obstructive-uropathy", complication_presence="present")
UNFLAGGED = Override("critical-unflagged", "", "told before")


def kept(kind: str, mode: ReportMode = ReportMode.STANDALONE) -> Json:
    report = report_of(HOURS, overrides=(UNFLAGGED,), mode=mode)
    return json.loads(fhir.to_json(fhir.make(report, narrate(report), fhir.KINDS[kind], fhir.Options())))


@pytest.mark.parametrize(("kind", "mode"), [*((kind, "standalone") for kind in KINDS), (KINDS[0], "companion")])
def test_a_warning_about_the_report_that_was_kept_is_read_with_its_reason(kind: str, mode: str) -> None:
    found = import_report(catalog(), json.dumps(kept(kind, ReportMode(mode))).encode())
    assert found.draft is not None
    assert (found.draft.overrides, found.issues) == ((UNFLAGGED,), ())


def test_a_warning_that_was_kept_in_another_report_is_not_kept_in_this_one() -> None:
    (other,) = [one for one in kept(KINDS[0])["entry"] if "kept-warning" in str(one["resource"].get("code"))]

    def beside(bundle: Json) -> None:
        subject = answer(bundle, SIDE)[1]["subject"]
        other["resource"] = {**other["resource"], "subject": subject, "status": "final"}
        for name in ("basedOn", "derivedFrom"):
            other["resource"].pop(name, None)
        bundle["entry"].append(other)

    found = changed(beside)
    assert found.draft is not None
    assert found.draft.overrides == ()
    assert "answer-not-restored" in {one.rule_id for one in found.issues}

"""Earlier reports of a patient out of the store: who is the same patient, which reports count, and in which order."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest

from emh_report import earlier
from emh_report.context import Context, Focus, Identifier, Patient, ReportIdentity, Sex, Study
from emh_report.draft import DateTime, Draft, Item
from emh_report.errors import InputError, NotFoundError, NotStoredError
from emh_report.lifecycle import Action
from emh_report.priors import Basis, Pair
from emh_report.store import Store
from tests.case_files import SYNTHETIC, read_report, synthetic_context
from tests.store_reports import ATTENDING, AUTHOR, RECORDS, act, changed, created, new_id, saved

MRN = "https://fhir.hospital.test/mrn"


def patient(number: str, **changes: object) -> Patient:
    known = Patient((Identifier(MRN, number),), "Course", ("Clara",), "1980-02-03", Sex.FEMALE)
    return replace(known, **changes)  # type: ignore[arg-type]  # attributes of Patient


def on(day: str, who: Patient) -> tuple[Draft, Context]:
    """Return a complete short report of one day and patient: two lesions, and the length of the spleen."""
    file = SYNTHETIC / "emh-minimal" / "draft-a.json"
    draft, context = read_report(file, synthetic_context(file))
    groups = (
        group._replace(
            items=tuple(Item("exam-date", DateTime(day or "2024")) if item.field_id == "exam-date" else item
                        for item in group.items)
        )
        for group in draft.groups
    )  # fmt: skip
    uid = f"2.25.{uuid.uuid4().int}"
    studies = (replace(context.studies[0], study_instance_uid=uid, accession="", started=day),)
    context = replace(context, report=ReportIdentity(), patient=who, studies=studies, author=AUTHOR, supervisor=None)
    return draft._replace(groups=tuple(groups)), context


def signed(store: Store, day: str, who: Patient, focus: Focus = Focus.PATIENT) -> str:
    """Sign a report of one day and patient, and return its id."""
    draft, context = on(day, who)
    report_id = created(store, draft, replace(context, focus=focus))
    act(store, report_id, Action.FINALIZE, ATTENDING)
    return report_id


def new(who: Patient, day: str = "2024-03-12") -> Context:
    """Return the context of a new report."""
    return replace(on(day, who)[1], report=ReportIdentity())


def ids(store: Store, context: Context) -> list[str]:
    return [one.report_id for one in store.priors(context).priors]


def test_signed_reports_are_found_by_day_of_examination(store: Store) -> None:
    who = patient(new_id())
    days = ["2023-05-01", "2024-03-12", "2022-01-07", "2023-05-01"]
    reports = [signed(store, day, who) for day in days]
    assert ids(store, new(who)) == [reports[1], reports[3], reports[0], reports[2]]
    found = store.priors(new(who)).priors[0]
    assert (found.exam_date, found.version, found.template_id) == ("2024-03-12", 1, "emh-minimal")
    assert found.patient_differs == ()
    assert ids(store, new(who, "2023-12-31")) == [reports[3], reports[0], reports[2]]
    assert ids(store, new(who, "2023")) == [reports[3], reports[0], reports[2]]
    assert ids(store, new(who, "2023-04")) == [reports[2]]
    assert len(ids(store, new(who, ""))) == 4


def test_pages_follow_each_other(store: Store) -> None:
    who = patient(new_id())
    reports = [signed(store, f"2023-05-0{day}", who) for day in (1, 2, 2, 3, 4)]
    context = new(who)
    found, token = [], ""
    while True:
        page = store.priors(context, size=2, token=token)
        found += [one.report_id for one in page.priors]
        token = page.next_token
        if not token:
            break
    assert found == reports[::-1]
    token = store.priors(context, size=2).next_token
    for asked, forged in ((new(patient(new_id())), token), (context, token[:-3] + "AAA"), (context, "x")):
        with pytest.raises(InputError, match="page_token"):
            store.priors(asked, token=forged)
    with pytest.raises(InputError, match="page_size"):
        store.priors(context, size=-1)


def test_only_signed_reports_that_stand_are_earlier_ones(store: Store) -> None:
    who = patient(new_id())
    created(store, *on("2023-01-01", who))
    preliminary = created(store, *on("2023-01-02", who))
    act(store, preliminary, Action.RELEASE_PRELIMINARY, ATTENDING)
    withdrawn, kept = signed(store, "2023-01-03", who), signed(store, "2023-01-04", who)
    act(store, withdrawn, Action.WITHDRAW, ATTENDING)
    saved(store, kept, changed(store.get(kept).draft))
    act(store, kept, Action.AMEND, ATTENDING)
    assert ids(store, new(who)) == [kept]
    assert store.prior(kept, new(who))[1].version == 2
    for other in (preliminary, withdrawn):
        with pytest.raises(InputError, match="only a signed report"):
            store.prior(other, new(who))


def test_what_was_not_signed_of_a_report_does_not_count(store: Store) -> None:
    who = patient(new_id())
    report_id = signed(store, "2023-01-04", who)
    before = store.version(report_id).document.draft
    saved(store, report_id, changed(store.get(report_id).draft))
    assert store.prior(report_id, new(who))[1].document.draft == before


def test_a_report_is_not_its_own_prior(store: Store) -> None:
    who = patient(new_id())
    report_id = signed(store, "2023-01-04", who)
    context = store.get(report_id).context
    assert ids(store, context) == []
    with pytest.raises(InputError, match="the report itself"):
        store.prior(report_id, context)


def test_another_report_of_the_same_study_is_no_earlier_one(store: Store) -> None:
    who = patient(new_id())
    report_id = signed(store, "2023-01-04", who)
    before = signed(store, "2022-01-04", who)
    study = store.get(report_id).context.studies[0]
    draft, context = on("2023-01-04", who)
    again = replace(context, studies=(study, *context.studies))
    assert ids(store, again) == [before]
    assert [one.report_id for one in earlier.compare(store, draft, again).priors] == [before]
    for refused in (lambda: store.prior(report_id, again), lambda: earlier.compare(store, draft, again, [report_id])):
        with pytest.raises(InputError, match="a report of the same study, not of an earlier one"):
            refused()
    assert earlier.begin(store, again).prior.report_id == before


def test_without_a_uid_the_accession_number_tells_the_study(store: Store) -> None:
    who = patient(new_id())
    report_id = signed(store, "2023-01-04", who)
    bare = replace(new(who), studies=())
    assert ids(store, bare) == []
    with pytest.raises(InputError, match="the same study"):
        store.prior(report_id, bare)
    assert ids(store, replace(bare, orders=())) == [report_id]


def test_a_number_of_another_system_is_another_patient(store: Store) -> None:
    number = new_id()
    report_id = signed(store, "2023-01-04", patient(number))
    elsewhere = new(patient("", identifiers=(Identifier("https://other.test/mrn", number),)))
    assert ids(store, elsewhere) == []
    with pytest.raises(InputError, match="another patient"):
        store.prior(report_id, elsewhere)
    for identifiers in ((), (Identifier("", number),)):
        with pytest.raises(InputError, match="an identifier with system and value is needed"):
            store.priors(new(patient("", identifiers=identifiers)))
    with pytest.raises(NotStoredError):
        store.prior(new_id(), new(patient(number)))


def test_one_of_several_identifiers_is_enough(store: Store) -> None:
    national, number = Identifier("urn:oid:1.2.3", new_id()), Identifier(MRN, new_id())
    report_id = signed(store, "2023-01-04", patient("", identifiers=(number, national)))
    assert ids(store, new(patient("", identifiers=(Identifier(MRN, new_id()), national)))) == [report_id]


def test_a_merged_patient_has_the_reports_of_both(store: Store) -> None:
    gone, stays = patient(new_id()), patient(new_id())
    reports = [signed(store, "2023-01-04", gone), signed(store, "2023-02-04", stays)]
    assert ids(store, new(stays)) == [reports[1]]
    merged = store.get(reports[0])
    context = replace(merged.context, patient=replace(stays, identifiers=(*stays.identifiers,)))
    content = store.version(reports[0]).content
    store.correct_context(reports[0], context, RECORDS, etag=merged.etag)
    assert ids(store, new(stays)) == reports[::-1]
    assert ids(store, new(gone)) == []
    assert store.version(reports[0]).content == content


def test_a_patient_who_differs_is_told(store: Store) -> None:
    who = patient(new_id())
    signed(store, "2023-01-04", who)
    other = replace(who, birth_date="1979-02-03", sex=Sex.MALE)
    assert store.priors(new(other)).priors[0].patient_differs == ("birth_date", "sex")
    unknown = replace(who, birth_date="", sex=Sex.UNKNOWN)
    assert store.priors(new(unknown)).priors[0].patient_differs == ()
    for born, differs in ((who.birth_date[:4], ()), (who.birth_date[:7], ()), ("1901", ("birth_date",))):
        assert store.priors(new(replace(who, birth_date=born))).priors[0].patient_differs == differs
    issues = earlier.compare(store, *on("2024-03-12", other)).issues
    assert [issue.where.path for issue in issues if issue.rule_id == earlier.DIFFERS] == [
        "context.patient.birth_date", "context.patient.sex"
    ]  # fmt: skip


def test_a_follow_up_begun_from_the_store_finds_its_lesions_again(store: Store) -> None:
    who = patient(new_id())
    first = signed(store, "2023-01-04", who)
    begun = earlier.begin(store, new(who))
    assert (begun.prior.report_id, begun.issues) == (first, ())
    carried = {one.group_uid for one in begun.follow_up.carried}
    found = earlier.compare(store, begun.follow_up.draft, new(who))
    assert found.course is not None
    matched = [one for one in found.course.lesions if one.match]
    assert {one.current_uid for one in matched} <= carried
    assert {one.match.basis for one in matched if one.match} == {Basis.TRACKING_UID}
    assert [one.report_id for one in found.priors] == [first]


def test_reports_that_are_named_are_compared_with(store: Store) -> None:
    who = patient(new_id())
    old, recent = signed(store, "2022-01-04", who), signed(store, "2023-01-04", who)
    draft, context = on("2024-03-12", who)
    assert [one.report_id for one in earlier.compare(store, draft, context).priors] == [recent, old]
    alone = earlier.compare(store, draft, context, [old])
    assert alone.course is not None
    assert (alone.course.prior.report_id, alone.course.prior.version) == (old, 1)
    assert earlier.compare(store, draft, context, [old, old]).priors == alone.priors, "one named twice counts once"
    with pytest.raises(InputError, match=r"prior_report_ids\[1\]: this is a report of another patient"):
        earlier.compare(store, draft, context, [old, signed(store, "2022-01-04", patient(new_id()))])
    with pytest.raises(InputError, match=r"prior_report_ids\[1\]: its examination is later"):
        earlier.compare(store, *on("2022-06-12", who), [old, recent])
    assert earlier.begin(store, new(who), old).prior.report_id == old


def test_a_wrong_date_of_this_examination_is_told(store: Store) -> None:
    who = patient(new_id())
    old, recent = signed(store, "2022-01-04", who), signed(store, "2023-06-04", who)
    draft, _ = on("2023-03-12", who)
    found = earlier.compare(store, draft, on("2024-03-12", who)[1])
    assert [one.report_id for one in found.priors] == [recent, old]
    assert found.course is not None
    assert [one.report_id for one in found.course.priors] == [old]
    assert [(one.rule_id, one.where.field_id) for one in found.issues] == [(earlier.LATER, "exam-date")]


@pytest.mark.parametrize("focus", Focus)
def test_mother_and_fetus_are_not_compared_and_that_is_told(store: Store, focus: Focus) -> None:
    who = patient(new_id())
    report_id = signed(store, "2023-05-01", who)
    draft, context = on("2024-03-12", who)
    context = replace(context, focus=focus)
    compared = earlier.compare(store, draft, context)
    told = [(one.rule_id, one.where.path) for one in compared.issues if one.rule_id == earlier.SUBJECT]
    assert told == ([("prior-other-subject", "context.focus")] if focus is Focus.FETUS else [])
    assert (compared.course is None) is (focus is Focus.FETUS)
    assert [one.report_id for one in compared.priors] == [report_id]


@pytest.mark.parametrize("named", [True, False])
def test_a_follow_up_of_the_fetus_takes_nothing_over_from_the_mother(store: Store, named: bool) -> None:
    who = patient(new_id())
    report_id = signed(store, "2023-05-01", who)
    asked = report_id if named else ""
    assert earlier.begin(store, new(who), asked).prior.report_id == report_id
    with pytest.raises(InputError, match=r"context\.focus: an earlier report is about the patient, this one about the"):
        earlier.begin(store, replace(new(who), focus=Focus.FETUS), asked)


def test_a_follow_up_begins_from_the_newest_report_about_the_same(store: Store) -> None:
    who = patient(new_id())
    mother, fetus = signed(store, "2023-05-01", who), signed(store, "2023-06-01", who, focus=Focus.FETUS)
    assert earlier.begin(store, new(who)).prior.report_id == mother
    assert earlier.begin(store, replace(new(who), focus=Focus.FETUS)).prior.report_id == fetus


def test_without_earlier_reports_nothing_is_claimed(store: Store) -> None:
    draft, context = on("2024-03-12", patient(new_id()))
    assert earlier.compare(store, draft, context) == ((), None, (), False)
    with pytest.raises(InputError, match="no earlier report to pair"):
        earlier.compare(store, draft, context, (), [Pair("a", "b")])
    with pytest.raises(InputError, match="no signed earlier report"):
        earlier.begin(store, context)
    with pytest.raises(NotFoundError):
        earlier.begin(store, context, template_id="emh-none")


def test_more_reports_than_are_looked_at_are_told(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    who = patient(new_id())
    for day in ("2022-01-04", "2022-02-04"):
        signed(store, day, who)
    monkeypatch.setattr(earlier, "MOST", 1)
    found = earlier.compare(store, *on("2024-03-12", who))
    assert (len(found.priors), found.more) == (1, True)


def test_a_context_of_no_day_that_exists_is_refused(store: Store) -> None:
    context = replace(new(patient(new_id())), studies=(Study("1.2", ("CT",), "yesterday"),))
    with pytest.raises(InputError, match="did not start on a day that exists"):
        store.priors(context)

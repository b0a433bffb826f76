"""From working copy to version: what is shown is what is signed, and who may sign what when."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from emh_report import pipeline, signing
from emh_report.context import ReportStatus
from emh_report.draft import ReportMode
from emh_report.errors import (
    ConflictError,
    InputError,
    InvalidReportError,
    NotAsSeenError,
    NotPermittedError,
    TransitionError,
)
from emh_report.keys import new_signing_key
from emh_report.lifecycle import Action, Actor, Rank
from emh_report.store import Query, Receipt, Release, Seen, Store
from tests.case_files import catalog
from tests.store_reports import (
    ATTENDING,
    COVERING,
    OTHER,
    RECORDS,
    RESIDENT,
    SUPERVISOR,
    act,
    added,
    changed,
    complete,
    created,
    fresh,
    pending,
    saved,
    signed,
)

S = ReportStatus


def test_versions_are_what_was_shown_and_never_change(store: Store) -> None:
    report_id = created(store, *complete())
    shown = store.preview(report_id, Release(Action.FINALIZE, ATTENDING))
    receipt = store.release(report_id, Release(Action.FINALIZE, ATTENDING, seen=shown.seen), etag=shown.etag)
    first = store.version(report_id, 1)
    assert (first.content, first.sha256) == (shown.content, shown.seen.sha256)
    assert first.document.narrative == shown.narrative
    assert signing.sha256(first.content) == receipt.sha256
    saved(store, report_id, changed(store.get(report_id).draft))
    act(store, report_id, Action.AMEND, ATTENDING)
    assert store.version(report_id, 1) == first
    second = store.version(report_id)
    assert (second.version, second.document.previous, second.document.reason) == (2, first.sha256, "because")
    assert [(c.group_id, c.field_id, c.after[0]) for c in second.document.changes] == [
        ("impression", "impression", "Another line.")
    ]


def test_the_stored_document_says_what_a_render_says(store: Store) -> None:
    report_id = signed(store)
    document = store.version(report_id).document
    narrative, _, _ = pipeline.render(catalog(), document.draft, document.context)
    assert document.narrative == narrative.text
    assert (document.context.report.status, document.context.report.version) == (S.FINAL, 1)


def test_nothing_is_signed_unseen_or_otherwise_than_seen(store: Store) -> None:
    report_id = created(store, *complete())
    shown = store.preview(report_id, Release(Action.FINALIZE, ATTENDING))
    unseen = Release(Action.FINALIZE, ATTENDING)
    with pytest.raises(InputError, match="look at what would be released first"):
        store.release(report_id, unseen, etag=shown.etag)
    for seen, reason in (
        (Seen("0" * 64, shown.seen.issued), "not what was shown"),
        (Seen(shown.seen.sha256, "2020-01-01T00:00:00Z"), "too old"),
    ):
        with pytest.raises(NotAsSeenError, match=reason):
            store.release(report_id, unseen._replace(seen=seen), etag=shown.etag)
    with pytest.raises(InputError, match=r"seen\.issued"):
        store.release(report_id, unseen._replace(seen=Seen("", "now")), etag=shown.etag)
    assert store.get(report_id).version == 0


def test_what_was_changed_since_it_was_shown_is_not_signed(store: Store) -> None:
    report_id = created(store, *complete())
    shown = store.preview(report_id, Release(Action.FINALIZE, ATTENDING))
    receipt = saved(store, report_id, changed(store.get(report_id).draft))
    with pytest.raises(ConflictError) as caught:
        store.release(report_id, Release(Action.FINALIZE, ATTENDING, seen=shown.seen), etag=shown.etag)
    assert caught.value.etag == receipt.etag


def test_concurrent_signers_make_one_version(store: Store) -> None:
    report_id = created(store, *complete())
    shown = store.preview(report_id, Release(Action.FINALIZE, ATTENDING))
    wanted = Release(Action.FINALIZE, ATTENDING, seen=shown.seen)
    outcomes = list[object]()

    def sign() -> None:
        try:
            outcomes.append(store.release(report_id, wanted, etag=shown.etag))
        except ConflictError as error:
            outcomes.append(error)

    work = [threading.Thread(target=sign) for _ in range(6)]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    assert sum(isinstance(outcome, Receipt) for outcome in outcomes) == 1
    assert len(outcomes) == 6
    assert store.get(report_id).version == 1


def test_the_supervisor_signs_what_a_resident_wrote(store: Store) -> None:
    report_id = created(store, *complete(supervised=True), RESIDENT)
    assert act(store, report_id, Action.RELEASE_PRELIMINARY, RESIDENT).status is S.PRELIMINARY
    for actor in (RESIDENT, ATTENDING, COVERING, RECORDS):
        with pytest.raises(NotPermittedError):
            store.preview(report_id, Release(Action.FINALIZE, actor))
    assert act(store, report_id, Action.FINALIZE, SUPERVISOR).status is S.FINAL
    assert store.version(report_id, 1).signature == ""
    assert store.version(report_id, 2).signature != ""


def test_a_resident_signs_nothing_even_without_a_supervisor(store: Store) -> None:
    report_id = created(store, *complete(), RESIDENT)
    with pytest.raises(NotPermittedError, match="attending"):
        store.preview(report_id, Release(Action.FINALIZE, RESIDENT))
    with pytest.raises(NotPermittedError):
        saved(store, report_id, complete()[0], Actor(OTHER, Rank.RESIDENT))
    with pytest.raises(NotPermittedError):
        saved(store, report_id, changed(complete()[0]), RECORDS)


def test_an_error_stops_a_final_and_not_a_preliminary(store: Store) -> None:
    draft, context = complete()
    lacking = draft._replace(groups=tuple(group for group in draft.groups if group.group_id != "impression"))
    report_id = created(store, lacking, context)
    with pytest.raises(InvalidReportError) as caught:
        store.preview(report_id, Release(Action.FINALIZE, ATTENDING))
    assert any(issue.rule_id == "missing-required" for issue in caught.value.issues)
    shown = store.preview(report_id, Release(Action.RELEASE_PRELIMINARY, ATTENDING))
    assert "INCOMPLETE REPORT" in shown.narrative


def test_an_addendum_only_adds(store: Store) -> None:
    report_id = signed(store)
    draft = store.get(report_id).draft
    for other, rule in (
        (draft, "nothing-added"),
        (changed(draft), "addendum-changes"),
        (added(changed(draft)), "addendum-changes"),
    ):
        saved(store, report_id, other)
        with pytest.raises(InvalidReportError) as caught:
            store.preview(report_id, Release(Action.ADD_ADDENDUM, ATTENDING, "because"))
        assert {issue.rule_id for issue in caught.value.issues} == {rule}
    saved(store, report_id, added(draft))
    assert act(store, report_id, Action.ADD_ADDENDUM, ATTENDING).status is S.APPENDED


def test_a_correction_needs_a_change_and_a_reason(store: Store) -> None:
    report_id = signed(store)
    with pytest.raises(InvalidReportError) as caught:
        store.preview(report_id, Release(Action.AMEND, ATTENDING, "because"))
    assert caught.value.issues[0].rule_id == "nothing-changed"
    saved(store, report_id, changed(store.get(report_id).draft))
    for reason in ("", "  ", "x\x00", "y" * 20_001):
        with pytest.raises(InputError, match="reason"):
            store.preview(report_id, Release(Action.AMEND, ATTENDING, reason))


def test_a_pending_communication_is_an_open_task_until_it_is_reported(store: Store) -> None:
    draft, context = complete()
    report_id = created(store, pending(draft), context)
    shown = store.preview(report_id, Release(Action.FINALIZE, ATTENDING))
    assert shown.communication_pending
    assert act(store, report_id, Action.FINALIZE, ATTENDING).communication_pending
    assert [(task.opened_by, task.closed_by) for task in store.tasks(report_id)] == [(1, None)]
    assert [found.report_id for found in store.list(Query(communication_pending=True)).reports] == [report_id]
    saved(store, report_id, draft)
    receipt = act(store, report_id, Action.ADD_ADDENDUM, ATTENDING)
    assert (receipt.status, receipt.communication_pending) == (S.APPENDED, False)
    assert [(task.opened_by, task.closed_by) for task in store.tasks(report_id)] == [(1, 2)]
    assert store.list(Query(communication_pending=True)).reports == ()


def test_a_companion_report_never_finalizes_its_order(store: Store) -> None:
    draft, context = complete()
    report_id = created(store, draft._replace(mode=ReportMode.COMPANION), context)
    act(store, report_id, Action.FINALIZE, ATTENDING)
    version = store.version(report_id)
    assert (version.status, version.finalizes_order) == (S.FINAL, False)
    assert version.document.paste_section
    assert store.version(signed(store)).finalizes_order
    with pytest.raises(InputError, match=r"draft\.mode"):
        saved(store, report_id, store.get(report_id).draft._replace(mode=ReportMode.STANDALONE))


def test_what_was_withdrawn_repeats_what_was_released_and_stays_withdrawn(store: Store) -> None:
    report_id = signed(store)
    said = store.version(report_id).document.draft
    saved(store, report_id, changed(said))
    act(store, report_id, Action.WITHDRAW, RECORDS)
    assert store.version(report_id).document.draft == said
    with pytest.raises(TransitionError) as caught:
        store.preview(report_id, Release(Action.FINALIZE, ATTENDING))
    assert caught.value.possible == ("correct-context",)


def test_signatures_are_those_of_the_key_of_the_installation(tmp_path: Path) -> None:
    old, new = new_signing_key(), new_signing_key()
    with fresh(tmp_path, signing_keys=[old]) as store:
        report_id = signed(store)
    with fresh(tmp_path, signing_keys=[new, old]) as store:
        first = store.version(report_id)
        saved(store, report_id, changed(store.get(report_id).draft))
        act(store, report_id, Action.AMEND, ATTENDING)
        second = store.version(report_id)
    assert signing.verify(first.content, first.signature, [new, old]).key_id == old.kid
    assert signing.verify(second.content, second.signature, [new, old]).key_id == new.kid


def test_time_is_that_of_the_clock(tmp_path: Path) -> None:
    with fresh(tmp_path) as store:
        report_id = created(store, *complete())
        shown = store.preview(report_id, Release(Action.FINALIZE, ATTENDING))
        now = store.ledger.clock()
        store.ledger = replace(store.ledger, clock=lambda: now + timedelta(hours=2))
        with pytest.raises(NotAsSeenError, match="too old"):
            store.release(report_id, Release(Action.FINALIZE, ATTENDING, seen=shown.seen), etag=shown.etag)


def warned(store: Store, report_id: str, action: Action = Action.FINALIZE) -> list[str]:
    """Return what is said of another report of the same study."""
    shown = store.preview(report_id, Release(action, ATTENDING, "because"))
    return [f"{issue.severity} {issue.where.path}" for issue in shown.issues if issue.rule_id == "another-report"]


def test_another_report_of_the_study_is_a_warning_until_it_ends(store: Store) -> None:
    draft, context = complete()
    first = created(store, draft, context)
    assert warned(store, first) == []
    second = created(store, draft, context)
    assert warned(store, first) == warned(store, second) == ["warning context.studies"]
    assert warned(store, second, Action.CANCEL) == []
    act(store, second, Action.FINALIZE, ATTENDING)
    assert warned(store, first) == ["warning context.studies"]
    act(store, second, Action.WITHDRAW, ATTENDING)
    assert warned(store, first) == []


def test_a_companion_and_a_report_of_another_study_are_no_other_reports(store: Store) -> None:
    draft, context = complete()
    report_id = created(store, draft, context)
    companion = created(store, draft._replace(mode=ReportMode.COMPANION), context)
    (study,) = context.studies
    created(
        store, draft, replace(context, studies=(replace(study, study_instance_uid=f"{study.study_instance_uid}.9"),))
    )
    created(store, draft, replace(context, studies=(replace(study, study_instance_uid=""),)))
    assert warned(store, report_id) == warned(store, companion) == []

"""Any order of actions by anybody: the store does what the transition table says, and nothing else."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from emh_report.context import Identifier, ReportStatus
from emh_report.draft import Draft
from emh_report.errors import ConflictError, InvalidReportError, NotPermittedError, StoredReportError, TransitionError
from emh_report.lifecycle import TABLE, Action, Actor, Rank
from emh_report.records import Preview, Receipt, Release, StoredReport
from tests.store_reports import ATTENDING, COVERING, RECORDS, RESIDENT, WHY, added, changed, complete, fresh, new_id

ACTORS = (ATTENDING, ATTENDING, ATTENDING, RESIDENT, COVERING, RECORDS)
EDITS: tuple[Callable[[Draft], Draft], ...] = (added, changed, lambda draft: draft)
RELEASES = [action for action in Action if action not in {Action.CREATE, Action.UPDATE, Action.CORRECT_CONTEXT}]


def attempt(send: Callable[[str], Receipt], request_id: str) -> tuple[Receipt | None, Exception | None]:
    """Return what came of a write: its receipt, or why it was refused."""
    try:
        return send(request_id), None
    except (StoredReportError, InvalidReportError) as error:
        return None, error


class Life(RuleBasedStateMachine):
    """Reports of one store, and what they must be."""

    reports = Bundle("reports")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.store = fresh(Path(self.folder.name))
        self.known: dict[str, StoredReport] = {}
        self.contents: dict[tuple[str, int], bytes] = {}
        self.receipts: dict[str, tuple[Callable[[str], Receipt], Receipt]] = {}

    def teardown(self) -> None:
        verified = self.store.verify()
        assert verified.damages == ()
        assert verified.versions == len(self.contents)
        for (report_id, number), content in self.contents.items():
            assert self.store.version(report_id, number).content == content
        self.store.close()
        self.folder.cleanup()

    def write(self, report_id: str, action: Action, actor: Actor, send: Callable[[str], Receipt]) -> None:
        """Do something and compare what came of it with the table."""
        before, request_id = self.known[report_id], new_id()
        step = TABLE[before.status].get(action)
        receipt, refusal = attempt(send, request_id)
        if receipt is None:
            assert self.store.get(report_id) == before
            assert refusal is not None
            expected = TransitionError if step is None else (NotPermittedError, InvalidReportError)
            assert isinstance(refusal, expected)
            return
        assert step is not None
        assert actor.rank in step.open_to
        after = self.store.get(report_id)
        assert (after.status, after.version, after.etag) == (step.to, before.version + step.releases, receipt.etag)
        self.known[report_id] = after
        self.receipts[request_id] = (send, receipt)
        if step.releases:
            self.contents[report_id, after.version] = self.store.version(report_id).content

    @rule(target=reports, actor=st.sampled_from([ATTENDING, RESIDENT]))
    def create(self, actor: Actor) -> str:
        report_id = self.store.create(*complete(), actor).report_id
        self.known[report_id] = self.store.get(report_id)
        return report_id

    @rule(report_id=reports, actor=st.sampled_from(ACTORS), edit=st.sampled_from(EDITS))
    def update(self, report_id: str, actor: Actor, edit: Callable[[Draft], Draft]) -> None:
        report = self.known[report_id]

        def send(request_id: str) -> Receipt:
            return self.store.update_draft(
                report_id, edit(report.draft), report.context, actor, etag=report.etag, request_id=request_id
            )

        self.write(report_id, Action.UPDATE, actor, send)

    @rule(report_id=reports, actor=st.sampled_from(ACTORS), number=st.integers(0, 3))
    def correct_context(self, report_id: str, actor: Actor, number: int) -> None:
        report = self.known[report_id]
        merged = replace(report.context.patient, identifiers=(Identifier("urn:mrn", f"M{number}"),))
        context = replace(report.context, patient=merged)

        def send(request_id: str) -> Receipt:
            return self.store.correct_context(report_id, context, actor, etag=report.etag, request_id=request_id)

        self.write(report_id, Action.CORRECT_CONTEXT, actor, send)

    @rule(report_id=reports, actor=st.sampled_from(ACTORS), action=st.sampled_from(RELEASES))
    def release(self, report_id: str, actor: Actor, action: Action) -> None:
        wanted = Release(action, actor, "because" if action in WHY else "")
        shown: list[Preview] = []

        def send(request_id: str) -> Receipt:
            preview = shown[0] if shown else self.store.preview(report_id, wanted)
            shown[:] = [preview]
            confirmed = wanted._replace(seen=preview.seen)
            return self.store.release(report_id, confirmed, etag=preview.etag, request_id=request_id)

        self.write(report_id, action, actor, send)

    @rule(data=st.data())
    def repeat(self, data: st.DataObject) -> None:
        """Whatever was answered before is answered so again, and done no second time."""
        if self.receipts:
            request_id = data.draw(st.sampled_from(sorted(self.receipts)))
            send, receipt = self.receipts[request_id]
            assert send(request_id) == receipt

    @rule(report_id=reports)
    def outdated(self, report_id: str) -> None:
        report = self.known[report_id]
        with pytest.raises(ConflictError) as caught:
            self.store.correct_context(report_id, report.context, RECORDS, etag="0-x")
        assert caught.value.etag == report.etag

    @invariant()
    def nothing_else_changed(self) -> None:
        for report_id, report in self.known.items():
            assert self.store.get(report_id).etag == report.etag
        assert len(self.store.list(size=200).reports) == len(self.known)


assert set(Rank) == {actor.rank for actor in ACTORS}
assert set(TABLE) == {None, *ReportStatus}

TestLife = Life.TestCase
TestLife.settings = settings(max_examples=12, stateful_step_count=25, deadline=None)

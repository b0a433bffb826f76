"""The whole transition table, walked through the service."""

from __future__ import annotations

import pytest

from emh_report.client import (
    Client,
    ForbiddenError,
    NotPossibleError,
)
from emh_report.context import ReportStatus
from emh_report.lifecycle import TABLE, Action, Actor, Rank
from tests.store_reports import ATTENDING, OTHER, RECORDS, RESIDENT, SUPERVISOR, complete
from tests.stored_service import do, service

S = ReportStatus


def way_to(state: ReportStatus) -> list[Action]:
    """Return the shortest way from a draft to a state, by the table."""
    ways: dict[ReportStatus, list[Action]] = {S.DRAFT: []}
    for _ in S:
        for known, way in list(ways.items()):
            for action, step in TABLE[known].items():
                ways.setdefault(step.to, [*way, action])
    return ways[state]


def brought_to(client: Client, state: ReportStatus) -> str:
    """Return a new report in a state."""
    report_id = client.stored.create(*complete(), ATTENDING).report_id
    for action in way_to(state):
        if action in {Action.AMEND, Action.ADD_ADDENDUM}:
            do(client, report_id, Action.UPDATE)
        do(client, report_id, action)
    assert client.stored.get(report_id).status is state
    return report_id


@pytest.mark.parametrize("state", S)
def test_every_state_is_reached_and_left_as_the_table_says(state: ReportStatus) -> None:
    client = service().client
    for action in Action:
        if action is Action.CREATE:
            continue
        report_id = brought_to(client, state)
        before = client.stored.get(report_id)
        assert before.actions == tuple(TABLE[state])
        step = TABLE[state].get(action)
        if step is None:
            with pytest.raises(NotPossibleError) as caught:
                do(client, report_id, action)
            assert caught.value.possible == tuple(one.value for one in TABLE[state])
            assert client.stored.get(report_id) == before
            continue
        if action in {Action.AMEND, Action.ADD_ADDENDUM}:
            do(client, report_id, Action.UPDATE)
        receipt = do(client, report_id, action)
        assert (receipt.status, receipt.version) == (step.to, before.version + step.releases)
        after = client.stored.get(report_id)
        assert (after.status, after.version, after.etag) == (receipt.status, receipt.version, receipt.etag)
        if step.releases:
            version = client.stored.version(report_id)
            assert (version.status, version.version, version.sha256) == (step.to, receipt.version, receipt.sha256)
            assert version.document.context.report.status is step.to


ACTORS = {Rank.RESIDENT: RESIDENT, Rank.ATTENDING: ATTENDING, Rank.RECORDS: RECORDS}


@pytest.mark.parametrize(("state", "action"), [(s, a) for s in S for a in TABLE[s]], ids=str)
def test_who_may_do_what_is_what_the_table_says(state: ReportStatus, action: Action) -> None:
    report_id = brought_to(service().client, state)
    before = service().client.stored.get(report_id)
    for rank, actor in ACTORS.items():
        if rank not in TABLE[state][action].open_to:
            with pytest.raises(ForbiddenError):
                do(service().client, report_id, action, actor)
    assert service().client.stored.get(report_id) == before


def test_a_resident_writes_and_the_supervisor_signs() -> None:
    client = service().client
    report_id = client.stored.create(*complete(supervised=True), RESIDENT).report_id
    do(client, report_id, Action.RELEASE_PRELIMINARY, RESIDENT)
    for actor in (RESIDENT, ATTENDING, Actor(OTHER, Rank.ATTENDING)):
        with pytest.raises(ForbiddenError, match="supervisor"):
            do(client, report_id, Action.FINALIZE, actor)
    assert do(client, report_id, Action.FINALIZE, SUPERVISOR).status is S.FINAL

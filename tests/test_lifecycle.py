"""The transition table itself: what must hold for every row, whatever is added to it."""

import pytest

from emh_report.context import COMPLETE_STATUSES, Context, ReportStatus
from emh_report.draft import ReportMode
from emh_report.errors import InputError, NotPermittedError, TransitionError
from emh_report.lifecycle import (
    RELEASING,
    TABLE,
    Action,
    Actor,
    Need,
    Party,
    Rank,
    Transition,
    actions,
    check_actor,
    finalizes_order,
    signer,
    transition,
)
from tests.store_reports import ATTENDING, AUTHOR, COVERING, RECORDS, RESIDENT, SENIOR, SUPERVISOR

S = ReportStatus
ROWS = [(status, action, way) for status, row in TABLE.items() for action, way in row.items()]
SIGNED = COMPLETE_STATUSES


def test_what_releases_is_known_beside_the_table() -> None:
    assert set(RELEASING) == {action for _, action, way in ROWS if way.releases}
    assert set(Action) - set(RELEASING) == {Action.CREATE, Action.UPDATE, Action.CORRECT_CONTEXT}


def test_every_state_has_a_row_and_is_reached() -> None:
    assert set(TABLE) == {None, *S}
    reached: set[ReportStatus | None] = {None}
    before: set[ReportStatus | None] = set()
    while reached != before:
        before = set(reached)
        reached |= {way.to for status, _, way in ROWS if status in before}
    assert reached == set(TABLE)


def test_every_state_but_the_last_is_left() -> None:
    stuck = {status for status in S if all(way.to is status for way in TABLE[status].values())}
    assert stuck == {S.ENTERED_IN_ERROR}


def test_a_signed_report_is_never_less_again() -> None:
    for status, _, way in ROWS:
        if status in SIGNED:
            assert way.to in {*SIGNED, S.ENTERED_IN_ERROR}
        assert way.to is not S.DRAFT or status in {None, S.DRAFT}


@pytest.mark.parametrize(("status", "action", "way"), ROWS, ids=lambda value: getattr(value, "value", None))
def test_what_claims_completeness_is_seen_signed_and_without_errors(
    status: ReportStatus | None, action: Action, way: Transition
) -> None:
    if way.releases and way.to in SIGNED:
        assert way.needs & (Need.NO_ERRORS | Need.SEEN | Need.SIGNATURE) == Need.NO_ERRORS | Need.SEEN | Need.SIGNATURE
        assert way.open_to == {Rank.ATTENDING: Party.SIGNER}
    else:
        assert Need.NO_ERRORS not in way.needs
    if not way.releases:
        assert way.needs == Need.NOTHING
        assert way.to is (status or S.DRAFT)
    if status in SIGNED and way.releases:
        assert Need.REASON in way.needs, f"{action} changes what was signed"


def test_a_resident_never_signs_and_records_never_write() -> None:
    for _, action, way in ROWS:
        if Rank.RESIDENT in way.open_to:
            assert Need.SIGNATURE not in way.needs
            assert way.open_to[Rank.RESIDENT] is Party.NAMED
        if Rank.RECORDS in way.open_to:
            assert action in {Action.CREATE, Action.CORRECT_CONTEXT, Action.CANCEL, Action.WITHDRAW}


def test_what_is_not_in_the_table_is_refused_with_what_is() -> None:
    with pytest.raises(TransitionError) as caught:
        transition(S.FINAL, Action.CANCEL)
    assert caught.value.possible == tuple(action.value for action in actions(S.FINAL))
    with pytest.raises(TransitionError, match="possible: correct-context"):
        transition(S.ENTERED_IN_ERROR, Action.WITHDRAW)


@pytest.mark.parametrize(
    ("actor", "supervised", "may"),
    [
        (ATTENDING, False, True),
        (ATTENDING, True, False),
        (SUPERVISOR, True, True),
        (SUPERVISOR, False, False),
        (COVERING, True, False),
        (RESIDENT, False, False),
        (RECORDS, False, False),
    ],
)
def test_who_signs(actor: Actor, supervised: bool, may: bool) -> None:
    context = Context(author=AUTHOR, supervisor=SENIOR if supervised else None)
    assert signer(context) == (SENIOR if supervised else AUTHOR)
    way = transition(S.DRAFT, Action.FINALIZE)
    if may:
        check_actor(actor, Action.FINALIZE, way, context)
    else:
        with pytest.raises(NotPermittedError, match="attending"):
            check_actor(actor, Action.FINALIZE, way, context)


def test_nobody_acts_without_an_identifier() -> None:
    way = transition(None, Action.CREATE)
    with pytest.raises(InputError, match="identifier"):
        check_actor(Actor(Context().author, Rank.ATTENDING), Action.CREATE, way, Context())


def test_only_a_complete_report_of_its_own_answers_an_order() -> None:
    assert {status for status in S if finalizes_order(status, ReportMode.STANDALONE)} == COMPLETE_STATUSES
    assert not any(finalizes_order(status, ReportMode.COMPANION) for status in S)

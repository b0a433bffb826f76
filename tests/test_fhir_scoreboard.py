"""The 22 kinds of mistakes that FHIR libraries let through, and those beyond them, planted into our own bundles."""

from __future__ import annotations

from functools import cache

import pytest

from scripts import fhir_scoreboard
from scripts.fhir_scoreboard import GROUPS, Group, Score
from tests.strategies import catalog

SCORES = fhir_scoreboard.scores
"""As they are; a test puts others in their place."""
TITLES = [group.title for group in GROUPS]


@cache
def lines(title: str) -> list[Score]:
    return SCORES(catalog(), GROUPS[TITLES.index(title)])


@pytest.mark.parametrize("title", TITLES)
def test_every_kind_is_caught_at_its_exact_path(title: str) -> None:
    for line in lines(title):
        assert line.missed == ()
        assert line.complete


def test_there_are_22_kinds_and_more() -> None:
    assert [len(group.kinds) for group in GROUPS] == [22, 9, 4, 4, 4]


@pytest.mark.parametrize("missed", ["", *TITLES])
def test_the_board_fails_where_one_kind_of_one_group_is_missed(
    missed: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def scores(_: object, group: Group) -> list[Score]:
        *others, last = lines(group.title)
        return [*others, last._replace(caught=last.caught - 1, missed=("a place",)) if group.title == missed else last]

    monkeypatch.setattr(fhir_scoreboard, "scores", scores)
    assert fhir_scoreboard.main() == (1 if missed else 0)
    told = capsys.readouterr().out
    for group in GROUPS:
        all_ = len(group.kinds)
        assert f"{group.title}: {all_ - (group.title == missed)} of {all_} kinds caught completely" in told
    assert ("a place" in told) == bool(missed)

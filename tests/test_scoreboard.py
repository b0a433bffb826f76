"""The ten kinds of bad answers that form engines let through, over every template."""

from __future__ import annotations

import pytest

from scripts import scoreboard
from scripts.scoreboard import Score
from tests.rule_cases import catalog


@pytest.fixture(scope="module")
def lines() -> list[Score]:
    return scoreboard.scores(catalog())


def test_every_kind_is_caught_in_every_template(lines: list[Score]) -> None:
    assert len(lines) == 10
    for line in lines:
        assert line.missed == ()
        assert line.complete
        assert line.templates == len(catalog().templates)


@pytest.mark.parametrize("caught", [10, 9])
def test_the_board_fails_below_ten(
    caught: int, lines: list[Score], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    worse = [line._replace(caught=line.caught - 1, missed=("a place",)) for line in lines[caught:]]
    monkeypatch.setattr(scoreboard, "scores", lambda _: lines[:caught] + worse)
    assert scoreboard.main() == (0 if caught == 10 else 1)
    assert f"{caught} of 10" in capsys.readouterr().out

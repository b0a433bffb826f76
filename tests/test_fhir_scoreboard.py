"""The 22 kinds of mistakes that FHIR libraries let through, planted into our own bundles."""

from __future__ import annotations

import pytest

from scripts import fhir_scoreboard
from scripts.fhir_scoreboard import Score
from tests.strategies import catalog


@pytest.fixture(scope="module")
def lines() -> list[Score]:
    return fhir_scoreboard.scores(catalog())


def test_every_kind_is_refused_at_its_exact_path(lines: list[Score]) -> None:
    assert len(lines) == 22
    for line in lines:
        assert line.missed == ()
        assert line.complete


@pytest.mark.parametrize("caught", [22, 21])
def test_the_board_fails_below_22(
    caught: int, lines: list[Score], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    worse = [line._replace(caught=line.caught - 1, missed=("a place",)) for line in lines[caught:]]
    monkeypatch.setattr(fhir_scoreboard, "scores", lambda _: lines[:caught] + worse)
    assert fhir_scoreboard.main() == (0 if caught == 22 else 1)
    assert f"{caught} of 22" in capsys.readouterr().out

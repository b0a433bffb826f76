"""Answers that released reports have often: counted from what the store holds, by template, one's own first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from emh_report.draft import Coded, Draft
from emh_report.errors import DamagedError
from emh_report.lifecycle import Action, Actor
from emh_report.store import Store, rows, usage
from tests.store_reports import ATTENDING, COVERING, act, complete, created, fresh

CAUSE = "cause.cause"
THALASSEMIA, MYELOFIBROSIS = "beta-thalassemia-intermedia", "primary-myelofibrosis"
TEMPLATE = "emh-ct-body"


def caused(draft: Draft, code: str) -> Draft:
    """Return ``draft`` with another cause, once."""
    cause = next(group for group in draft.groups if group.group_id == "cause")
    items = tuple(
        item._replace(value=Coded(code)) if item.field_id == "cause" else item
        for item in cause.items
        if item.field_id in ("cause", "cause-certainty")
    )
    groups = [group for group in draft.groups if group.group_id != "cause"]
    return draft._replace(groups=(*groups, cause._replace(items=items)))


def released(store: Store, code: str, actor: Actor = ATTENDING) -> str:
    draft, context = complete()
    report_id = created(store, caused(draft, code), context)
    act(store, report_id, Action.RELEASE_PRELIMINARY, actor)
    return report_id


def causes(store: Store, actor: Actor = ATTENDING, template: str = TEMPLATE) -> tuple[str, ...]:
    return store.often(template, actor).get(CAUSE, ())


def test_what_two_reports_answer_is_often_and_what_one_answers_is_not(store: Store) -> None:
    assert store.often(TEMPLATE, ATTENDING) == {}
    released(store, THALASSEMIA)
    assert store.often(TEMPLATE, ATTENDING) == {}
    released(store, THALASSEMIA)
    released(store, MYELOFIBROSIS)
    assert causes(store) == (THALASSEMIA,)


def test_ones_own_come_first_and_then_the_most_frequent(store: Store) -> None:
    for code, actor in ((THALASSEMIA, ATTENDING), (THALASSEMIA, ATTENDING), (THALASSEMIA, ATTENDING)):
        released(store, code, actor)
    for _ in range(2):
        released(store, MYELOFIBROSIS, COVERING)
    assert causes(store, ATTENDING) == (THALASSEMIA, MYELOFIBROSIS)
    assert causes(store, COVERING) == (MYELOFIBROSIS, THALASSEMIA)


def test_another_template_has_its_own(store: Store) -> None:
    for _ in range(2):
        released(store, THALASSEMIA)
    assert store.often("emh-mri-spine", ATTENDING) == {}


def test_drafts_and_what_was_cancelled_do_not_count(store: Store) -> None:
    draft, context = complete()
    created(store, caused(draft, THALASSEMIA), context)
    ids = [released(store, THALASSEMIA) for _ in range(2)]
    assert causes(store) == (THALASSEMIA,)
    act(store, ids[0], Action.CANCEL, ATTENDING)
    assert causes(store) == ()


def test_only_the_newest_reports_count(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage, "LAST", 2)
    for code in (THALASSEMIA, THALASSEMIA, MYELOFIBROSIS):
        released(store, code)
    assert causes(store) == ()


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note each version that is read."""
    noted: list[str] = []
    plain = rows.read_version

    def noting(sealer: Any, report_id: str, row: Any) -> Any:  # noqa: ANN401 - those of read_version
        noted.append(report_id)
        return plain(sealer, report_id, row)

    monkeypatch.setattr(rows, "read_version", noting)
    return noted


def test_each_version_is_read_once(store: Store, read: list[str]) -> None:
    first = [released(store, THALASSEMIA) for _ in range(2)]
    read.clear()
    assert causes(store) == causes(store) == (THALASSEMIA,)
    assert sorted(read) == sorted(first)
    second = released(store, MYELOFIBROSIS)
    read.clear()
    assert causes(store) == (THALASSEMIA,)
    assert read == [second]


def test_a_damaged_version_is_no_example_and_stops_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with fresh(tmp_path) as store:
        ids = [released(store, THALASSEMIA) for _ in range(3)]
        plain = rows.read_version

        def damaged(sealer: Any, report_id: str, row: Any) -> Any:  # noqa: ANN401 - those of read_version
            if report_id == ids[0]:
                raise DamagedError("a stored version is not what was released")
            return plain(sealer, report_id, row)

        monkeypatch.setattr(rows, "read_version", damaged)
        assert causes(store) == (THALASSEMIA,)

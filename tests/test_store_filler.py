"""The store that benchmarks fill is one: nothing in it is anything else than the store would have written."""

from __future__ import annotations

from benchmarks.store_filler import SYSTEM, Pattern, fill
from emh_report.context import Identifier
from emh_report.lifecycle import Action
from emh_report.store import Query, Store
from tests.store_reports import ATTENDING, act, added, complete, saved


def test_a_filled_store_holds(store: Store) -> None:
    patterns = [Pattern(store, *complete()) for _ in range(2)]
    assert list(fill(store, patterns, 9)) == [9]
    found = store.verify()
    assert (found.damages, found.links, found.versions, found.signatures) == ((), 18, 9, 9)
    (one,) = store.list(Query(patient=Identifier(SYSTEM, "M100000007"))).reports
    assert "M100000007" in store.version(one.report_id).document.narrative
    saved(store, one.report_id, added(store.get(one.report_id).draft))
    act(store, one.report_id, Action.ADD_ADDENDUM, ATTENDING)
    assert store.verify().damages == ()

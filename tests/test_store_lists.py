"""Finding stored reports: by everything, in pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from emh_report.context import Identifier, ReportStatus
from emh_report.errors import (
    InputError,
)
from emh_report.store import Query, Store, listing
from tests.store_reports import (
    ATTENDING,
    complete,
    created,
    fresh,
)

S = ReportStatus


CONTEXT = complete()[1]


@pytest.mark.parametrize(
    ("query", "miss"),
    [
        (Query(accession=CONTEXT.orders[0].accession), Query(accession=Identifier("", "none"))),
        (Query(accession=Identifier("", CONTEXT.orders[0].accession.value)), Query(accession=Identifier("urn:x", "A"))),
        (Query(study=CONTEXT.studies[0].study_instance_uid), Query(study="1.2")),
        (Query(statuses=(S.DRAFT, S.FINAL)), Query(statuses=(S.FINAL,))),
        (Query(site="paraspinal-thoracic"), Query(site="orbit")),
        (Query(cause="beta-thalassemia-intermedia"), Query(cause="sickle-cell-disease")),
        (Query(examined_from="2024-03-12", examined_to="2024-03-12"), Query(examined_to="2024-03-11")),
        (Query(), Query(examined_from="2024-03-13")),
    ],
)
def test_lists_find_by_everything_and_pages_are_stable(store: Store, query: Query, miss: Query) -> None:
    ids = [created(store, *complete()) for _ in range(5)]
    page = store.list(query, size=2)
    assert [one.report_id for one in page.reports] == ids[:2:-1]
    created(store, *complete())
    following = store.list(query, size=3, token=page.next_token)
    assert ([one.report_id for one in following.reports], following.next_token) == (ids[2::-1], "")
    assert store.list(miss).reports == ()


def test_a_summary_says_what_a_worklist_shows(store: Store) -> None:
    draft, context = complete()
    receipt = store.create(draft, context, ATTENDING)
    found = store.list(Query(patient=context.patient.identifiers[0])).reports
    assert [one.report_id for one in found] == [receipt.report_id]
    assert (found[0].patient, found[0].etag, found[0].template_id) == (context.patient, receipt.etag, "emh-ct-body")
    assert (found[0].sites, found[0].causes) == (("paraspinal-thoracic",), ("beta-thalassemia-intermedia",))
    assert found[0].exam_date == "2024-03-12"


def test_page_tokens_cannot_be_made_and_are_good_for_one_query(store: Store) -> None:
    for _ in range(3):
        created(store, *complete())
    token = store.list(size=1).next_token
    for forged in ("x", token[:-2], token + "A", "Mi4w", token.swapcase()):
        with pytest.raises(InputError, match="page_token"):
            store.list(size=1, token=forged)
    with pytest.raises(InputError, match="page_token"):
        store.list(Query(statuses=(S.DRAFT,)), size=1, token=token)
    with pytest.raises(InputError, match="page_size"):
        store.list(size=-1)
    with pytest.raises(InputError, match="examined_from"):
        store.list(Query(examined_from="2024-02-30"))


@pytest.mark.parametrize(
    "query",
    [
        Query(),
        Query(patient=Identifier("", "M-1")),
        Query(site="paraspinal-thoracic"),
        Query(patient=Identifier("", "M-1"), cause="x", site="y", statuses=(S.FINAL,)),
    ],
    ids=["all", "patient", "site", "several"],
)
def test_a_page_is_found_without_reading_the_reports_before_it(tmp_path: Path, query: Query) -> None:
    """SQLite says how it would go about it: along an index in the order of the list, with no sort and no scan."""
    with fresh(tmp_path) as store:
        wanted = listing._select(store.ledger, query).limit(51)
        text = str(wanted.compile(store.ledger.engine, compile_kwargs={"literal_binds": True}))
        with store.ledger.engine.connect() as connection:
            plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}")]
    assert not [step for step in plan if "TEMP B-TREE" in step], plan
    scans = [step for step in plan if step.startswith("SCAN")]
    assert scans == (["SCAN reports"] if query == Query() else []), plan

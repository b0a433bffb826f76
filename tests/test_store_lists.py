"""Finding stored reports: by everything, in pages."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path

import pytest

from emh_report.context import Identifier, ReportStatus
from emh_report.draft import Draft
from emh_report.errors import (
    InputError,
)
from emh_report.lifecycle import Action
from emh_report.store import Query, Store, listing
from emh_report.store.sealing import digest
from tests.store_reports import (
    ATTENDING,
    act,
    complete,
    created,
    fresh,
    pending,
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


@pytest.mark.parametrize("half", [Query(patient=Identifier("urn:x")), Query(accession=Identifier("urn:x"))])
def test_a_system_without_a_value_is_refused_and_not_taken_for_everybody(store: Store, half: Query) -> None:
    created(store, *complete())
    with pytest.raises(InputError, match=r"(patient|accession)\.value: a value is needed"):
        store.list(half)


@pytest.mark.parametrize(
    ("known", "query", "found"),
    [
        ("2024-03", Query(examined_from="2024-03-01", examined_to="2024-03-31"), True),
        ("2024-03", Query(examined_from="2024-03-15"), True),
        ("2024", Query(examined_from="2024-03-15"), True),
        ("2024-03", Query(examined_from="2024-04-01"), False),
        ("2024", Query(examined_to="2023-12-31"), False),
    ],
)
def test_days_leave_out_only_what_is_surely_of_another_day(
    store: Store, known: str, query: Query, *, found: bool
) -> None:
    report_id = dated(store, known)
    assert [one.report_id for one in store.list(query).reports] == [report_id] * found


def test_a_token_of_an_earlier_form_is_refused_and_not_taken_for_the_end(store: Store) -> None:
    query = Query(examined_from="2024-03-01")
    for _ in range(2):
        created(store, *complete())
    proof = digest(store.ledger.secrets.pages, repr(query), "2")[:32]
    token = base64.urlsafe_b64encode(f"2.{proof}".encode()).decode()
    with pytest.raises(InputError, match="start at the first page again"):
        store.list(query, size=1, token=token)


def dated(store: Store, day: str) -> str:
    draft, context = complete()
    study = replace(context.studies[0], started=day)
    return created(store, draft, replace(context, studies=(study, *context.studies[1:])))


def test_reports_of_days_come_in_the_order_of_days(store: Store) -> None:
    days = ("2024-03-12", "2024-03-14", "2024-03-12", "2024-03-13", "2024-03-12")
    first, latest, second, middle, third = (dated(store, day) for day in days)
    query = Query(examined_from="2024-03-01", examined_to="2024-03-31")
    page = store.list(query, size=3)
    assert [one.report_id for one in page.reports] == [latest, middle, third]
    dated(store, "2024-03-13")  # of a page that was read already
    older = dated(store, "2024-03-11")
    following = store.list(query, size=10, token=page.next_token)
    assert [one.report_id for one in following.reports] == [second, first, older]
    moved = page.next_token[:-2] + ("A=" if page.next_token[-2:] != "A=" else "B=")
    with pytest.raises(InputError, match="page_token"):
        store.list(query, size=3, token=moved)


@pytest.mark.parametrize(
    "query",
    [
        Query(statuses=(S.DRAFT,), site="paraspinal-thoracic"),
        Query(statuses=(S.FINAL, S.CORRECTED), examined_from="2024-03-12", cause="beta-thalassemia-intermedia"),
        Query(communication_pending=True, statuses=(S.FINAL,)),
        Query(site="paraspinal-thoracic", cause="beta-thalassemia-intermedia", statuses=(S.FINAL,)),
    ],
)
def test_whatever_is_looked_in_first_everything_has_to_fit(store: Store, query: Query) -> None:
    """Three reports, of which one is signed with its critical result pending, and one has no day, site or cause."""
    draft, context = complete()
    signed_one = created(store, pending(draft), context)
    act(store, signed_one, Action.FINALIZE, ATTENDING)
    drafted = created(store, *complete())
    draft, context = complete()
    created(store, Draft(draft.template_id, "", ()), replace(context, studies=()))
    expected = drafted if query.statuses == (S.DRAFT,) else signed_one
    assert [one.report_id for one in store.list(query).reports] == [expected]


PATIENT = Identifier("", "M-1")
SITE = "paraspinal-thoracic"


@pytest.mark.parametrize(
    ("query", "along"),
    [
        (Query(), "SCAN reports"),
        (Query(patient=PATIENT), "report_keys USING PRIMARY KEY"),
        (Query(patient=PATIENT, cause="x", site="y", statuses=(S.FINAL,)), "report_keys USING PRIMARY KEY"),
        (Query(patient=PATIENT, statuses=(S.DRAFT,)), "report_keys USING PRIMARY KEY"),
        (Query(accession=PATIENT), "report_keys USING PRIMARY KEY"),
        (Query(study="1.2"), "report_keys USING PRIMARY KEY"),
        (Query(site=SITE), "report_keys USING PRIMARY KEY"),
        (Query(cause="x", site=SITE), "report_keys USING PRIMARY KEY"),
        (Query(statuses=(S.FINAL,)), "ix_reports_status_number"),
        (Query(site=SITE, statuses=(S.DRAFT,)), "ix_reports_status_number"),
        (Query(communication_pending=True), "ix_reports_communication_pending"),
        (Query(communication_pending=True, statuses=(S.FINAL,)), "ix_reports_communication_pending"),
        (Query(examined_from="2024-01-01"), "ix_reports_exam_date_number"),
        (Query(examined_to="2024-01-01", statuses=(S.FINAL, S.CORRECTED)), "ix_reports_exam_date_number"),
        (Query(examined_to="2024-01-01", site=SITE), "ix_reports_exam_date_number"),
    ],
)
def test_a_page_is_found_without_reading_the_reports_before_it(tmp_path: Path, query: Query, along: str) -> None:
    """SQLite says how it would go about it: along an index in the order of the list, with no sort and no scan."""
    with fresh(tmp_path) as store:
        wanted = listing.select_page(store.ledger, query).limit(51)
        text = str(wanted.compile(store.ledger.engine, compile_kwargs={"literal_binds": True}))
        with store.ledger.engine.connect() as connection:
            plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}")]
    assert along in plan[0], plan
    assert not [step for step in plan if "TEMP B-TREE" in step], plan
    assert not [step for step in plan[1:] if step.startswith("SCAN")], plan

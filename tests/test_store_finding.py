"""Released versions for readers, on both databases: the newest of each report, all of one, by what was released."""

from __future__ import annotations

from dataclasses import replace

import pytest

from emh_report.context import Identifier, ReportStatus
from emh_report.draft import ReportMode
from emh_report.errors import NotStoredError
from emh_report.lifecycle import Action
from emh_report.records import VersionQuery
from emh_report.store import Store
from emh_report.store import finding as finding_module
from tests.store_reports import ATTENDING, act, added, complete, created, saved, signed

S = ReportStatus


def ids(store: Store, query: VersionQuery) -> list[str]:
    found, following = store.find_versions(query, size=50)
    assert following == 0
    return [one.report_id for one in found]


def test_the_newest_version_of_every_released_report_newest_release_first(store: Store) -> None:
    first, second = signed(store), signed(store)
    created(store, *complete())
    assert ids(store, VersionQuery()) == [second, first]
    assert ids(store, VersionQuery(oldest_first=True)) == [first, second]
    saved(store, first, added(store.get(first).draft))
    assert ids(store, VersionQuery()) == [second, first]
    act(store, first, Action.ADD_ADDENDUM, ATTENDING)
    assert ids(store, VersionQuery()) == [first, second]
    assert [(one.version, one.status) for one in store.versions_of(first)] == [(1, S.FINAL), (2, S.APPENDED)]
    assert store.versions_of(first)[0].at < store.versions_of(first)[1].at


def test_a_draft_has_no_versions(store: Store) -> None:
    report_id = created(store, *complete())
    for one in (report_id, "none"):
        with pytest.raises(NotStoredError):
            store.versions_of(one)


def test_pages_go_on_where_they_ended(store: Store) -> None:
    reports = [signed(store) for _ in range(5)]
    for oldest_first in (True, False):
        found, after = [], 0
        while True:
            page, after = store.find_versions(VersionQuery(oldest_first=oldest_first), size=2, after=after)
            found += [one.report_id for one in page]
            if not after:
                break
        assert found == (reports if oldest_first else reports[::-1])


def test_narrowed_by_what_it_is_found_by(store: Store) -> None:
    draft, context = complete()
    identifier = Identifier("https://fhir.hospital.test/report", "R-1")
    report_id = created(store, draft, replace(context, report=replace(context.report, identifier=identifier)))
    act(store, report_id, Action.FINALIZE, ATTENDING)
    other = signed(store)
    patient, accession = context.patient.identifiers[0], context.orders[0].accession
    for query, found in (
        (VersionQuery(report_ids=(report_id,)), [report_id]),
        (VersionQuery(identifiers=(identifier,)), [report_id]),
        (VersionQuery(identifiers=(Identifier("", "R-1"),)), [report_id]),
        (VersionQuery(identifiers=(Identifier("urn:other", "R-1"),)), []),
        (VersionQuery(patients=(patient,)), [report_id]),
        (VersionQuery(patients=(patient, Identifier("", "nobody"))), [report_id]),
        (VersionQuery(patients=(Identifier("", "nobody"),)), []),
        (VersionQuery(accessions=(accession,)), [other, report_id]),
        (VersionQuery(statuses=(S.PRELIMINARY,)), []),
        (VersionQuery(examined_from="2024-03-12", examined_to="2024-03-12"), [other, report_id]),
        (VersionQuery(examined_from="2024-03-13"), []),
        (VersionQuery(examined_to="2024-03-11"), []),
        (VersionQuery(mode=ReportMode.COMPANION), []),
    ):
        assert ids(store, query) == found, query


def test_what_was_edited_since_is_a_candidate_for_everything(store: Store) -> None:
    report_id = signed(store)
    report = store.get(report_id)
    patient = report.context.patient.identifiers[0]
    merged = replace(report.context.patient, identifiers=(Identifier("urn:x", "other"),))
    store.correct_context(report_id, replace(report.context, patient=merged), ATTENDING, etag=report.etag)
    for query in (VersionQuery(patients=(patient,)), VersionQuery(examined_from="2030-01-01")):
        assert ids(store, query) == [report_id]
    assert store.version(report_id).document.context.patient.identifiers == (patient,)


def test_no_page_looks_at_more_than_its_share(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding_module, "SCANNED", 2)
    reports = [signed(store) for _ in range(5)]
    number = store.get(reports[0]).context.report.identifier.value
    wanted = VersionQuery(identifiers=(Identifier("", number),))
    found, after, pages = [], 0, 0
    while True:
        page, after = store.find_versions(wanted, size=50, after=after)
        found += [one.report_id for one in page]
        pages += 1
        if not after:
            break
    assert (found, pages) == ([reports[0]], 3)

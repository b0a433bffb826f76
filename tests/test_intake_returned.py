"""The way back through all checks of content from outside: every state of every kind of bundle, orders, people."""

from __future__ import annotations

from dataclasses import replace

import pytest

from emh_report import import_report
from emh_report.context import Identifier, Order, Practitioner, ReportStatus
from emh_report.draft import ReportMode
from emh_report.export import fhir
from tests.fhir_reports import complete, context, lesion, release
from tests.strategies import catalog
from tests.test_intake import OTHER_KINDS, SENT, in_kind, in_state, listed, sent
from tests.way_back import carried, draft_of

KINDS = [fhir.KINDS["fhir-r4-transaction"], *OTHER_KINDS]


@pytest.mark.parametrize("status", SENT)
@pytest.mark.parametrize("mode", ReportMode)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_state_comes_back_through_all_checks(kind: fhir.Kind, mode: ReportMode, status: ReportStatus) -> None:
    report = in_state(replace(complete(), mode=mode), status)
    content = in_kind(report, kind)
    if content is None:
        assert kind.document
        assert mode is ReportMode.COMPANION or (status is ReportStatus.CANCELLED and kind.version is fhir.Version.R4)
        return
    found = import_report(catalog(), content)
    assert found.issues == ()
    assert found.draft is not None
    assert listed(found.draft, kind) == listed(draft_of(report), kind)
    assert found.context == carried(report.context, report.mode, content)


@pytest.mark.parametrize("status", [ReportStatus.CORRECTED, ReportStatus.CANCELLED])
@pytest.mark.parametrize("version", fhir.Version)
def test_a_bundle_that_takes_back_an_earlier_version_passes_all_checks(
    version: fhir.Version, status: ReportStatus
) -> None:
    previous = complete()
    report = in_state(release(lesion(), known=previous.context), status)
    options = fhir.Options(create_patient=True)
    content = fhir.to_json(fhir.transaction(report, options=options, previous=previous, version=version))
    found = import_report(catalog(), content)
    assert (found.draft, found.issues) == (draft_of(report), ())


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
@pytest.mark.parametrize("status", [ReportStatus.PRELIMINARY, ReportStatus.CANCELLED])
def test_orders_with_a_placer_number_only_come_back_in_their_order(kind: fhir.Kind, status: ReportStatus) -> None:
    placed = (Order(placer=Identifier("urn:x:order", n), description="CT", reason="why") for n in "12")
    first, last = placed
    accessioned = Order(Identifier("urn:x:acc", "3"), Identifier("urn:x:order", "3"))
    for orders in ((first,), (first, accessioned, last)):
        known = replace(context(), orders=orders)
        known = replace(known, studies=tuple(replace(one, accession="") for one in known.studies))
        content = in_kind(in_state(release(lesion(), known=known), status), kind)
        if content is not None:
            found = import_report(catalog(), content)
            assert found.context is not None
            assert found.context.orders == orders


def test_a_reader_without_an_identifier_comes_back_as_words_and_an_issue_says_so() -> None:
    known = replace(context(), author=Practitioner(family="Fictional", given=("Rita",)), supervisor=None)
    report = release(lesion(), known=known)
    found = import_report(catalog(), sent(report))
    assert found.context is not None
    assert found.context.author == Practitioner(family="Rita Fictional")
    assert [one.rule_id for one in found.issues] == ["fhir-name-in-words"]
    content = in_kind(report, fhir.KINDS["fhir-r4-document"])
    assert content is not None
    again = import_report(catalog(), content)
    assert again.context is not None
    assert (again.context.author, again.issues) == (known.author, ())

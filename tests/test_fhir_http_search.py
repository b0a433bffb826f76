"""Searches over HTTP: what is found, in which pages, and that nothing else is."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emh_report import limits
from emh_report.context import Context, Identifier
from emh_report.fhir_http.outcomes import RefusedError
from emh_report.fhir_http.shelf import Said, Shelf
from emh_report.lifecycle import Action
from emh_report.records import StoredVersion
from tests.drawing import draws
from tests.fhir_service import ask, refused, service
from tests.store_reports import ATTENDING, act, complete, created

Json = Any
MRN = "https://fhir.hospital.test/mrn"
RIS = "https://fhir.hospital.test/accession"
DAYS = ("2024-03-12", "2024-03-13T00:30:00+02:00", "2024-04-01", "2025-01-15T10:00:00Z", "2024-03-12T23:30:00-05:00")


class Filed(NamedTuple):
    """A released report, and what it is found by."""

    id: str
    patient: str
    accession: str
    day: str


def filed(place: int, day: str) -> Filed:
    draft, context = complete()
    patient, accession = f"S-{place // 2}", f"A-{place}"
    context = _context(context, patient, accession, day)
    report_id = created(service().store, draft, context)
    act(service().store, report_id, Action.FINALIZE, ATTENDING)
    return Filed(report_id, patient, accession, day)


def _context(context: Context, patient: str, accession: str, day: str) -> Context:
    orders = (replace(context.orders[0], accession=Identifier(RIS, accession)),)
    studies = (replace(context.studies[0], accession=accession, started=day),)
    person = replace(context.patient, identifiers=(Identifier(MRN, patient),))
    return replace(context, patient=person, orders=orders, studies=studies)


@functools.cache
def reports() -> tuple[Filed, ...]:
    return tuple(filed(place, day) for place, day in enumerate(DAYS))


def found(search: str, release: str = "R4") -> list[str]:
    """Return the ids that a search finds, page by page, oldest first, of the reports of this module."""
    known = {one.id for one in reports()}
    ids, path = [], f"{release}/DiagnosticReport?{search}&_sort=_lastUpdated"
    while path:
        bundle = ask(path).json
        ids += [one["resource"]["id"] for one in bundle.get("entry", ())]
        following = [one["url"] for one in bundle["link"] if one["relation"] == "next"]
        path = following[0].partition("/fhir/")[2] if following else ""
    assert len(ids) == len(set(ids))
    return [one for one in ids if one in known]


FIRST, SECOND, THIRD, FOURTH, FIFTH = (frozenset({place}) for place in range(5))
SEARCHES = {
    f"patient.identifier={MRN}|S-0": FIRST | SECOND,
    f"patient:identifier={MRN}|S-0": FIRST | SECOND,
    "patient.identifier=S-0": FIRST | SECOND,
    "patient.identifier=S-0,S-2": FIRST | SECOND | FIFTH,
    f"patient.identifier={MRN}|": FIRST | SECOND | THIRD | FOURTH | FIFTH,
    "patient.identifier=|S-0": frozenset(),
    "patient.identifier=S-99": frozenset(),
    f"accession={RIS}|A-2": THIRD,
    "accession=A-2": THIRD,
    "accession=|A-2": THIRD,
    "based-on:identifier=A-2": THIRD,
    "accession=A-2&patient.identifier=S-0": frozenset(),
    "accession=A-1,A-2&patient.identifier=S-0": SECOND,
    "date=2024-03-12": FIRST | FIFTH,
    "date=2024-03-13": SECOND,
    "date=2024-03": FIRST | SECOND | FIFTH,
    "date=2024": FIRST | SECOND | THIRD | FIFTH,
    "date=ge2024-04-01": THIRD | FOURTH,
    "date=gt2024-04-01": FOURTH,
    "date=le2024-03-12": FIRST | FIFTH,
    "date=lt2024-03-12": frozenset(),
    "date=sa2024-03": THIRD | FOURTH,
    "date=eb2024-04": FIRST | SECOND | FIFTH,
    "date=ne2024-03": THIRD | FOURTH,
    "date=ge2024-03-13&date=lt2024-05": SECOND | THIRD,
    "date=2024-03-12,2025-01-15": FIRST | FOURTH | FIFTH,
    "date=2025-01-15T11:00:00%2B01:00": FOURTH,
    "date=2025-01-15T10:00Z": FOURTH,
    "status=final": FIRST | SECOND | THIRD | FOURTH | FIFTH,
    "status=http://hl7.org/fhir/diagnostic-report-status|final": FIRST | SECOND | THIRD | FOURTH | FIFTH,
    "status=preliminary,corrected": frozenset(),
    "category=http://loinc.org|LP29684-5": FIRST | SECOND | THIRD | FOURTH | FIFTH,
    "category=LAB": frozenset(),
    "code=http://loinc.org|0-0": frozenset(),
    "identifier=none": frozenset(),
    "_id=00000000-0000-0000-0000-000000000000": frozenset(),
    "_id=none": frozenset(),
    "_lastUpdated=ge2020": FIRST | SECOND | THIRD | FOURTH | FIFTH,
    "_lastUpdated=lt2020": frozenset(),
}


@pytest.mark.parametrize("release", ["R4", "R5"])
@pytest.mark.parametrize("search", SEARCHES)
def test_searches_find_what_fits_and_nothing_else(search: str, release: str) -> None:
    wanted = [reports()[place].id for place in sorted(SEARCHES[search])]
    assert found(search, release) == wanted
    assert found(f"{search}&_count=1", release) == wanted


def test_a_report_is_found_by_everything_that_it_says() -> None:
    one = reports()[2]
    resource = ask(f"R4/DiagnosticReport/{one.id}").json
    number = resource["identifier"][0]
    code = resource["code"]["coding"][0]
    for search in (
        f"_id={one.id}",
        f"identifier={number['system']}|{number['value']}",
        f"identifier={number['value']}",
        f"code={code['system']}|{code['code']}&_id={one.id}",
        f"issued={quote(resource['issued'])}&_id={one.id}",
        f"_lastUpdated={resource['meta']['lastUpdated']}",
        f"based-on={resource['basedOn'][0]['reference']}",
    ):
        assert found(search) == [one.id], search


def test_the_patient_of_any_report_finds_all_of_theirs() -> None:
    first, second = reports()[:2]
    names = [ask(f"R4/DiagnosticReport/{one.id}").json["subject"]["reference"] for one in (first, second)]
    assert names[0] != names[1]
    for name in (*names, names[0].partition("/")[2], f"{service().base}/R4/{names[1]}"):
        assert found(f"patient={name}") == [first.id, second.id]
        assert found(f"subject={name}") == [first.id, second.id]
    assert found(f"patient={names[0].replace('Patient', 'Group')}") == []
    assert found("patient=none") == []


def test_a_report_is_found_by_what_was_released_not_by_what_is_edited_since() -> None:
    before, after = f"E-{len(reports())}", "E-after"
    draft, context = complete()
    report_id = created(service().store, draft, _context(context, before, before, "2023-02-01"))
    act(service().store, report_id, Action.FINALIZE, ATTENDING)
    stored = service().store.get(report_id)
    service().store.correct_context(
        report_id, _context(stored.context, after, after, "2023-09-01"), ATTENDING, etag=stored.etag
    )
    for search, there in (
        (f"patient.identifier={before}", True),
        (f"accession={before}", True),
        ("date=2023-02-01", True),
        (f"patient.identifier={after}", False),
        (f"accession={after}", False),
        ("date=2023-09-01", False),
    ):
        ids = [one["resource"]["id"] for one in ask(f"R4/DiagnosticReport?{search}").json.get("entry", ())]
        assert (report_id in ids) == there, search


def test_pages_are_stable_while_reports_are_released() -> None:
    reports()
    first = ask("R4/DiagnosticReport?_count=2").json
    newer = filed(40, "2022-01-01").id
    following = first["link"][1]["url"].partition("/fhir/")[2]
    second = ask(following).json
    ids = [one["resource"]["id"] for page in (first, second) for one in page["entry"]]
    assert newer not in ids
    assert len(set(ids)) == 4
    assert ask("R4/DiagnosticReport?_count=1").json["entry"][0]["resource"]["id"] == newer
    assert ask(following).json["entry"] == second["entry"]


@pytest.mark.parametrize("release", ["R4", "R5"])
def test_a_count_of_none_says_how_many_there_are(release: str, monkeypatch: pytest.MonkeyPatch) -> None:
    reports()
    search = f"DiagnosticReport?patient.identifier={MRN}|S-0"
    bundle = ask(f"{release}/{search}&_count=0").json
    assert bundle["total"] == len(ask(f"{release}/{search}").json["entry"]) > 0
    assert "entry" not in bundle
    assert [link["relation"] for link in bundle["link"]] == ["self"]
    assert ask(f"{release}/DiagnosticReport?_id=nobody&_count=0").json["total"] == 0
    assert ask(f"{release}/DiagnosticReport?_id=nobody&_count=100000").status == 200, "a page has as many as it has"
    sets = ask(f"{release}/ValueSet?_count=0").json
    assert (sets["total"] > 1, sets.get("entry")) == (True, None)
    monkeypatch.setattr(limits, "MAX_PAGE", 1)
    issue = refused(ask(f"{release}/DiagnosticReport?_count=0"), 400)
    assert (issue["code"], issue["expression"]) == ("too-costly", ["_count"])


def test_next_links_say_nothing_of_the_search_and_expire() -> None:
    reports()
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    bundle = ask("R4/DiagnosticReport/_search", "POST", f"patient.identifier={MRN}|S-0&_count=1".encode(), form).json
    [following] = [one["url"] for one in bundle["link"] if one["relation"] == "next"]
    assert "S-0" not in following
    path = following.partition("/fhir/")[2]
    assert ask(path).status == 200
    assert refused(ask(path[:-2]), 410)["code"] == "expired"
    assert refused(ask(path.replace("DiagnosticReport", "ValueSet")), 410)["code"] == "expired"


def test_what_is_not_known_is_refused_or_said_to_be_ignored() -> None:
    reports()
    assert refused(ask("R4/DiagnosticReport?patinet.identifier=S-0"), 400)["code"] == "not-supported"
    lenient = {"Prefer": "handling=lenient"}
    bundle = ask("R4/DiagnosticReport?patinet.identifier=S-0&_count=1", headers=lenient).json
    assert "patinet" not in bundle["link"][0]["url"]
    assert [one["search"]["mode"] for one in bundle["entry"]] == ["match", "outcome"]
    for search in ("patient:missing=true", "patient.name=x", "status:not=final", "_include=DiagnosticReport:media"):
        refused(ask(f"R4/DiagnosticReport?{search}", headers=lenient), 400)


@pytest.mark.parametrize(
    "search",
    [
        "date=ap2024",
        "date=2024-13",
        "date=2024-02-30",
        "date=yesterday",
        "date=",
        "status=a|b|c",
        *("status=FINAL", "status=final,finished", "status=draft", "accession=%ff", "patient.identifier=M%FCller"),
        "status=|",
        "_count=x",
        "_count=-1",
        "_sort=status",
        "_total=accurate",
        "patient.identifier=" + "x" * 2000,
        "status=" + ",".join("final" for _ in range(30)),
        "&".join("status=final" for _ in range(30)),
    ],
)
def test_values_that_cannot_be_read_are_refused(search: str) -> None:
    assert refused(ask(f"R4/DiagnosticReport?{search}"), 400)["code"] in ("value", "too-costly")


def test_reports_that_fit_on_one_page_are_sorted_by_date_of_examination() -> None:
    """A day begins at its midnight; times are compared wherever they were taken."""
    known = {one.id: one.day for one in reports()}
    found = {order: sorted_by(order, known) for order in ("date", "-date")}
    first, second, third, fourth, fifth = DAYS
    assert found["date"] == [first, second, fifth, third, fourth]
    assert found["-date"] == found["date"][::-1]
    issue = refused(ask("R4/DiagnosticReport?_sort=date&_count=1"), 400)
    assert (issue["code"], issue["expression"]) == ("too-costly", ["_sort"])


def sorted_by(order: str, known: dict[str, str]) -> list[str]:
    search = ",".join(f"{MRN}|S-{place}" for place in range(3))
    bundle = ask(f"R4/DiagnosticReport?patient.identifier={search}&_sort={order}").json
    assert [link["relation"] for link in bundle["link"]] == ["self"]
    return [known[entry["resource"]["id"]] for entry in bundle["entry"] if entry["resource"]["id"] in known]


def test_what_cannot_be_shown_is_said_and_the_rest_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    lost, kept = filed(60, "2021-05-05").id, filed(61, "2021-05-05").id
    said = Shelf.said

    def partly(shelf: Shelf, stored: StoredVersion) -> Said:
        if stored.report_id == lost:
            raise RefusedError(500, "processing", "not readable")
        return said(shelf, stored)

    monkeypatch.setattr(Shelf, "said", partly)
    bundle = ask("R5/DiagnosticReport?date=2021-05-05").json
    assert [one["resource"].get("id") for one in bundle["entry"]] == [kept, None]
    assert lost in bundle["entry"][1]["resource"]["issue"][0]["diagnostics"]
    assert "total" not in bundle


NAMES = st.sampled_from(["date", "status", "patient", "patient.identifier", "_id", "accession", "code", "_lastUpdated"])
VALUES = st.one_of(
    st.text(max_size=20), st.sampled_from(["2024", "ge2024-03", "final", "S-0", f"{MRN}|S-0", "a,b", "\\,|"])
)


@draws(60)
@given(st.lists(st.tuples(NAMES, VALUES), max_size=4), st.sampled_from(["R4", "R5"]))
def test_any_search_is_answered_or_refused(pairs: list[tuple[str, str]], release: str) -> None:
    reports()
    search = "&".join(f"{name}={quote(value.encode('utf-8', 'replace'), safe='')}" for name, value in pairs)
    answer = ask(f"{release}/DiagnosticReport?{search}&_count=3")
    assert answer.status in (200, 400)
    for one in answer.json.get("entry", ()):
        assert one["resource"]["status"] != "draft"

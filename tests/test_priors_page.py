"""A comparison in words and as a page."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from emh_report.priors import Basis, Doubt, Why, follow, fragment, rows, whole
from emh_report.priors.change import WORST_FIRST
from emh_report.priors.series import NOTES
from emh_report.priors.wording import BASES, DOUBTS, STATUSES
from tests.case_files import catalog
from tests.prior_reports import L, course_of_four, examined

LIMITS = catalog().thresholds


def test_every_kind_of_outcome_has_words() -> None:
    terms = catalog().vocabulary("change-status").terms
    assert set(STATUSES) == set(terms) == set(WORST_FIRST)
    assert all(words.startswith(terms[code].display.lower()) for code, words in STATUSES.items())
    assert set(NOTES) == set(Why) - {Why.COMPARABLE}
    assert (set(BASES), set(DOUBTS)) == (set(Basis), set(Doubt))


def test_a_comparison_in_rows() -> None:
    *priors, current = course_of_four()
    found = rows(follow(current, priors, LIMITS))
    assert [row[:5] for row in found] == [
        (
            "Paraspinal, thoracic (posterior mediastinum), left, T8–T10",
            "38 mm",
            "52 × 41 mm",
            "increased, +14 mm (+36.8 %)",
            "levels overlap (low confidence)",
        ),
        ("Presacral, S1–S3", "–", "22 × 10 mm", "new: not in the earlier report", "–"),
        ("All lesions", "38 mm", "52 mm", "new lesion; sum of 1 lesion increased, +36.8 %", "worst lesion"),
        ("Spleen volume", "1300 mL", "1250.5 mL", "−49.5 mL (−3.8 %)", "–"),
    ]


def test_doubt_and_silence_in_rows() -> None:
    prior = examined("2024-01-10", L("a", "40 mm"), L("b", "30 mm"), L("c", "20 mm", side="right"))
    found = rows(follow(examined("2024-06-10", L("d", "41 mm")), [prior], LIMITS))
    assert [(row.uid, row.prior_uid, row.change, row.matched) for row in found] == [
        ("d", "", "not comparable: several lesions fit", "not matched: several fit"),
        ("", "a", "not comparable: several lesions fit", "not matched: several fit"),
        ("", "b", "not comparable: several lesions fit", "not matched: several fit"),
        ("", "c", "not comparable: not described", "–"),
        ("", "", "not comparable: several lesions fit", "worst lesion"),
    ]


def test_the_smallest_size_is_told_where_it_counts() -> None:
    priors = [examined("2023-01-10", L("z", "20 mm")), examined("2024-01-10", L("a", "40 mm"))]
    lesion, overall = rows(follow(examined("2024-06-10", L("b", "26 mm")), priors, LIMITS))
    assert lesion.change == "increased, −14 mm (−35.0 %); smallest 20 mm"
    assert overall.change == "increased; sum of 1 lesion increased, −35.0 %; smallest 20 mm"


def test_a_page_is_well_formed_and_says_what_it_is() -> None:
    *priors, current = course_of_four()
    course = follow(current, priors, LIMITS)
    section = ET.fromstring(fragment(course))  # noqa: S314 - our own output
    words = " ".join(" ".join(section.itertext()).split())
    for part in ("Compared with the report of 2023-02.", "not part of the signed text", "borrowed from RECIST 1.1"):
        assert part in words
    assert [cell.get("scope") for cell in section.iter("th")][:5] == ["col"] * 5
    assert len(list(section.iter("figure"))) == 2
    assert "2022-07-04: 4.10 × 3 cm (CT, earlier report)" in words
    assert whole(course).count(fragment(course)) == 1


def test_names_cannot_become_markup() -> None:
    name = "<img src=x onerror=alert(1)>"
    prior = examined("2024-01-10", L("a", "40 mm", tracking_id=name))
    page = fragment(follow(examined("2024-06-10", L("b", "50 mm", tracking_id=name)), [prior], LIMITS))
    assert "<img" not in page
    assert "&lt;img" in page

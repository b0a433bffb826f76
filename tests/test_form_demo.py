"""The samples of `make run`: one patient has a complete report and a later study, which follows it up."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from emh_report import pipeline
from emh_report.web.samples import EARLIER, samples
from tests.case_files import catalog
from tests.web_forms import everything
from tests.web_service import Visitor, beside, hidden, sent_by, served

LATER = "course-ct-later"


@pytest.fixture
def visitor() -> Iterator[Visitor]:
    with served(samples()) as address:
        yield Visitor(address=address)


def test_the_earlier_report_says_everything_it_has_to() -> None:
    sample = samples()[EARLIER]
    assert sample.draft is not None
    assert pipeline.validate(catalog(), sample.draft, sample.context).issues == ()
    assert samples()[LATER].context.patient == sample.context.patient
    assert samples()[LATER].context.exam_date > sample.context.exam_date


def test_other_samples_have_patients_of_their_own() -> None:
    numbers = [one.context.patient.identifiers for one in samples().values() if one.id != LATER]
    assert len(set(numbers)) == len(numbers)


def test_a_newcomer_signs_it_and_follows_it_up(visitor: Visitor) -> None:
    assert "Complete, with invented answers" in visitor.get("/").text
    report = visitor.begin(EARLIER, "emh-minimal")
    went = visitor.post(report, [*everything(visitor.get(report)), ("action", "release:finalize")])
    preview = visitor.follow(went)
    done = visitor.post(went.headers["location"], hidden(preview.text, "release"))
    signed = visitor.follow(done)
    assert "Start follow-up with CT chest and abdomen, follow-up" in signed.text
    begun = visitor.post(f"{report}/follow-up/{LATER}", [])
    form = visitor.follow(begun)
    own = begun.headers["location"]
    answers = dict(sent_by(form.text))
    assert answers["finding.1.site"].startswith("Paraspinal, thoracic")
    sized = [(name, value) for name, value in sent_by(form.text) if name != "finding.1.size"]
    visitor.post(own, [*beside(form.text), *sized, ("finding.1.size", "30 x 21 mm"), ("action", "save")])
    course = re.sub(r"<[^>]+>", " ", visitor.get(f"{own}/course").text)
    assert re.search(r"42 × 30 mm\s+30 × 21 mm", course), course
    assert "Compared with the report of 2025-10-06" in course

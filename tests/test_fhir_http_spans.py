"""Dates of searches as spans of time."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emh_report.fhir_http import spans

MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1))  # noqa: DTZ001 - zones are drawn beside
FORMS = ("%Y", "%Y-%m", "%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S")


@given(MOMENTS, st.sampled_from(FORMS), st.sampled_from(["", "Z", "+02:00", "-05:00"]))
def test_a_date_is_the_span_of_everything_that_is_written_so(moment: datetime, form: str, zone: str) -> None:
    zone = zone if "T" in form else ""
    text = moment.strftime(form) + zone
    span = spans.span(text)
    assert span is not None
    local = moment.replace(tzinfo=span.start.tzinfo)
    assert span.start <= local < span.end
    assert (span.start - timedelta(microseconds=1)).strftime(form) != moment.strftime(form)
    assert span.end.strftime(form) != moment.strftime(form)


@given(MOMENTS, MOMENTS, st.sampled_from(FORMS), st.sampled_from(FORMS))
def test_prefixes_agree_with_each_other(one: datetime, other: datetime, form: str, other_form: str) -> None:
    found_, asked = one.strftime(form), other.strftime(other_form)

    def fits(prefix: str) -> bool:
        wanted = spans.asked(prefix + asked)
        assert wanted is not None
        return spans.fits(found_, wanted)

    assert fits("eq") != fits("ne")
    assert fits("ge") == (fits("gt") or fits("eq"))
    assert fits("le") == (fits("lt") or fits("eq"))
    assert not (fits("sa") and fits("eb"))
    assert fits("gt") or not fits("sa")
    assert fits("lt") or not fits("eb")
    same = spans.asked(asked)
    assert same is not None
    assert spans.fits(asked, same)


@pytest.mark.parametrize("zone", ["", "T00:00:00Z", "T00:00:00+14:00", "T23:59:59-14:00"])
@pytest.mark.parametrize("found_", ["2026-11-22", "2026-11-22T08:00:00+01:00"])
def test_the_ends_of_the_calendar_stand_for_no_end(zone: str, found_: str) -> None:
    for text, is_in in (("ge0001-01-01", True), ("eb0001-01-01", False), ("le9999-12-31", True)):
        wanted = spans.asked(text + zone)
        assert wanted is not None
        assert spans.fits(found_, wanted) is is_in
    assert spans.span("0000-01-01") is None


@given(st.text(max_size=30))
def test_any_text_is_a_date_or_none(text: str) -> None:
    found_ = spans.span(text)
    assert found_ is None or found_.start < found_.end

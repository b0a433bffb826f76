"""Gestational age in the form: completed weeks and days as obstetrics writes them, read exactly, and said."""

from __future__ import annotations

import json

import pytest

from emh_report.draft import Quantity
from emh_report.web.typed import settled
from tests.case_files import catalog
from tests.test_form_dates import answers
from tests.test_form_sheet import DIAMETER, WORDS
from tests.web_forms import everything
from tests.web_service import Visitor, fresh, stored

AGE = catalog().plan("emh-perinatal").template.groups["perinatal"].fields["gestational-age"]


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("27+3", Quantity("27+3")),
        ("27 + 3 weeks", Quantity("27+3", "wk")),
        ("27+3w", Quantity("27+3", "wk")),
        ("27w3d", Quantity("27+3")),
        ("27 weeks 3 days", Quantity("27+3")),
        ("27w", Quantity("27", "wk")),
        ("27+3 SSW", Quantity("27+3", "wk")),
        ("27 Wochen 3 Tage", Quantity("27+3")),
        ("27 Wochen", Quantity("27", "wk")),
        ("192 Tage", Quantity("192", "d")),
        ("27 SSW", Quantity("27", "SSW")),  # the 27th week, or 27 completed ones
        ("27. SSW", Quantity("27.", "SSW")),
        ("27,5 wk", Quantity("27.5", "wk")),
        ("27w+3", Quantity("27+3")),
        ("27+3 d", Quantity("27", "+3 d")),  # a draft may have said 27+3 with d, which is refused
        ("27+7", Quantity("27", "+7")),
        ("127+3", Quantity("127", "+3")),
    ],
)
def test_a_gestational_age_is_typed_as_obstetrics_does(typed: str, read: Quantity) -> None:
    assert WORDS.read(AGE, settled(AGE, typed)) == read
    assert WORDS.read(AGE, WORDS.shown(AGE, read)) == read


def test_weeks_and_days_are_read_nowhere_else() -> None:
    assert WORDS.read(DIAMETER, "27+3 cm") == Quantity("27", "+3 cm")


@pytest.mark.parametrize(("language", "told"), [("en", "read as 192 days"), ("de", "gelesen als 192 Tage")])
def test_weeks_and_days_say_how_many_days_they_are(language: str, told: str) -> None:
    visitor = Visitor(always={"Accept-Language": language})
    address = visitor.begin(fresh("body-ct"), "emh-perinatal", "fetus")
    pairs = [*everything(visitor.get(address)), ("perinatal.1.gestational-age", "27+3")]
    live = json.loads(visitor.post(f"{address}/live", pairs).text)
    assert told in live["messages"]["perinatal.1.gestational-age"]
    assert "gestational age 27 weeks 3 days" in str(live["parts"])
    assert told in visitor.post(address, pairs).text
    assert answers(stored(address).draft, "gestational-age") == [Quantity("27+3")]

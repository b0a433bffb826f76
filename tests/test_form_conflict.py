"""Two sides of one report: where they differ, what is chosen, and that nothing goes without being chosen."""

import re
from dataclasses import replace
from html import unescape

import pytest

from emh_report.draft import ReportMode, Text
from emh_report.web import sheet as sheets
from emh_report.web.conflict import MINE, THEIRS, differences, merged
from emh_report.web.sheet import Sheet
from tests.test_form_sheet import GIVEN, WORDS
from tests.web_forms import TEXT, everything, opened
from tests.web_service import Visitor, beside, desk, hidden, sent_by, stored, studies


def sheet(name: str) -> Sheet:
    """Return the answers of a study as a form has them."""
    draft = studies()[name].draft
    assert draft is not None
    return sheets.from_draft(desk().plan(draft.template_id), draft, WORDS)


def answered(given: Sheet, group_id: str, field_id: str, *texts: str) -> Sheet:
    """Return ``given`` with other answers in the first entry of a group."""
    first = given.of(group_id)[0]
    changed = replace(first, texts={**first.texts, field_id: texts})
    return replace(given, entries=tuple(changed if entry is first else entry for entry in given.entries))


@pytest.mark.parametrize("name", GIVEN)
def test_a_sheet_does_not_differ_from_itself_and_differs_everywhere_from_an_empty_one(name: str) -> None:
    one = sheet(name)
    plan = desk().plan(one.template_id)
    assert differences(one, one) == ()
    empty = sheets.completed(plan, replace(one, entries=(), reasons={}))
    rows = differences(one, empty)
    assert {row.taken for row in rows} == {MINE}
    union = merged(plan, one, empty, {row.name: row.taken for row in rows})
    assert sheets.to_draft(union, WORDS) == sheets.to_draft(one, WORDS)
    union = merged(plan, empty, one, {row.name: THEIRS for row in rows})
    assert sheets.to_draft(union, WORDS).groups == sheets.to_draft(one, WORDS).groups


def test_each_side_is_taken_where_it_is_chosen() -> None:
    base = sheet("case-009")
    plan = desk().plan(base.template_id)
    mine = answered(answered(base, "finding", "size", "4 cm"), "impression", "impression", "Mine.")
    theirs = answered(answered(base, "finding", "size", "5 cm"), "impression", "impression", "Theirs.")
    rows = {row.place.rpartition(": ")[2]: row for row in differences(mine, theirs)}
    assert {row.taken for row in rows.values()} == {""}
    size, impression = (next(row for place, row in rows.items() if word in place) for word in ("ize", "Impression"))
    both = merged(plan, mine, theirs, {size.name: THEIRS, impression.name: MINE})
    assert both.of("finding")[0].texts["size"] == ("5 cm",)
    assert both.of("impression")[0].texts["impression"] == ("Mine.",)


def test_a_lesion_that_only_one_side_has_is_proposed_and_can_be_left_out() -> None:
    base = sheet("case-009")
    plan = desk().plan(base.template_id)
    more, _ = sheets.added(plan, base, "finding")
    row = differences(base, more)[0]
    assert (row.mine, row.theirs, row.taken) == ((), ("no answers yet",), THEIRS)
    assert len(merged(plan, base, more, {row.name: THEIRS}).of("finding")) == 3
    assert len(merged(plan, base, more, {row.name: MINE}).of("finding")) == 2


def test_mode_and_reasons_are_compared_too() -> None:
    base = sheet("case-009")
    plan = desk().plan(base.template_id)
    other = replace(base, mode=ReportMode.COMPANION, reasons={("R1", "a"): "because"})
    rows = differences(base, other)
    assert [row.theirs for row in rows] == [("beside another",), ("because",)]
    taken = merged(plan, base, other, dict.fromkeys((row.name for row in rows), THEIRS))
    assert (taken.mode, taken.reasons) == (other.mode, other.reasons)


# --- as pages --------------------------------------------------------------------------------------------------------


def divided() -> tuple[Visitor, str, str]:
    """Save a report in one window, then in another that was opened before; returns the page of the second."""
    visitor, address, page = opened("case-009")
    visitor.post(address, [*everything(page), (TEXT, "Saved first."), ("finding.1.size", "4 cm")])
    late = visitor.post(address, [*everything(page), (TEXT, "Saved late."), ("finding.1.size", "5 cm")])
    assert late.status == 409
    return visitor, address, late.text


def impressions(address: str) -> list[str]:
    items = [item for group in stored(address).draft.groups for item in group.items if item.field_id == "impression"]
    return [item.value.value for item in items if isinstance(item.value, Text)]


def test_a_late_save_shows_both_sides_and_changes_nothing() -> None:
    _, address, page = divided()
    assert impressions(address)[-1] == "Saved first."
    for text in ("Saved first.", "Saved late.", "4 cm", "5 cm"):
        assert text in page
    assert (TEXT, "Saved late.") in hidden(page, "form")


def test_what_is_chosen_is_saved() -> None:
    visitor, address, page = divided()
    names = [name for name, value in sent_choices(page) if value == "theirs"]
    choices = [(name, "theirs" if "size" in name else "mine") for name in names]
    done = visitor.post(f"{address}/merge", [*hidden(page, "form"), *choices])
    assert done.status == 303
    assert impressions(address)[-1] == "Saved late."
    assert "4 cm" in visitor.get(address).text


def test_nothing_is_saved_until_everything_is_chosen() -> None:
    visitor, address, page = divided()
    etag = stored(address).etag
    again = visitor.post(f"{address}/merge", hidden(page, "form"))
    assert again.status == 409
    assert (TEXT, "Saved late.") in hidden(again.text, "form")
    assert stored(address).etag == etag


@pytest.mark.parametrize(("whole", "said"), [("mine", "Saved late."), ("theirs", "Saved first.")])
def test_one_side_is_taken_whole(whole: str, said: str) -> None:
    visitor, address, page = divided()
    assert visitor.post(f"{address}/merge", [*hidden(page, "form"), ("action", whole)]).status == 303
    assert impressions(address)[-1] == said


def test_a_third_side_is_shown_again() -> None:
    visitor, address, page = divided()
    now = visitor.get(address)
    visitor.post(address, [*everything(now), (TEXT, "Third.")])
    again = visitor.post(f"{address}/merge", [*hidden(page, "form"), ("action", "mine")])
    assert again.status == 409
    assert "Third." in again.text
    assert impressions(address)[-1] == "Third."


def test_the_same_answers_on_both_sides_are_no_conflict() -> None:
    visitor, address, page = opened("case-009")
    pairs = [*sent_by(page.text), (TEXT, "The same.")]
    visitor.post(address, [*beside(page.text), *pairs])
    again = visitor.post(address, [*beside(visitor.get(address).text)[1:], ("etag", "1-old"), *pairs])
    assert again.status == 200
    assert dict(beside(again.text))["etag"] == stored(address).etag


def test_a_page_sent_twice_is_done_once() -> None:
    visitor, address, page = opened("case-009")
    pairs = [*everything(page), (TEXT, "Once.")]
    first, second = visitor.post(address, pairs), visitor.post(address, pairs)
    assert (first.status, second.status) == (200, 200)
    assert impressions(address).count("Once.") == 1


def sent_choices(page: str) -> list[tuple[str, str]]:
    """Return every choice a page of two sides offers."""
    found = re.findall(r'<input type="radio" name="([^"]*)" value="([^"]*)"', page)
    return [(unescape(name), value) for name, value in found]

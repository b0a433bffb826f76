"""Numbers in the form: shown as the language of the page writes them, read the same in all, stored as given."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser

from emh_report.changes import compare
from emh_report.decimals import DecimalError, read_decimal
from emh_report.draft import Draft, Group, Item, Measurement, Quantity
from emh_report.template import Field, Kind
from emh_report.web import sheet as sheets
from emh_report.web.language import ENGLISH, GERMAN, LANGUAGES, Language
from emh_report.web.messages import notes
from emh_report.web.reasons import COMMA, GROUPED
from emh_report.web.typed import marked, settled
from scripts.keystrokes import ENTER, Key, press
from tests.browser import browser
from tests.case_files import catalog
from tests.drawing import draws
from tests.form_browser import kept, opened, said
from tests.form_browser import settled as checked
from tests.test_form_dates import answers
from tests.test_form_sheet import DIAMETER, SIZE, WORDS
from tests.test_language_browser import measured
from tests.viewer import embedded, send
from tests.viewer import measured as message
from tests.web_forms import everything
from tests.web_forms import opened as begun
from tests.web_service import Answer, Visitor, desk, fresh, sent_by, stored, studies

__all__ = ["browser"]

NUMERIC = [
    field
    for template in catalog().templates
    for group in template.groups.values()
    for field in group.fields.values()
    if field.kind in {Kind.QUANTITY, Kind.MEASUREMENT}
]
DECIMALS = st.from_regex(r"[+-]?[0-9]{1,6}([.,][0-9]{1,5})?", fullmatch=True)
UNITS = st.sampled_from(["", " mm", " cm", " g/dL", " ×10⁹/L", " foo1.2", " 1,5", "%"])
TYPED = (
    st.builds("{}{}".format, st.lists(DECIMALS, min_size=1, max_size=4).map(" × ".join), UNITS)
    | st.text("0123456789.,x +-mc", max_size=20)
    | st.text(max_size=20)
)


PLATELETS = catalog().plan("emh-biopsy-plan").template.groups["biopsy"].fields["platelets"]
DIFFUSIVITY = catalog().plan("emh-mri-spine").template.groups["finding"].fields["adc"]


@pytest.mark.parametrize(
    ("asked", "unit", "typed"),
    [
        (PLATELETS, "10*9/L", "G/L /nl 10^9/L x10^9/L x109/L 10e9/L ×10⁹/L 10*9/L x\u00a010⁹/l"),
        (PLATELETS, "10*3/uL", "K/µL k/uL Tsd/µl Tsd./\u03bcl x10^3/uL ×10³/µL 10*3/uL"),
        (PLATELETS, "", "/µl tsd 10^6/L fl"),
        (DIFFUSIVITY, "10*-3.mm2/s", "10^-3mm2/s x10-3mm²/s ×10⁻³mm²/s"),
        (DIFFUSIVITY, "10*-6.mm2/s", "10^-6mm2/s 10*-6.mm2/s"),
    ],
)
def test_a_unit_is_typed_as_people_write_it(asked: Field, unit: str, typed: str) -> None:
    for one in typed.split(" "):
        assert WORDS.read(asked, f"43 {one}") == Quantity("43", unit or one)


def shown(field: Field, text: str, language: Language) -> str:
    """Return a settled answer as a page shows it."""
    return language.say(marked(field, text))


@draws(500)
@given(st.sampled_from(NUMERIC), TYPED)
def test_what_a_page_shows_comes_back_as_what_it_is(field: Field, typed: str) -> None:
    text = settled(field, typed)
    for language in LANGUAGES.values():
        assert settled(field, shown(field, text, language)) == text
    assert shown(field, text, ENGLISH) == text


@draws(500)
@given(DECIMALS)
def test_every_decimal_is_the_same_number_in_every_language(typed: str) -> None:
    try:
        meant, number, _ = read_decimal(typed)
    except DecimalError:
        assert settled(DIAMETER, f"{typed} cm") == f"{typed} cm"  # ambiguous, and stays so
        return
    for language in LANGUAGES.values():
        value = WORDS.read(DIAMETER, settled(DIAMETER, shown(DIAMETER, settled(DIAMETER, f"{typed} cm"), language)))
        assert isinstance(value, Quantity)
        assert (*read_decimal(value.value), value.unit) == (meant, number, False, "cm")


@pytest.mark.parametrize(
    ("field", "stored", "german"),
    [
        (DIAMETER, "4.20 cm", "4,20 cm"),
        (DIAMETER, "-0.5 cm", "-0,5 cm"),
        (DIAMETER, "12", "12"),
        (DIAMETER, "1.234 cm", "1.234 cm"),  # 1,234 is refused, since it may be 1234
        (DIAMETER, "0.850 cm", "0,850 cm"),
        (DIAMETER, "1234.567 cm", "1234,567 cm"),
        (DIAMETER, "1.2345 cm", "1,2345 cm"),
        (DIAMETER, "4.2 miles", "4.2 miles"),  # not read, so as it was typed
        (DIAMETER, "(unknown)", "(unknown)"),
        (SIZE, "3.2 × 21 mm", "3,2 × 21 mm"),
        (SIZE, "3.2 × 1.234 cm", "3.2 × 1.234 cm"),
        (SIZE, "3.5 cm x 21 mm", "3.5 cm x 21 mm"),
    ],
)
def test_german_writes_a_comma_where_it_is_read_as_the_same(field: Field, stored: str, german: str) -> None:
    assert shown(field, stored, GERMAN) == german
    assert settled(field, german) == stored


@pytest.mark.parametrize(
    ("field", "typed", "text"),
    [
        (DIAMETER, "4,20 cm", "4.20 cm"),
        (DIAMETER, "4.20 cm", "4.20 cm"),
        (DIAMETER, "1,234 cm", "1,234 cm"),
        (DIAMETER, "1.234,5 cm", "1.234,5 cm"),
        (DIAMETER, "4,2,1 cm", "4,2,1 cm"),
        (DIAMETER, "4,2 miles", "4,2 miles"),
        (SIZE, "3,2x2,1×1,8cm", "3.2x2.1×1.8cm"),
        (SIZE, "3,5 x 1,234 cm", "3,5 x 1,234 cm"),
        (SIZE, "3,5 x big cm", "3,5 x big cm"),
        (SIZE, "3,5 cm x 21 mm", "3,5 cm x 21 mm"),
    ],
)
def test_a_comma_is_settled_only_in_what_can_be_read(field: Field, typed: str, text: str) -> None:
    assert settled(field, typed) == text


# --- pages -----------------------------------------------------------------------------------------------------------


def german() -> tuple[Visitor, str]:
    visitor = Visitor(always={"Accept-Language": "de"})
    return visitor, visitor.begin(fresh("case-009"), "emh-followup")


def sized(visitor: Visitor, address: str, size: str) -> Answer:
    """Answer the size of the first lesion."""
    pairs = [pair for pair in everything(visitor.get(address)) if pair[0] != "finding.1.size"]
    return visitor.post(address, [*pairs, ("finding.1.size", size)])


def size(address: str) -> object:
    return answers(stored(address).draft, "size")[0]


def test_a_german_page_sends_back_what_was_stored() -> None:
    visitor, address = german()
    page = sized(visitor, address, "4,20 x 3 cm").text
    assert dict(sent_by(page))["finding.1.size"] == "4,20 x 3 cm"
    before = stored(address).draft
    assert size(address) == Measurement(("4.20", "3"), "cm")
    assert visitor.post(address, everything(visitor.get(address))).status == 200
    assert stored(address).draft == before
    visitor.always = {}
    assert dict(sent_by(visitor.get(address).text))["finding.1.size"] == "4.20 × 3 cm"
    assert visitor.post(address, everything(visitor.get(address))).status == 200
    assert stored(address).draft == before


@pytest.mark.parametrize(
    ("language", "typed", "told"),
    [
        ("de", "4,20 cm", ""),
        ("de", "4.20 cm", ""),
        ("de", "1.234 cm", GERMAN.say(GROUPED)),
        ("de", "1,234 cm", "mehrdeutig"),
        ("en", "4,20 cm", COMMA),
        ("en", "4.20 cm", ""),
        ("en", "1.234 cm", ""),
        ("en", "1,234 cm", "ambiguous"),
    ],
)
def test_who_writes_otherwise_than_the_page_is_told_how_it_was_read(language: str, typed: str, told: str) -> None:
    visitor, address, _ = begun("case-009")
    visitor.always = {"Accept-Language": language}
    pairs = [pair for pair in everything(visitor.get(address)) if pair[0] != "finding.1.size"]
    answer = visitor.post(f"{address}/live", [*pairs, ("finding.1.size", typed)])
    found = json.loads(answer.text)["messages"].get("finding.1.size", "")
    assert told in found
    hints = [GERMAN.say(COMMA), COMMA, GERMAN.say(GROUPED), GROUPED]
    assert [hint for hint in hints if hint in found] == [hint for hint in hints if hint == told]


def test_ranges_and_what_would_be_accepted_are_said_in_german() -> None:
    visitor, address = german()
    live = json.loads(visitor.post(f"{address}/live", [*wide(visitor, address), ("finding.1.size", "x mm")]).text)
    assert "eine Dezimalzahl wie 4,20" in live["messages"]["finding.1.size"]
    live = json.loads(visitor.post(f"{address}/live", [*wide(visitor, address), ("finding.1.size", "9000 mm")]).text)
    assert live["messages"]["finding.1.size"].count("0,1 bis 1000 mm") == 2


def wide(visitor: Visitor, address: str) -> list[tuple[str, str]]:
    return [pair for pair in everything(visitor.get(address)) if pair[0] != "finding.1.size"]


def test_the_name_of_an_entry_has_the_number_of_the_page() -> None:
    visitor, address = german()
    pairs = [*wide(visitor, address), ("finding.1.size", "4.2 cm")]
    live = json.loads(visitor.post(f"{address}/live", pairs).text)
    assert live["summaries"]["finding.1"].endswith(" · 4,2 cm")
    assert " · 4,2 cm</span>" in visitor.post(address, pairs).text


def test_a_conflict_has_the_numbers_of_the_page_and_none_that_are_the_same() -> None:
    visitor, address = german()
    sized(visitor, address, "4,20 cm")
    page = visitor.get(address)
    sized(visitor, address, "5.5 cm")
    same = [("impression.1.impression", "Spät.")]
    late = visitor.post(address, [*everything(page), *same])
    assert (late.status, late.text.count("4,20 cm</span>"), late.text.count("5,5 cm</span>")) == (409, 1, 1)
    assert "4.20 cm" not in late.text.partition("<fieldset")[2]
    assert late.text.count("<fieldset") == 2


def test_a_number_that_was_stored_with_a_comma_is_shown_as_it_was_read() -> None:
    plan = desk().plan("emh-minimal")
    size = Item("size", Measurement(("4,2",), "cm"))
    draft = Draft(plan.template.id, plan.template.version, (Group("finding", "a", (size,)),))
    sheet = sheets.from_draft(plan, draft, WORDS)
    assert sheet.of("finding")[0].texts["size"] == ("4.2 cm",)
    assert [note.text for note in notes(sheet, ENGLISH)] == [COMMA]
    assert notes(sheet, GERMAN) == []
    assert compare(draft, sheets.to_draft(sheet, WORDS)) == ()  # so a signed report can have an addendum


# --- in a browser ----------------------------------------------------------------------------------------------------


def test_numbers_are_written_in_the_language_of_the_page(browser: Browser) -> None:
    with opened(browser, "/study/quick-ct/emh-minimal", locale="de-DE", empty=True) as page:
        press(page, [Key("Alt+l"), "p", ENTER, "perirenal", ENTER])
        checked(page)
        press(page, [Key("Alt+g"), "size", ENTER, "4,20 x 3,5 cm", ENTER])
        kept(page)
        checked(page)
        box = page.locator('[id="finding.1.size"]')
        assert box.input_value() == "4,20 x 3,5 cm"
        assert page.locator('[id="finding.1.size-m"]').all_inner_texts() in ([], [""])
        assert answers(said(page), "size") == [Measurement(("4.20", "3.5"), "cm")]
        press(page, [Key("Alt+d")])
        page.locator('[id="finding.2.size"]').wait_for()
        assert page.locator('[id="finding.2.size"]').input_value() == "4,20 x 3,5 cm"
        assert "4,20 x 3,5 cm" in page.locator('[id="t-finding.2"]').inner_text()
        press(page, [Key("Alt+z")])
        page.locator('[id="finding.2.size"]').wait_for(state="detached")
        kept(page)
        page.reload()
        page.wait_for_selector("html[data-ready]")
        assert box.input_value() == "4,20 × 3,5 cm"
        page.get_by_role("button", name="English").click()
        page.wait_for_selector("html[lang=en][data-ready]")
        assert box.input_value() == "4.20 × 3.5 cm"
        assert answers(said(page), "size") == [Measurement(("4.20", "3.5"), "cm")]


def test_a_measurement_of_the_viewer_is_written_in_the_language_of_the_page(browser: Browser) -> None:
    accession = studies()["quick-ct"].context.studies[0].accession
    with embedded(browser, "quick-ct", "emh-minimal", locale="de-DE") as (page, frame):
        frame.locator('button[value="add:finding"]').click()
        box = frame.locator('[id="finding.1.size"]')
        box.wait_for()
        for axes, shown in ((("34", "22.5"), "34 × 22,5 mm"), (("1.234", "2.5"), "1.234 × 2.5 mm")):
            box.fill("")
            assert send(page, message(accession, *axes))["results"] == ["placed"]
            assert box.input_value() == shown
        frame.wait_for_selector("#saved[data-state=saved]")
        assert "1.234 × 2.5 mm" in frame.locator("#live").inner_text()


@pytest.mark.parametrize("typed", ["4,2 cm", "4.2 cm", "1,234 cm", "1.234 cm"])
def test_what_is_stored_does_not_depend_on_the_language(browser: Browser, typed: str) -> None:
    drafts: list[Draft] = [measured(browser, *way) for way in (("de-DE", typed, "p"), ("en-US", typed, "p"))]
    assert drafts[0] == drafts[1]
    (value,) = answers(drafts[0], "size")
    assert value == Measurement(("1,234",) if typed == "1,234 cm" else (typed[:-3].replace(",", "."),), "cm")

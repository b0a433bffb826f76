"""Drafts as sheets of text and back: what the form shows is read as the same draft."""

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from emh_report.draft import Absent, Coded, Draft, Group, Item, Levels, Measurement, Quantity, Text
from emh_report.errors import InputError
from emh_report.template import Field, Kind
from emh_report.web import sheet as sheets
from emh_report.web.typed import ABSENT, Words
from tests import strategies
from tests.case_files import catalog
from tests.drawing import draws
from tests.web_service import desk, studies

WORDS = Words(catalog())


def in_order(draft: Draft) -> Draft:
    """Return a draft with groups and items in the order of its template, which no reader of a draft looks at."""
    definitions = catalog().plan(draft.template_id, draft.template_version).template.groups
    order = list(definitions)
    groups = []
    for group in draft.groups:
        fields = list(definitions[group.group_id].fields)
        groups.append(group._replace(items=tuple(sorted(group.items, key=lambda item: fields.index(item.field_id)))))
    return draft._replace(groups=tuple(sorted(groups, key=lambda group: order.index(group.group_id))))


def through_the_form(draft: Draft) -> Draft:
    plan = catalog().plan(draft.template_id, draft.template_version)
    shown = sheets.from_draft(plan, draft, WORDS)
    return sheets.to_draft(sheets.from_pairs(plan, sheets.to_pairs(shown)), WORDS)


GIVEN = [name for name, study in studies().items() if study.draft is not None]


@pytest.mark.parametrize("name", GIVEN)
def test_every_case_and_synthetic_report_comes_back_from_the_form(name: str) -> None:
    draft = studies()[name].draft
    assert draft is not None
    assert in_order(through_the_form(draft)) == in_order(draft)


def looks_absent(item: Item) -> bool:
    """Whether text says a reason for having no value in the way the form does; it is then read as that reason."""
    return isinstance(item.value, Text) and item.value.value.strip() in {*ABSENT.values(), "?", "n/e", "n/a"}


@draws(150)
@given(st.data())
def test_any_draft_comes_back_from_the_form(data: Any) -> None:  # noqa: ANN401 - hypothesis
    draft = data.draw(strategies.plans().flatmap(strategies.drafts))
    assume(not any(looks_absent(item) for group in draft.groups for item in group.items))
    assert in_order(through_the_form(draft)) == in_order(draft)


def field(kind: Kind, *, units: str = "", vocabulary: str = "") -> Field:
    """Return a field of the catalog with these properties."""
    for plan in catalog().plans.values():
        for group in plan.template.groups.values():
            for one in group.fields.values():
                named = one.vocabulary.id if one.vocabulary else ""
                if one.kind is kind and named == vocabulary and " ".join(one.units or ()) == units:
                    return one
    raise KeyError(kind)


SITE = field(Kind.CODED, vocabulary="site")
SIZE = field(Kind.MEASUREMENT, units="mm cm")
DIAMETER = field(Kind.QUANTITY, units="mm cm")
LEVELS = field(Kind.LEVELS)
AGE = field(Kind.QUANTITY, units="a mo d")
CAUSE = field(Kind.CODED, vocabulary="cause")


@pytest.mark.parametrize(
    ("asked", "typed", "meant"),
    [
        (SITE, "post med", Coded("paraspinal-thoracic")),
        (SITE, "posterior mediastinum", Coded("paraspinal-thoracic")),
        (SITE, "cord", Coded("cord")),  # several sites: none is chosen
        (SITE, "EPIDURAL / intraspinal", Coded("epidural-spinal")),
        (CAUSE, "unknown", Coded("unknown")),
        (CAUSE, "(unknown)", Absent.UNKNOWN),
        (SITE, "?", Absent.UNKNOWN),
        (SIZE, "32 x 21 mm", Measurement(("32", "21"), "mm")),
        (SIZE, "3,2x2,1×1,8cm", Measurement(("3,2", "2,1", "1,8"), "cm")),
        (SIZE, "32 mm x 21 mm", Measurement(("32", "21"), "mm")),
        (SIZE, "32 by 21", Measurement(("32", "21"), "")),
        (SIZE, "3 cm x 21 mm", Measurement(("3 cm x 21 mm",), "")),
        (SIZE, "n/e", Absent.NOT_EVALUABLE),
        (DIAMETER, "4.20 CM", Quantity("4.20", "cm")),
        (DIAMETER, "4.20", Quantity("4.20", "")),
        (DIAMETER, "large", Quantity("large", "")),
        (LEVELS, "t5-11", Levels("T5", "T11")),
        (LEVELS, "T5 to L1", Levels("T5", "L1")),
        (LEVELS, "Th5 bis L1", Levels("T5", "L1")),
        (LEVELS, "Th 5-11", Levels("T5", "T11")),
        (LEVELS, "Th 5 – Th 11", Levels("T5", "T11")),
        (LEVELS, "BWK5", Levels("T5", "T5")),
        (LEVELS, "BWK 11 bis LWK 2", Levels("T11", "L2")),
        (LEVELS, "bwk 5-7", Levels("T5", "T7")),
        (LEVELS, "HWK3", Levels("C3", "C3")),
        (LEVELS, "SWK 1-2", Levels("S1", "S2")),
        (LEVELS, "HWK 8", Levels("HWK 8", "HWK 8")),  # there is none
        (LEVELS, "thoracic 5-11", Levels("T5", "T11")),
        (LEVELS, "T5 through L1", Levels("T5", "L1")),
        (LEVELS, "T5/6", Levels("T5/6", "T5/6")),  # a disc
        (LEVELS, "L5/S1", Levels("L5/S1", "L5/S1")),
        (AGE, "43y", Quantity("43", "a")),
        (AGE, "43 Jahre", Quantity("43", "a")),
        (AGE, "18 Monate", Quantity("18", "mo")),
        (AGE, "18 m", Quantity("18", "m")),  # months, or metres
        (SIZE, "3,2 mal 2 cm", Measurement(("3,2", "2"), "cm")),
        (LEVELS, "T8", Levels("T8", "T8")),
        (LEVELS, "T5-X", Levels("T5", "X")),
        (LEVELS, "n/a", Absent.NOT_APPLICABLE),
    ],
)
def test_answers_are_read_as_they_are_said(asked: Field, typed: str, meant: object) -> None:
    assert WORDS.read(asked, typed) == meant


@draws(300)
@given(st.data(), st.text(max_size=30).filter(str.strip))
def test_any_text_is_read_and_shown_without_an_error(data: Any, typed: str) -> None:  # noqa: ANN401 - hypothesis
    plan = data.draw(strategies.plans())
    asked = data.draw(
        st.sampled_from([one for group in plan.template.groups.values() for one in group.fields.values()])
    )
    value = WORDS.read(asked, typed)
    assert WORDS.read(asked, WORDS.shown(asked, value)) == value or asked.kind is Kind.MEASUREMENT


def test_a_draft_that_has_no_place_in_the_form_is_refused_and_not_cut() -> None:
    plan = catalog().plan("emh-minimal")
    draft = Draft("emh-minimal", "1.2.0", (Group("nonsense", "a", ()), Group("cause", "c", (Item("nonsense", None),))))
    with pytest.raises(InputError) as caught:
        sheets.from_draft(plan, draft, WORDS)
    assert [path for path, _ in caught.value.violations] == ["draft.groups[0]", "draft.groups[1].items[0]"]


@pytest.mark.parametrize(
    "pairs",
    [
        [("cause.1.cause", "PMF")],
        [("entry", "nonsense.1 a")],
        [("entry", "cause.x a")],
        [("entry", "cause.1 a"), ("entry", "cause.1 b")],
        [("entry", "cause.1 a"), ("cause.1.nonsense", "x")],
        [("patient", "Jane")],
    ],
)
def test_names_that_the_form_does_not_have_are_refused(pairs: list[tuple[str, str]]) -> None:
    with pytest.raises(InputError) as caught:
        sheets.from_pairs(catalog().plan("emh-minimal"), pairs)
    assert "Jane" not in str(caught.value)


def test_an_entry_that_was_removed_does_not_come_back_as_another_one() -> None:
    plan = desk().plan("emh-minimal")
    first, key = sheets.added(plan, sheets.blank(plan), "finding")
    again, _ = sheets.added(plan, sheets.removed(plan, first, key), "finding")
    assert first.of("finding")[0].uid != again.of("finding")[0].uid


def test_a_copy_has_the_answers_and_an_identity_of_its_own() -> None:
    plan = desk().plan("emh-minimal")
    sheet, key = sheets.added(plan, sheets.blank(plan), "finding")
    sheet.of("finding")[0].texts["site"] = ("Liver",)
    copied, behind = sheets.duplicated(plan, sheet, key)
    one, other = copied.of("finding")
    assert (one.texts, behind, other.key) == (other.texts, "finding.2", "finding.2")
    assert one.uid != other.uid

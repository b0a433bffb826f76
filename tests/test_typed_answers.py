"""What changed is said in words: no code, no word of a program, and nothing that was typed is lost."""

import pytest

from emh_report.changes import compare, lines
from emh_report.draft import Absent, Boolean, Coded, Draft, Group, Item, Levels, Measurement, Quantity, Text, Value
from emh_report.resolve import as_typed
from emh_report.template import Field, Kind
from emh_report.typed_answers import in_words
from tests.case_files import catalog

FIELDS = [
    field
    for plan in catalog().plans.values()
    for group in plan.template.groups.values()
    for field in group.fields.values()
]


def of_kind(kind: Kind) -> Field:
    return next(field for field in FIELDS if field.kind is kind)


def test_every_term_is_shown_as_the_form_shows_it() -> None:
    for field in FIELDS:
        for term in field.vocabulary.terms.values() if field.vocabulary and field.kind is Kind.CODED else ():
            for value in (Coded(term.code), Coded(term.code, term.display)):
                assert in_words(field, as_typed(value)) == term.display
            more = in_words(field, as_typed(Coded(term.code, term.display, "as said by phone")))
            assert more == f"{term.display} (as said by phone)"
            alike = in_words(field, as_typed(Coded(term.code, "", f"{term.display}s of both")))
            assert alike == f"{term.display} ({term.display}s of both)"


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        (Kind.BOOLEAN, Boolean(value=False), "no"),
        (Kind.BOOLEAN, Boolean(value=True), "yes"),
        (Kind.BOOLEAN, Absent.NOT_EVALUABLE, "not evaluable"),
        (Kind.MEASUREMENT, Measurement(("42", "28"), "mm"), "42 × 28 mm"),
        (Kind.MEASUREMENT, Measurement(("4.20",), "cm"), "4.20 cm"),
        (Kind.MEASUREMENT, Measurement(("abc",), "mm"), "abc mm"),
        (Kind.MEASUREMENT, Measurement(("42", "28")), "42 28"),
        (Kind.MEASUREMENT, Measurement(("42", "28", "12"), "cm"), "42 × 28 × 12 cm"),
        (Kind.LEVELS, Levels("T6", "T9", "from-c2"), "T6–T9 (from C2)"),
        (Kind.LEVELS, Levels("T6", "T6"), "T6"),
        (Kind.CODED, Coded("no-such-code", "", "x"), "no-such-code x"),
        (Kind.TEXT, Text("False"), "False"),
        (Kind.TEXT, Text("42 28 mm"), "42 28 mm"),
    ],
)
def test_an_answer_is_said_in_words_or_as_it_was_typed(kind: Kind, value: Value, words: str) -> None:
    assert in_words(of_kind(kind), as_typed(value)) == words


def test_a_number_has_the_unit_as_it_is_shown() -> None:
    for field in FIELDS:
        for unit in (field.units or {}).values() if field.kind is Kind.QUANTITY else ():
            words = in_words(field, as_typed(Quantity("4.20", unit.code)))
            assert words.startswith("4.20")
            assert unit.display in words
            bare = in_words(field, as_typed(Quantity("4.20")))
            assert bare == (words if len(field.units or {}) == 1 else "4.20"), "a unit is never guessed"


def test_the_lines_of_a_version_have_them() -> None:
    template = catalog().plan("emh-mri-spine").template
    place = next(
        (group, field.id)
        for group in template.groups.values()
        for field in group.fields.values()
        if field.units and field.kind is Kind.MEASUREMENT
    )
    group, field_id = place

    def sized(*axes: str) -> Draft:
        return Draft("emh-mri-spine", "", (Group(group.id, "l1", (Item(field_id, Measurement(axes, "mm")),)),))

    (line,) = lines(compare(sized("42", "28"), sized("44", "28")), template)
    assert line.endswith(": 42 × 28 mm → 44 × 28 mm")

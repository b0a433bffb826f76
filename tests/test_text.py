import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emh_report.text import is_unsafe, visible


@pytest.mark.parametrize("text", ["", "T5–T11", "größer", "脾臓", "line one\nline two\tend\r\n", "é" * 100, "👩‍⚕️"])
def test_what_people_write_is_safe(text: str) -> None:
    assert not is_unsafe(text)
    assert visible(text) == text


@pytest.mark.parametrize(
    "character", ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\u202a", "\u202e", "\u2066", "\u2069", "\ufffe", "\ud800"]
)
def test_what_hides_or_cannot_be_stored_is_not(character: str) -> None:
    assert is_unsafe(f"before{character}after")
    assert visible(f"before{character}after") == f"before\\u{ord(character):04x}after"


@given(st.text())
def test_visible_text_is_safe_and_loses_nothing_that_was_safe(text: str) -> None:
    shown = visible(text)
    assert not is_unsafe(shown)
    if not is_unsafe(text):
        assert shown == text


@given(st.characters(categories=["Cc"]))
def test_control_characters_are_unsafe_except_white_space(character: str) -> None:
    assert unicodedata.category(character) == "Cc"
    assert is_unsafe(character) is (character not in "\t\n\r")

"""Draft files: what they may say, and that everything else is refused with path, or line and column."""

import json
import sys
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emh_report import demo, limits
from emh_report.errors import InputError, LimitError
from emh_report.wire import write_request
from emh_report.wire.draft_file import read_draft_file, write_draft_file
from scripts import demo_case
from tests.drawing import draws
from tests.wire_values import CONTEXTS, DRAFTS

BASE: dict[str, Any] = {"draft": {"template_id": "emh-minimal", "groups": [{"group_id": "a", "items": []}]}}


def refused(content: bytes | str | object) -> list[tuple[str, str]]:
    """Return the violations of a file, given as bytes, text or data."""
    if not isinstance(content, bytes):
        content = (content if isinstance(content, str) else json.dumps(content)).encode()
    with pytest.raises(InputError) as caught:
        read_draft_file(content)
    return list(caught.value.violations)


def with_item(**item: object) -> dict[str, Any]:
    return {"draft": {"groups": [{"items": [{"field_id": "f", **item}]}]}}


ITEM = "draft.groups[0].items[0]"


def test_the_packaged_case_is_the_case_of_the_tests() -> None:
    assert demo.case_file().read_text(encoding="utf-8") == demo_case.content(), "run python -m scripts.demo_case"


@draws(50)
@given(DRAFTS, CONTEXTS)
def test_what_is_written_is_read(draft: Any, context: Any) -> None:  # noqa: ANN401 - Draft, Context
    assert read_draft_file(write_draft_file(write_request(draft, context)).encode()) == (draft, context)


def test_both_spellings_of_names_and_a_byte_order_mark_are_read() -> None:
    one = json.dumps(BASE)
    other = one.replace("template_id", "templateId").replace("group_id", "groupId")
    assert read_draft_file(one.encode()) == read_draft_file(b"\xef\xbb\xbf" + other.encode())


def test_null_is_as_if_it_was_left_out() -> None:
    assert read_draft_file(b'{"draft": {"groups": null}, "context": null}')[0].groups == ()


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"", "line 1, column 1"),
        (b"{", "line 1, column 2"),
        (b'{"draft": {},}', f"line 1, column {13 if sys.version_info >= (3, 13) else 14}"),  # at the comma, or behind
        (b'{"draft":\n{"template_id": "a" "b"}}', "line 2, column 21"),
        (b"{'draft': {}}", "line 1, column 2"),
        (b'{"draft": {}} x', "line 1, column 15"),
        (b'{"draft": {"template_id": "a\nb"}}', "line 1, column 29"),
        (b'{"draft": \n"\xff"}', "line 2"),
        ("{}".encode("utf-16"), "line 1"),
        (b'{"draft": "\x00"}', "line 1, column 12"),
    ],
)
def test_what_is_not_json(content: bytes, place: str) -> None:
    assert [path for path, _ in refused(content)] == [place]


@pytest.mark.parametrize(
    ("content", "path", "reason"),
    [
        ("[]", "", "an object is needed"),
        ('{"draft": {}, "draft": {}}', "draft", "given twice"),
        ('{"draft": {"template_id": "a", "templateId": "b"}}', "draft.template_id", "given twice"),
        ({"draft": []}, "draft", "an object is needed"),
        ({"draft": {"groups": {}}}, "draft.groups", "a list is needed"),
        ({"draft": {"groups": [None]}}, "draft.groups[0]", "an object is needed"),
        ({"draft": {"group": []}}, "draft.group", "no such field; did you mean groups?"),
        ({"Draft": {}}, "Draft", "did you mean draft?"),
        ({"draft": {}, "a b\u202e": 1}, "(a key that is no name)", "no such field"),
        ({"draft": {"mode": "COMPANION"}}, "draft.mode", "REPORT_MODE_COMPANION"),
        ({"draft": {"mode": 9}}, "draft.mode", "REPORT_MODE_COMPANION"),
        (with_item(coded={"code": 7}), f"{ITEM}.coded.code", "a text is needed"),
        (with_item(quantity={"value": 4.20}), f"{ITEM}.quantity.value", '"4.20"'),
        (with_item(measurement={"axes": [41]}), f"{ITEM}.measurement.axes[0]", '"4.20"'),
        (with_item(integer=1.5), f"{ITEM}.integer", "a whole number"),
        (with_item(integer=2**31), f"{ITEM}.integer", "32 bits"),
        (with_item(integer="12a"), f"{ITEM}.integer", "a whole number"),
        (with_item(integer=True), f"{ITEM}.integer", "a whole number"),
        (with_item(boolean="true"), f"{ITEM}.boolean", "true or false"),
        (with_item(boolean=1), f"{ITEM}.boolean", "true or false"),
        (with_item(text=None, coded={"code": "a"}, date="2024"), ITEM, "more than one value"),
        (with_item(image={"frames": ["x"]}), f"{ITEM}.image.frames[0]", "a whole number"),
        ('{"draft": {"template_id": "\\ud800"}}', "draft.template_id", "surrogate"),
        ('{"draft": {"template_id": "\\u202e"}}', "draft.template_id", "bidirectional"),
        ('{"draft": {"template_id": "\\u0000"}}', "draft.template_id", "control characters"),
        ({}, "draft", "a draft is needed"),
        ({"draft": {}, "format": "EXPORT_FORMAT_TEXT"}, "format", "no such field; a draft file is"),
        ({"template_id": "a", "groups": []}, "", "this is a draft on its own; a draft file is"),
        ({"templateId": "a", "patient": {}}, "", "this is a draft on its own"),
        ({"patient": {}}, "", "this is a context on its own; a draft file is"),
    ],
)
def test_what_is_not_a_draft(content: object, path: str, reason: str) -> None:
    violations = refused(content)
    assert [place for place, _ in violations] == [path]
    assert reason in violations[0][1]


@pytest.mark.parametrize("name", ["NaN", "Infinity", "-Infinity"])
def test_constants_that_are_not_json(name: str) -> None:
    assert name in refused(f'{{"draft": {{"groups": [{{"items": [{{"integer": {name}}}]}}]}}}}')[0][1]


def test_numbers_beyond_all_bounds() -> None:
    assert refused(f'{{"draft": {{"mode": {"9" * 5_000}}}}}')[0][1] == "a number of too many digits"
    assert refused('{"draft": {"mode": 1e400}}')[0][0] == "draft.mode"


def test_deep_nesting() -> None:
    assert refused(b"[" * 200_000)[0][1] == "nested too deeply"
    assert refused(b'{"draft":' * 200_000)[0][1] == "nested too deeply"


def test_files_that_are_too_large() -> None:
    with pytest.raises(LimitError):
        read_draft_file(b" " * (limits.FILE_BYTES + 1))


def both(draft: object, context: object) -> tuple[bytes, bytes]:
    return json.dumps(draft).encode(), json.dumps(context).encode()


def test_draft_and_context_may_be_two_files() -> None:
    context = {"report": {"version": 3}}
    expected = read_draft_file(json.dumps({**BASE, "context": context}).encode())
    for draft in (BASE, BASE["draft"], {**BASE, "context": None}):
        assert read_draft_file(*both(draft, context)) == expected
    assert read_draft_file(*both(BASE, {})) == read_draft_file(json.dumps(BASE).encode())


@pytest.mark.parametrize(
    ("draft", "context", "path", "reason"),
    [
        ({**BASE, "context": {}}, {}, "context", "given twice"),
        ({"context": {}}, {}, "context", "given twice"),
        ({**BASE, "request_id": "a"}, {}, "request_id", "no such field"),
        ([], {}, "draft", "an object is needed"),
        ({"mode": 9}, {}, "draft.mode", "REPORT_MODE_COMPANION"),
        (BASE, [], "context", "an object is needed"),
        (BASE, {"report": {"status": "FINAL"}}, "context.report.status", "REPORT_STATUS_FINAL"),
        (BASE, {"context": {}}, "context.context", "no such field"),
    ],
)
def test_two_files_that_are_not_draft_and_context(draft: object, context: object, path: str, reason: str) -> None:
    with pytest.raises(InputError) as caught:
        read_draft_file(*both(draft, context))
    assert [place for place, _ in caught.value.violations] == [path]
    assert reason in caught.value.violations[0][1]


@pytest.mark.parametrize(
    ("content", "path"),
    [(b"{", " file, line 1, column 2"), (b'"\xff"', " file, line 1"), (b"[" * 200_000, " file")],
)
def test_of_two_files_the_one_that_is_not_json_is_named(content: bytes, path: str) -> None:
    for files, name in (((content, b"{}"), "draft"), ((b"{}", content), "context")):
        with pytest.raises(InputError) as caught:
            read_draft_file(*files)
        assert caught.value.violations[0][0] == f"{name}{path}"


def test_everything_wrong_is_found_at_once() -> None:
    data = {"draft": {"mode": 7, "groups": [{"items": [{"fild": 1}]}, 5]}, "contxt": {}}
    assert [path for path, _ in refused(data)] == [
        "draft.mode",
        "draft.groups[0].items[0].fild",
        "draft.groups[1]",
        "contxt",
    ]


def test_what_is_written_has_the_names_of_the_contract() -> None:
    written = write_draft_file(write_request(*demo.read_case()))
    assert '"template_id": "emh-followup"' in written
    assert read_draft_file(written.encode()) == demo.read_case()


def test_no_refusal_repeats_a_value() -> None:
    for item in ({"integer": "Jane"}, {"boolean": "Jane"}, {"absent": "Jane"}, {"coded": "Jane"}, {"text": ["Jane"]}):
        assert "Jane" not in str(refused(with_item(**item)))


@draws(200)
@given(
    st.binary(max_size=40) | st.text(max_size=40).map(str.encode) | st.from_regex(rb'\{"draft":[\[\]{}":,a-z0-9 ]*\}')
)
def test_any_bytes(content: bytes) -> None:
    assert len(read_or_why(content)) > 0  # a draft and its context, or what is wrong


def read_or_why(content: bytes) -> Sequence[object]:
    """Return what a file says, or its violations where it is refused; anything else that is raised is a mistake."""
    try:
        return read_draft_file(content)
    except InputError as error:
        return list(error.violations)

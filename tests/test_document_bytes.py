"""The bytes of a document, which are what is signed, are those of the messages it stands for, in protobuf's JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
from google.protobuf import json_format
from google.protobuf.message import Message
from hypothesis import example, given
from hypothesis import strategies as st

from emh_report.changes import Change, ChangeKind
from emh_report.context import Context, Identifier, Order, Practitioner, ReportIdentity, Series, Study
from emh_report.document import Document
from emh_report.draft import Coded, Draft, Group, Image, Integer, Item, Text
from emh_report.lifecycle import Action
from emh_report.wire.context import write_context, write_practitioner
from emh_report.wire.context_json import CONTEXT
from emh_report.wire.document import FORMAT, write_document
from emh_report.wire.draft import write_draft
from emh_report.wire.draft_json import draft_form
from emh_report.wire.request import Packed, write_request
from tests.case_files import SYNTHETIC, read_report, synthetic_context
from tests.store_reports import ATTENDING
from tests.strategies import contexts

T = TypeVar("T")

REFUSED = "refused"
CHANGES = (
    Change(ChangeKind.CHANGED, "g", "u", "f", ("1.20", "cm"), ()),
    Change(ChangeKind.ADDED, "", "", "", (), ("ä",)),
)
TEXTS = 'tab\t line\n "quoted" \\ \x01 \x7f \u2028 – 脾臓 \U0001f600 </div>'


def json_of(members: Any) -> str:  # noqa: ANN401 - JSON
    return json.dumps(members, ensure_ascii=False, separators=(",", ":"))


def form(message: Message) -> Any:  # noqa: ANN401 - JSON
    return json_format.MessageToDict(message, preserving_proto_field_name=True)


def or_refused(write: Callable[[T], Any], value: T) -> str:
    try:
        return json_of(write(value))
    except ValueError:
        return REFUSED


def of_one(*items: Item) -> Draft:
    return Draft("", "", (Group("", "", items),))


@given(st.from_type(Draft))
@example(of_one(Item("", None), Item("", Coded("")), Item("f", Integer(0)), Item("f", Text(""))))
@example(of_one(Item("f", Integer(2**31))))
@example(of_one(Item("f", Image(frames=(1, -(2**31) - 1)))))
@example(of_one(Item("f", Image(series_number=2**31 - 1, instance_number=-(2**31)))))
def test_any_draft_at_all_is_written_as_its_message_is(draft: Draft) -> None:
    assert or_refused(draft_form, draft) == or_refused(lambda one: form(write_draft(one)), draft)


@given(st.from_type(Context))
@example(Context(studies=(Study(series=(Series(number=2**31),)),)))
@example(Context(author=Practitioner(), supervisor=Practitioner(), orders=(Order(),)))
def test_any_context_at_all_is_written_as_its_message_is(context: Context) -> None:
    assert or_refused(CONTEXT.write, context) == or_refused(lambda one: form(write_context(one)), context)


@pytest.mark.parametrize(
    "file", sorted(SYNTHETIC.glob("*/draft*.json")), ids=lambda file: f"{file.parent.name}-{file.stem}"
)
def test_a_document_is_written_as_its_messages_are(file: Path) -> None:
    draft, context = read_report(file, synthetic_context(file))
    document = Document(Action.AMEND, ATTENDING, draft, context, TEXTS, TEXTS, "why", "0" * 64, CHANGES, "emh_report 1")
    members = {
        "format": FORMAT,
        "action": "amend",
        "actor": {"person": form(write_practitioner(ATTENDING.person)), "rank": "attending"},
        "reason": "why",
        "previous_sha256": "0" * 64,
        "changes": [change._asdict() for change in CHANGES],
        "context": form(write_context(context)),
        "draft": form(write_draft(draft)),
        "narrative": TEXTS,
        "paste_section": TEXTS,
        "software": "emh_report 1",
    }
    assert write_document(document) == json_of(members).encode()


@given(st.text(st.characters(exclude_categories=()), max_size=40))
def test_any_text_is_written_as_the_standard_library_writes_it(text: str) -> None:
    document = Document(Action.FINALIZE, ATTENDING, Draft("", "", ()), Context(), text)
    try:
        expected = json_of(text).encode()
    except UnicodeEncodeError:
        with pytest.raises(ValueError, match="surrogates"):
            write_document(document)
        return
    assert b'"narrative":%b,"paste_section"' % expected in write_document(document)


@given(contexts(), st.sampled_from(sorted(SYNTHETIC.glob("*/draft-b.json"))), st.text(max_size=5), st.text(max_size=5))
def test_a_working_copy_is_packed_once_and_is_what_it_would_be(
    context: Context, file: Path, one: str, other: str
) -> None:
    draft, _ = read_report(file, synthetic_context(file))
    kept = draft._replace(template_version="1.2.3", template_hash="ab" * 32)
    report = ReportIdentity(Identifier(one, other))
    packed = Packed(draft, context)
    assert packed.content() == Packed(draft, context).content()
    assert packed.kept_as(kept, report) == write_request(kept, replace(context, report=report)).SerializeToString(
        deterministic=True
    )

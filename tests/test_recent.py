"""What is remembered instead of made again is what would be made again."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emh_report.context import Context, Identifier, ReportIdentity
from emh_report.draft import Draft
from emh_report.errors import InputError
from emh_report.recent import Recent
from emh_report.wire import request
from emh_report.wire.request import Packed, unpack
from tests.case_files import SYNTHETIC, read_report, synthetic_context
from tests.strategies import contexts, drafts, plans

IDENTITY = ReportIdentity(Identifier("urn:ietf:rfc:3986", "urn:uuid:1"))


def test_the_oldest_is_forgotten() -> None:
    recent: Recent[str, int] = Recent(2)
    for number, key in enumerate("abac"):
        recent.keep(key, number)
    assert [recent.find(key) for key in "abc"] == [2, None, 3]


def same_without_memory(draft: Draft, context: Context) -> None:
    pinned = draft._replace(template_version="1.2.3", template_hash="f" * 64)
    content = Packed(draft, context).kept_as(pinned, IDENTITY)
    known = unpack(content)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(request, "_UNPACKED", Recent(0))
        assert unpack(content) == known == (pinned, replace(context, report=IDENTITY))


@given(st.data())
def test_any_working_copy_is_remembered_as_its_bytes_are_read(data: st.DataObject) -> None:
    same_without_memory(data.draw(drafts(data.draw(plans()))), data.draw(contexts()))


def test_every_working_copy_of_ours_is_remembered_as_its_bytes_are_read() -> None:
    for file in sorted(SYNTHETIC.glob("*/draft*.json")):
        same_without_memory(*read_report(file, synthetic_context(file)))


def test_bytes_that_were_damaged_are_not_known() -> None:
    file = min((SYNTHETIC / "emh-ct-body").glob("draft*.json"))
    content = Packed(*read_report(file, synthetic_context(file))).kept_as(Draft("", "", ()), IDENTITY)
    with pytest.raises(InputError):
        unpack(content[:-1])

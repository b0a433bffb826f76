"""The context of a stored document is read and written as its message would be, and anything else is damage."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from google.protobuf import json_format
from hypothesis import given
from hypothesis import strategies as st

from emh_report.context import Context, Focus, ReportIdentity, ReportStatus, Sex
from emh_report.errors import DamagedError
from emh_report.v1 import context_pb2
from emh_report.wire import guard
from emh_report.wire.context import read_context, write_context
from emh_report.wire.context_json import CONTEXT
from emh_report.wire.document import read_document
from tests.case_files import CASES, SYNTHETIC, read_report, synthetic_context
from tests.store_reports import fresh, signed
from tests.strategies import contexts


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Any:  # noqa: ANN401 - JSON
    with fresh(tmp_path_factory.mktemp("store")) as store:
        return json.loads(store.version(signed(store)).content)


def form(context: Context) -> Any:  # noqa: ANN401 - JSON
    return json_format.MessageToDict(write_context(context), preserving_proto_field_name=True)


def by_message(members: Any) -> Context:  # noqa: ANN401 - JSON
    return read_context(json_format.ParseDict(members, context_pb2.Context()), guard.Texts())


@given(contexts(), st.sampled_from(ReportStatus), st.sampled_from(Sex), st.sampled_from(Focus), st.booleans())
def test_any_context_is_read_as_its_message_is(
    context: Context, status: ReportStatus, sex: Sex, focus: Focus, test: bool
) -> None:
    report, patient = replace(context.report, status=status, version=3), replace(context.patient, sex=sex)
    context = replace(context, report=report, patient=patient, focus=focus, test_data=test, supervisor=context.author)
    assert CONTEXT.write(context) == form(context)
    members = json.loads(json.dumps(form(context)))
    assert CONTEXT.read(members) == by_message(members) == context


def test_every_context_of_ours_is_read_as_its_message_is() -> None:
    files = [(folder / "draft.json", folder / "context.json") for folder in sorted(CASES.iterdir()) if folder.is_dir()]
    files += [(file, synthetic_context(file)) for file in sorted(SYNTHETIC.glob("*/draft*.json"))]
    for file, path in files:
        _, context = read_report(file, path)
        assert CONTEXT.read(form(context)) == context


def test_what_is_absent_is_the_default() -> None:
    assert CONTEXT.read({}) == by_message({})
    assert CONTEXT.read({"report": {}}) == by_message({"report": {}})
    assert CONTEXT.read({}).report == ReportIdentity()


@pytest.mark.parametrize(
    "wrong",
    [
        {"patients": []},
        {"patient": {"name": "x"}},
        {"patient": {"family": 1}},
        {"patient": {"sex": "ADMINISTRATIVE_SEX_ANY"}},
        {"patient": "x"},
        {"patient": {"given": [1]}},
        {"focus": "FOCUS_OTHER"},
        {"report": {"version": True}},
        {"report": {"status": 3}},
        {"studies": [{"series": [{"number": "1"}]}]},
        {"orders": [{"accession": {"type": "x"}}]},
        {"orders": {"accession": {}}},
        {"test_data": 1},
    ],
    ids=json.dumps,
)
def test_what_is_no_context_is_damage(document: dict[str, Any], wrong: dict[str, Any]) -> None:
    members = {**document, "context": {**document["context"], **wrong}}
    with pytest.raises(DamagedError):
        read_document(json.dumps(members).encode())
    actor = {**document["actor"], "person": {"family": 1}}
    with pytest.raises(DamagedError):
        read_document(json.dumps({**document, "actor": actor}).encode())

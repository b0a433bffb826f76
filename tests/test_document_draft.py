"""The draft of a stored document is read as its message would be, and anything else is damage."""

from __future__ import annotations

import json
from typing import Any

import pytest
from google.protobuf import json_format
from hypothesis import given
from hypothesis import strategies as st

from emh_report.draft import Draft, Override, ReportMode
from emh_report.errors import DamagedError
from emh_report.v1 import draft_pb2
from emh_report.wire import guard
from emh_report.wire.document import read_document
from emh_report.wire.draft import read_draft, write_draft
from emh_report.wire.draft_json import draft_of
from tests.case_files import CASES, SYNTHETIC, read_report, synthetic_context
from tests.store_reports import fresh, signed
from tests.strategies import drafts, plans


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Any:  # noqa: ANN401 - JSON
    with fresh(tmp_path_factory.mktemp("store")) as store:
        return json.loads(store.version(signed(store)).content)


def form(draft: Draft) -> Any:  # noqa: ANN401 - JSON
    return json_format.MessageToDict(write_draft(draft), preserving_proto_field_name=True)


def by_message(members: Any) -> Draft:  # noqa: ANN401 - JSON
    return read_draft(json_format.ParseDict(members, draft_pb2.Draft()), guard.Texts())


@given(st.data())
def test_any_draft_is_read_as_its_message_is(data: st.DataObject) -> None:
    draft: Draft = data.draw(drafts(data.draw(plans())))
    draft = draft._replace(mode=data.draw(st.sampled_from(ReportMode)), overrides=(Override("S1", "L1", "because"),))
    members = json.loads(json.dumps(form(draft)))
    assert draft_of(members) == by_message(members) == draft


def test_every_draft_of_ours_is_read_as_its_message_is() -> None:
    files = [(folder / "draft.json", folder / "context.json") for folder in sorted(CASES.iterdir()) if folder.is_dir()]
    files += [(file, synthetic_context(file)) for file in sorted(SYNTHETIC.glob("*/draft*.json"))]
    for file, context in files:
        draft, _ = read_report(file, context)
        assert draft_of(form(draft)) == draft


@pytest.mark.parametrize(
    "wrong",
    [
        {"templates": []},
        {"template_id": 1},
        {"mode": "REPORT_MODE_OTHER"},
        {"groups": [{"id": "x"}]},
        {"groups": [{"items": [{"field_id": "x", "text": "a", "date": "2024"}]}]},
        {"groups": [{"items": [{"field_id": "x", "amount": "1"}]}]},
        {"groups": [{"items": [{"field_id": "x", "boolean": 1}]}]},
        {"groups": [{"items": [{"field_id": "x", "integer": True}]}]},
        {"groups": [{"items": [{"field_id": "x", "coded": {"codes": "a"}}]}]},
        {"groups": [{"items": [{"field_id": "x", "coded": "a"}]}]},
        {"groups": [{"items": [{"field_id": "x", "measurement": {"axes": [1]}}]}]},
        {"groups": [{"items": [{"field_id": "x", "image": {"frames": ["1"]}}]}]},
        {"groups": [{"items": [{"field_id": "x", "image": {"frame": 1}}]}]},
        {"groups": [{"items": [{"field_id": "x", "absent": "ABSENT_REASON_OTHER"}]}]},
        {"overrides": [{"rule": "x"}]},
        {"groups": "x"},
    ],
    ids=json.dumps,
)
def test_what_is_no_draft_is_damage(document: dict[str, Any], wrong: dict[str, Any]) -> None:
    members = dict(document)
    members["draft"] = {**members["draft"], **wrong}
    with pytest.raises(DamagedError):
        read_document(json.dumps(members).encode())

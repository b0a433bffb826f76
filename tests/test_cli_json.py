"""What commands print with --json: messages of the contract under its own names, the same for every command."""

import json
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import json_format
from google.protobuf.message import Message

from emh_report import demo, pipeline
from emh_report.cli.exits import Exit
from emh_report.context import ReportStatus
from emh_report.export import Format
from emh_report.v1 import report_pb2, template_pb2, vocabulary_pb2
from emh_report.v1 import service_pb2 as pb
from emh_report.wire import write_request
from emh_report.wire.catalog import write_template
from emh_report.wire.draft_file import write_draft_file
from emh_report.wire.json_form import json_form
from emh_report.wire.results import write_exported, write_rendered
from emh_report.wire.verdict import write_issue, write_verdict
from tests.case_files import CASES, catalog
from tests.cli_program import CASE, data, run
from tests.paper import formats
from tests.service import in_state

BUNDLE = str(CASES / demo.CASE.lower() / "expected" / "fhir-r4-transaction.json")
"""The bundle of the demo case, as tests/cases has it."""


def message(found: dict[str, Any], kind: type[Message]) -> Message:
    """Return printed JSON as a message, which must take it as it is, under the names of the contract."""
    read = json_format.ParseDict(found, kind())
    assert json_form(read) == found
    assert list(found) == [field.name for field in kind.DESCRIPTOR.fields if field.name in found]
    return read


COMMANDS: list[tuple[tuple[str, ...], type[Message]]] = [
    (("templates",), template_pb2.TemplateSummary),
    (("templates", "emh-mri-spine"), template_pb2.Template),
    (("vocabulary",), vocabulary_pb2.VocabularySummary),
    (("vocabulary", "site"), vocabulary_pb2.Vocabulary),
    (("vocabulary", "--search", "cord"), vocabulary_pb2.TermMatch),
    (("validate", CASE), report_pb2.Verdict),
    (("render", CASE), pb.RenderReportResponse),
    (("export", CASE, "--as", "fhir-r4-transaction"), pb.ExportReportResponse),
    (("import", BUNDLE), pb.ImportReportResponse),
]


@pytest.mark.parametrize(("arguments", "kind"), COMMANDS, ids=[" ".join(Path(a).name for a in c) for c, _ in COMMANDS])
def test_every_command_prints_messages_of_the_contract(arguments: tuple[str, ...], kind: type[Message]) -> None:
    found = data(*arguments, code=Exit.REPORT_HAS_ERRORS if "validate" in arguments else Exit.OK)
    printed = found if isinstance(found, list) else [found]
    assert printed
    for one in printed:
        message(one, kind)


def test_templates() -> None:
    template = catalog().plan("emh-minimal").template
    assert message(data("templates", "emh-minimal"), template_pb2.Template) == write_template(template)


def test_validate_and_render() -> None:
    narrative, section, verdict = pipeline.render(catalog(), *demo.read_case())
    found = data("validate", CASE, code=Exit.REPORT_HAS_ERRORS)
    assert message(found, report_pb2.Verdict) == write_verdict(verdict)
    assert found["critical_findings"][0]["urgency"]
    for html in (False, True):
        found = data("render", CASE, "--format", "html" if html else "text")
        expected = write_rendered(narrative, section, verdict, html=html)
        assert message(found, pb.RenderReportResponse) == expected


@pytest.mark.parametrize("format_", formats())
def test_export(format_: Format, tmp_path: Path) -> None:
    expected = write_exported(*pipeline.export_report(catalog(), *demo.read_case(), format_))
    found = data("export", CASE, "--as", format_.value)
    assert message(found, pb.ExportReportResponse) == expected
    to_file = data("export", CASE, "--as", format_.value, "-o", str(tmp_path / "out"))
    assert to_file == {name: value for name, value in found.items() if name != "content"}


def error(*arguments: str, stdin: bytes | None = None) -> Any:  # noqa: ANN401 - JSON
    result = run(*arguments, "--json", stdin=stdin)
    assert result.stdout == ""
    return json.loads(result.stderr)["error"]


def test_errors() -> None:
    draft = write_draft_file(write_request(*in_state(ReportStatus.FINAL))).encode()
    expected = pipeline.validate(catalog(), *in_state(ReportStatus.FINAL)).issues
    for arguments in (("export", "-", "--as", "text"), ("render", "-")):
        found = error(*arguments, stdin=draft)
        assert found["kind"] == "InvalidReportError"
        assert [message(issue, report_pb2.Issue) for issue in found["issues"]] == [write_issue(i) for i in expected]
    assert error("validate", "-", stdin=b'{"draft": {"mode": 7}}')["violations"][0]["path"] == "draft.mode"
    assert error("templates", "emh-ct-bdy")["kind"] == "NotFoundError"

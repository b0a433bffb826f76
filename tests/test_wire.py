"""Wire messages and the domain: what goes over comes back, and every table is complete."""

from collections.abc import Mapping
from enum import StrEnum

import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from hypothesis import given

from emh_report import draft as d
from emh_report import limits
from emh_report.conditions import Condition
from emh_report.context import (
    Context,
    Focus,
    ReportStatus,
    Sex,
)
from emh_report.errors import InputError
from emh_report.issues import Issue, Severity, Where
from emh_report.pipeline import Verdict, validate
from emh_report.report import CriticalFinding
from emh_report.template import Kind
from emh_report.v1 import (
    context_pb2,
    delivery_service_pb2,
    draft_pb2,
    prior_pb2,
    report_pb2,
    stored_report_pb2,
    template_pb2,
)
from emh_report.v1 import service_pb2 as pb
from emh_report.wire import context as wire_context
from emh_report.wire import draft as wire_draft
from emh_report.wire import guard, read_request, write_request
from emh_report.wire.catalog import BEHAVIORS, KINDS, write_template, write_term, write_vocabulary
from emh_report.wire.verdict import SEVERITIES, read_verdict, write_verdict
from tests.case_files import catalog
from tests.drawing import draws
from tests.service import in_state
from tests.wire_values import CONTEXTS, DRAFTS


@draws(50)
@given(DRAFTS, CONTEXTS)
def test_draft_and_context_survive_the_wire(draft: d.Draft, context: Context) -> None:
    raw = write_request(draft, context).SerializeToString()
    assert read_request(guard.parse(pb.ValidateReportRequest, raw)) == (draft, context)


def test_verdict_survives_the_wire() -> None:
    verdict = validate(catalog(), *in_state(ReportStatus.FINAL))
    assert verdict.issues
    assert read_verdict(write_verdict(verdict)) == verdict
    where = Where("draft.groups[0]", "finding", "a", "site")
    full = Issue("C1", Severity.WARNING, where, "m", ("x", "y"), True, "because", ("R1",), True)  # noqa: FBT003
    every = Verdict((full,), (CriticalFinding("A1", "cat-1", "l", "a"),), True, True, True, 9, 8)  # noqa: FBT003
    assert read_verdict(report_pb2.Verdict.FromString(write_verdict(every).SerializeToString())) == every


def test_a_context_that_was_not_sent_is_empty() -> None:
    assert read_request(pb.ValidateReportRequest(draft=draft_pb2.Draft()))[1] == Context()


def test_what_a_message_cannot_carry_is_an_input_error() -> None:
    draft, context = in_state(ReportStatus.FINAL)
    for value in (d.Integer(2**31), d.Text("\ud800")):
        with pytest.raises(InputError):
            write_request(draft._replace(groups=(d.Group("g", "u", (d.Item("f", value),)),)), context)


@pytest.mark.parametrize(
    ("table", "numbers", "members"),
    [
        (wire_draft.MODES, draft_pb2.ReportMode.values(), d.ReportMode),
        (wire_draft.ABSENT, draft_pb2.AbsentReason.values(), d.Absent),
        (wire_context.SEXES, context_pb2.AdministrativeSex.values(), Sex),
        (wire_context.FOCUSES, context_pb2.Focus.values(), Focus),
        (wire_context.STATUSES, context_pb2.ReportStatus.values(), ReportStatus),
    ],
    ids=["mode", "absent", "sex", "focus", "status"],
)
def test_enums_of_requests_are_complete(
    table: Mapping[int, StrEnum | None], numbers: list[int], members: type[StrEnum]
) -> None:
    assert set(table) == set(numbers)
    assert set(table.values()) - {None} == set(members)


def test_enums_of_responses_are_complete() -> None:
    assert set(KINDS) == set(Kind)
    assert set(KINDS.values()) == set(template_pb2.FieldKind.values()) - {0}
    assert set(SEVERITIES) == set(Severity)
    assert set(SEVERITIES.values()) == set(report_pb2.Severity.values()) - {0}
    assert set(BEHAVIORS.values()) == set(template_pb2.ConditionBehavior.values()) - {0}


def descriptors(kind: Descriptor) -> dict[str, Descriptor]:
    """Return a message and all messages in it, by name."""
    found = {kind.name: kind}
    for field in kind.fields:
        if field.message_type is not None and field.message_type.name not in found:
            found |= descriptors(field.message_type)
    return found


def request_fields() -> dict[str, FieldDescriptor]:
    modules = (pb, stored_report_pb2, delivery_service_pb2, prior_pb2)
    files = [module.DESCRIPTOR for module in modules]
    named = [pair for file in files for pair in file.message_types_by_name.items()]
    kinds = [kind for name, kind in named if name.endswith("Request")]
    return {
        f"{name}.{field.name}": field
        for kind in kinds
        for name, part in descriptors(kind).items()
        for field in part.fields
    }


def test_every_repeated_field_of_a_request_has_a_limit() -> None:
    assert {name for name, field in request_fields().items() if field.is_repeated} == set(limits.PARTS)


def test_text_limits_are_of_text_fields_that_exist() -> None:
    texts = {name for name, field in request_fields().items() if field.type == FieldDescriptor.TYPE_STRING}
    assert set(limits.TEXTS) <= texts
    assert all(limit > limits.ID for limit in limits.TEXTS.values())


def test_requests_hold_text_and_no_bytes_or_doubles() -> None:
    allowed = {
        FieldDescriptor.TYPE_STRING,
        FieldDescriptor.TYPE_BOOL,
        FieldDescriptor.TYPE_INT32,
        FieldDescriptor.TYPE_INT64,  # numbers of changes
        FieldDescriptor.TYPE_ENUM,
        FieldDescriptor.TYPE_MESSAGE,
    }
    assert {field.type for field in request_fields().values()} <= allowed


def flat(condition: Condition | None) -> int:
    return len(condition.parts) if condition else 0


@pytest.mark.parametrize("template_id", [template.id for template in catalog().templates])
def test_templates_go_out_whole(template_id: str) -> None:
    template = catalog().plan(template_id).template
    message = write_template(template)
    sent = {group.id: group for section in message.sections for group in section.groups}
    assert [section.id for section in message.sections] == [section.code for section in template.sections]
    assert set(sent) == set(template.groups)
    for group in template.groups.values():
        for field, out in zip(group.fields.values(), sent[group.id].fields, strict=True):
            assert (out.id, out.role, out.required) == (field.id, field.role.value, field.required)
            assert len(out.when.clauses) == flat(field.when)
            assert len(out.required_when.clauses) == flat(field.required_when)
            assert list(out.units) == list(field.units or ())


def test_vocabularies_go_out_with_codes_that_may_leave_the_house_only() -> None:
    for vocabulary in catalog().vocabularies.values():
        message = write_vocabulary(vocabulary)
        assert [term.code for term in message.terms] == list(vocabulary.terms)
        for term in vocabulary.terms.values():
            sent = {(coding.system, coding.code) for coding in write_term(term).codings}
            assert sent == {(code.system, code.code) for code in term.concept.codes}

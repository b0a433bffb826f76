"""Any draft at the gRPC door, made of groups, fields and codes that exist and values that need not fit."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from emh_report.context import Context, Identifier
from emh_report.draft import Coded, Draft, Group, Item, Value
from emh_report.grpc_server.methods import FORMATS
from emh_report.template import Field
from emh_report.v1 import service_pb2 as pb
from emh_report.wire import write_request
from tests.case_files import catalog
from tests.drawing import draws
from tests.paper import possible
from tests.test_bad_input import CLEAR, EXPORT, RENDER, VALIDATE, answer
from tests.wire_values import CONTEXTS, DRAFTS, VALUES


@st.composite
def plausible(draw: st.DrawFn) -> tuple[Draft, Context]:
    """A draft with groups, fields and codes of a template, and values of any kind."""
    plan = catalog().plan(draw(st.sampled_from(sorted(catalog().newest))))
    groups = []
    for number, group_id in enumerate(draw(st.lists(st.sampled_from(sorted(plan.groups)), max_size=5))):
        fields = plan.groups[group_id].definition.fields
        items = [
            Item(field_id, draw(VALUES | terms_of(fields[field_id])))
            for field_id in draw(st.lists(st.sampled_from(sorted(fields)), max_size=6))
        ]
        groups.append(Group(group_id, f"u{number}", tuple(items)))
    draft = draw(DRAFTS)._replace(template_id=plan.template.id, template_version="", groups=tuple(groups))
    context = draw(CONTEXTS)
    identifier = Identifier("https://a.test", "1")
    report = replace(context.report, identifier=identifier, version=1, issued="2024-01-15T10:00:00Z")
    patient = replace(context.patient, identifiers=(identifier,), birth_date="1990")
    return draft, replace(context, report=report, patient=patient, studies=())


def terms_of(field: Field) -> st.SearchStrategy[Value]:
    codes = sorted(field.vocabulary.terms) if field.vocabulary else ["none"]
    return st.builds(Coded, st.sampled_from(codes))


@draws(60)
@given(plausible())
def test_any_draft_gets_a_clear_answer(report: tuple[Draft, Context]) -> None:
    both = write_request(*report)
    assert answer(VALIDATE, both.SerializeToString()) in CLEAR
    assert answer(RENDER, pb.RenderReportRequest(draft=both.draft, context=both.context).SerializeToString()) in CLEAR
    for number in [number for number, one in FORMATS.items() if one in possible()]:
        request = pb.ExportReportRequest(draft=both.draft, context=both.context, format=number)  # type: ignore[arg-type]
        assert answer(EXPORT, request.SerializeToString()) in CLEAR

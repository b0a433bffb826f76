"""What cannot be taken off the wire is refused, with its path, wherever it is."""

from collections.abc import Callable
from typing import Any

import pytest
from google.protobuf.message import Message
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.steps import steps
from emh_report import draft as d
from emh_report import limits, pipeline
from emh_report.context import (
    Context,
)
from emh_report.errors import InputError, LimitError
from emh_report.v1 import context_pb2, draft_pb2
from emh_report.v1 import service_pb2 as pb
from emh_report.wire import guard, read_request, twice, write_request
from tests.case_files import catalog
from tests.drawing import draws
from tests.service import demo_request
from tests.wire_values import CONTEXTS, DRAFTS

REQUESTS = [pb.ValidateReportRequest, pb.RenderReportRequest, pb.ExportReportRequest, pb.StreamExportReportRequest]


def messages(message: Message, path: str = "") -> list[tuple[str, Message]]:
    """Return a message and all messages in it, with their paths."""
    found = [(path, message)]
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        place = f"{path}.{field.name}" if path else field.name
        parts = enumerate(value) if field.is_repeated else [(None, value)]
        for position, part in parts:
            found += messages(part, place if position is None else f"{place}[{position}]")
    return found


UNKNOWN = b"\xa2\x06\x03abc"  # field 100, three bytes


@pytest.mark.parametrize("path", [path for path, _ in messages(demo_request())])
def test_unknown_fields_are_refused_at_any_depth(path: str) -> None:
    request = demo_request()
    dict(messages(request))[path].MergeFromString(UNKNOWN)
    with pytest.raises(InputError) as caught:
        guard.parse(pb.ValidateReportRequest, request.SerializeToString())
    assert [place for place, _ in caught.value.violations] == [path]


def test_unknown_group_fields_are_refused_too() -> None:
    with pytest.raises(InputError):
        guard.parse(pb.ValidateReportRequest, demo_request().SerializeToString() + b"\xa3\x06\xa4\x06")


@pytest.mark.parametrize("raw", [b"\x0a", b"\x0a\xff\xff", b"\xff" * 9, b"\x0a\x03\x0a\x01\xff", b"\xa3\x06" * 200])
def test_malformed_messages_are_input_errors(raw: bytes) -> None:
    with pytest.raises(InputError):
        guard.parse(pb.ValidateReportRequest, raw)


UNSAFE = ["\x00", "\x07", "\x1b[31m", "\x85", "\u202e", "\u2066", "\ufffe"]


def text_places() -> list[str]:
    """Return one path for every text field of a request."""
    request = rich_request()
    return list(
        {guard.field_name(field): path for path, field, one in guard.walk(request) if isinstance(one, str)}.values()
    )


def rich_request() -> pb.ValidateReportRequest:
    request = demo_request()
    draft, context = request.draft, request.context
    draft.template_hash = "0"
    draft.overrides.add(rule_id="C1", group_uid="a", reason="because")
    group = draft.groups.add(group_id="every-kind", uid="z")
    group.items.add(field_id="a").coded.MergeFrom(draft_pb2.Coded(code="c", display="d", text="t"))
    group.items.add(field_id="b").quantity.MergeFrom(draft_pb2.Quantity(value="1", unit="mm"))
    group.items.add(field_id="c", date="2024")
    group.items.add(field_id="d", date_time="2024")
    group.items.add(field_id="e", text="remark")
    group.items.add(field_id="f").levels.MergeFrom(draft_pb2.LevelRange(upper="T1", lower="T2", numbering="n"))
    group.items.add(field_id="g").measurement.MergeFrom(draft_pb2.Measurement(axes=["1", "2"], unit="mm"))
    image = draft_pb2.ImageReference(
        study_instance_uid="1.2", series_instance_uid="1.3", sop_class_uid="1.4", sop_instance_uid="1.5", frames=[1]
    )
    group.items.add(field_id="h").image.MergeFrom(image)
    context.patient.given.append("second")
    context.orders[0].reason = "reason"
    study = context.studies[0]
    study.description = "description"
    study.series.add(series_instance_uid="1.6", modality="MR", description="series")
    context.supervisor.family = "family"
    context.supervisor.given.append("given")
    context.supervisor.identifier.MergeFrom(context_pb2.Identifier(system="s", value="v"))
    return request


def texts_of(request: Message) -> list[tuple[str, str]]:
    return [(path, value) for path, _, value in guard.walk(request) if isinstance(value, str)]


def put(request: Message, path: str, text: str) -> None:
    """Replace the text at ``path``."""
    target: Any = request
    *parents, last = path.replace("]", "").replace("[", ".").split(".")
    for name in parents:
        target = target[int(name)] if name.isdigit() else getattr(target, name)
    if last.isdigit():
        target[int(last)] = text
    else:
        setattr(target, last, text)


def test_a_second_value_is_refused_with_its_path() -> None:
    quantity = draft_pb2.Item(field_id="hu-mean", quantity=draft_pb2.Quantity(value="40"))
    absent = draft_pb2.Item(absent=draft_pb2.ABSENT_REASON_UNKNOWN)
    item = quantity.SerializeToString() + absent.SerializeToString()
    name = b"\x0a\x01a"
    group = name + name + b"\x1a" + bytes([len(item)]) + item
    draft = pb.ValidateReportRequest.DESCRIPTOR.fields_by_name["draft"].number
    body = _field(draft_pb2.Draft.DESCRIPTOR.fields_by_name["groups"].number, group)
    raw = _field(draft, body)
    with pytest.raises(InputError) as caught:
        guard.parse(pb.ValidateReportRequest, raw)
    assert dict(caught.value.violations) == {
        "draft.groups[0].group_id": twice.TWICE,
        "draft.groups[0].items[0].absent": twice.BESIDE,
    }


def _field(number: int, content: bytes) -> bytes:
    return bytes([number << 3 | 2, len(content)]) + content


def test_defaults_that_are_sent_are_fine() -> None:
    assert guard.parse(draft_pb2.Group, _field(1, b"finding") + _field(2, b"")).group_id == "finding"


@draws(100)
@given(DRAFTS)
def test_what_is_sent_once_is_never_twice(draft: d.Draft) -> None:
    request = write_request(draft, Context())
    assert list(twice.twice(request.DESCRIPTOR, request.SerializeToString())) == []


@pytest.mark.parametrize("path", text_places())
def test_text_that_hides_something_is_refused_wherever_it_is(path: str) -> None:
    for unsafe in UNSAFE:
        request = rich_request()
        put(request, path, f"a{unsafe}b")
        with pytest.raises(InputError) as caught:
            read_request(request)
        assert caught.value.violations == ((path, guard.UNSAFE_TEXT),)


@pytest.mark.parametrize("path", text_places())
def test_text_that_is_too_long_is_refused_wherever_it_is(path: str) -> None:
    request = rich_request()
    fields = {place: guard.field_name(field) for place, field, _ in guard.walk(request)}
    limit = limits.TEXTS.get(fields[path], limits.ID)
    put(request, path, "ä" * limit)
    read_request(request)
    put(request, path, "ä" * (limit + 1))
    with pytest.raises(LimitError) as caught:
        read_request(request)
    assert [place for place, _ in caught.value.violations] == [path]


def repeated_places() -> list[str]:
    return sorted({path.rpartition("[")[0] for path, _, _ in guard.walk(rich_request()) if path[-1] == "]"})


@pytest.mark.parametrize("path", repeated_places())
def test_too_many_parts_are_refused_wherever_they_are(path: str) -> None:
    request: Any = rich_request()
    target = request
    for name in path.replace("]", "").replace("[", ".").split("."):
        target = target[int(name)] if name.isdigit() else getattr(target, name)
    sample = target[-1]
    target.extend([sample] * 2_001)
    with pytest.raises(LimitError) as caught:
        read_request(request)
    assert path in [place for place, _ in caught.value.violations]


def test_every_repeated_field_is_tried() -> None:
    tried = {guard.field_name(field) for path, field, _ in guard.walk(rich_request()) if path[-1] == "]"}
    elsewhere = {  # of other requests: tests/test_store_grpc.py, test_priors_grpc.py, test_delivery_doors.py
        "ListReportsRequest.statuses",
        "CompareReportsRequest.prior_report_ids",
        "CompareReportsRequest.pairs",
        "ListDeliveriesRequest.states",
    }
    assert tried | elsewhere == set(limits.PARTS)


def test_too_many_items_in_all_are_refused() -> None:
    request = demo_request()
    for number in range(101):
        request.draft.groups.add(group_id="finding", uid=f"u{number}", items=[draft_pb2.Item(field_id="a")] * 100)
    with pytest.raises(LimitError, match=r"draft\.groups: \d+ items in all"):
        read_request(request)


@pytest.mark.parametrize(
    ("path", "number"),
    [
        ("draft.mode", 99),
        ("context.focus", 9),
        ("context.patient.sex", -1),
        ("context.report.status", 77),
        ("draft.groups[0].items[0].absent", 8),
    ],
)
def test_numbers_that_are_not_of_their_enum_are_refused(path: str, number: int) -> None:
    request = demo_request()
    put(request, path, number)  # type: ignore[arg-type]
    with pytest.raises(InputError) as caught:
        read_request(request)
    assert [place for place, _ in caught.value.violations] == [path]


@draws(50)
@given(DRAFTS, CONTEXTS, st.text(max_size=4), st.data())
def test_the_fast_way_refuses_what_the_slow_way_refuses(
    draft: d.Draft, context: Context, text: str, data: st.DataObject
) -> None:
    request = write_request(draft, context)
    places = [path for path, _ in texts_of(request)]
    if places and not any("\ud800" <= letter <= "\udfff" for letter in text):
        put(request, data.draw(st.sampled_from(places)), text)

    def outcome(check: Callable[[pb.ValidateReportRequest], object]) -> object:
        try:
            check(request)
        except InputError as error:
            return error.violations
        return None

    assert outcome(read_request) == outcome(guard.check)


def test_a_missing_draft_is_refused() -> None:
    for kind in REQUESTS:
        with pytest.raises(InputError, match="draft: a draft is needed"):
            read_request(kind())


def test_conversion_takes_less_than_what_it_is_for() -> None:
    """A form validates with every keystroke. Steps are counted: a busy machine counts the same."""
    request = demo_request()
    raw = request.SerializeToString()
    read = read_request(request)

    def conversion() -> object:
        return read_request(guard.parse(pb.ValidateReportRequest, raw))

    def validation() -> object:
        return pipeline.validate(catalog(), *read)

    assert conversion() == read
    assert 0 < steps(conversion) < steps(validation) / 2

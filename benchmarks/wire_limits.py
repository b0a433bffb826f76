"""Limits of wire messages: protovalidate against a small table (docs/adr/0002).

    .venv/bin/python -m pip install protovalidate
    .venv/bin/python -m benchmarks.wire_limits

The same limits are written twice: as a table walked over the message, and as buf.validate options added to the
descriptor of Draft. The schema of the options comes out of protovalidate's own wheel; nothing is copied.
"""

import importlib
import time
from collections.abc import Callable, Iterator, Mapping

import click
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import Message

from emh_report.v1 import draft_pb2

# message → field → longest text, or most elements of a repeated field
LIMITS: Mapping[str, Mapping[str, int]] = {
    "Draft": {"template_id": 64, "groups": 500},
    "Group": {"group_id": 64, "uid": 64, "items": 200},
    "Item": {"field_id": 64, "text": 4000},
    "Coded": {"code": 64, "text": 4000},
    "Quantity": {"value": 32, "unit": 32},
}
RULES_FIELD = 1159  # buf.validate.field
MAX_LEN = (14, 3)  # FieldRules.string, StringRules.max_len
MAX_ITEMS = (18, 2)  # FieldRules.repeated, RepeatedRules.max_items


def violations(message: Message, path: str = "") -> Iterator[str]:
    """Yield the path of every field of `message` that is longer than the table allows."""
    limits = LIMITS.get(message.DESCRIPTOR.name, {})
    for field, value in message.ListFields():
        here = f"{path}.{field.name}" if path else field.name
        if field.name in limits and len(value) > limits[field.name]:
            yield here
        if field.message_type is None:
            continue
        for index, element in enumerate(value if field.is_repeated else [value]):
            yield from violations(element, f"{here}[{index}]" if field.is_repeated else here)


def _varint(number: int) -> bytes:
    low = bytes([number & 127 | (128 if number > 127 else 0)])  # noqa: PLR2004 - seven bits a byte
    return low + (_varint(number >> 7) if number >> 7 else b"")


def _tagged(number: int, payload: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(payload)) + payload


def annotated_draft() -> type[Message]:
    """Return Draft with LIMITS as buf.validate options, from a descriptor pool of its own."""
    schema = importlib.import_module("protovalidate._gen.buf.validate.validate_pb").desc().proto.to_binary()
    pool = descriptor_pool.DescriptorPool()
    for name in ("descriptor", "duration", "field_mask", "timestamp"):
        pool.AddSerializedFile(importlib.import_module(f"google.protobuf.{name}_pb2").DESCRIPTOR.serialized_pb)
    pool.AddSerializedFile(schema)
    file = descriptor_pb2.FileDescriptorProto.FromString(draft_pb2.DESCRIPTOR.serialized_pb)
    file.dependency.append("buf/validate/validate.proto")
    for message in file.message_type:
        for field in message.field:
            limit = LIMITS.get(message.name, {}).get(field.name)
            if limit is not None:
                rules, rule = MAX_ITEMS if field.label == field.LABEL_REPEATED else MAX_LEN
                option = _tagged(RULES_FIELD, _tagged(rules, _varint(rule << 3) + _varint(limit)))
                field.options.MergeFromString(option)
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("emh_report.v1.Draft"))


def example() -> draft_pb2.Draft:
    """Return a draft of 6 groups with 10 answers each, within the limits but for one text."""
    draft = draft_pb2.Draft(template_id="emh-ct-body")
    for index in range(6):
        group = draft.groups.add(group_id="finding", uid=str(index))
        for field in range(10):
            group.items.add(field_id=f"field-{field}", coded=draft_pb2.Coded(code="present"))
    draft.groups[2].items[3].text = "x" * 4001
    return draft


def microseconds(check: Callable[[], object], rounds: int) -> float:
    """Return the time of one call."""
    start = time.perf_counter()
    for _ in range(rounds):
        check()
    return (time.perf_counter() - start) / rounds * 1e6


@click.command()
@click.option("--rounds", default=2_000, show_default=True)
def main(rounds: int) -> None:
    """Print what both find in the example, and the time they take."""
    draft = example()
    print("table:        ", list(violations(draft)), f"{microseconds(lambda: list(violations(draft)), rounds):.0f} us")
    start = time.perf_counter()
    collect = importlib.import_module("protovalidate").collect_violations
    loading = (time.perf_counter() - start) * 1e3
    annotated = annotated_draft().FromString(draft.SerializeToString())
    found = [violation.proto.rule_id for violation in collect(annotated)]
    spent = microseconds(lambda: collect(annotated), rounds)
    print("protovalidate:", found, f"{spent:.0f} us; import {loading:.0f} ms")


if __name__ == "__main__":
    main()

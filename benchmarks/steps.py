"""What a request costs in steps: bytecode instructions that the interpreter executes, and calls of functions in C.

    .venv/bin/python -m benchmarks.steps            print
    .venv/bin/python -m benchmarks.steps --write    record as landed in benchmarks/landed.json

Steps are counted, not timed, so a busy machine counts the same as an idle one, and tests/test_steps.py can fail on a
loss. They say nothing about what a function in C does inside (orjson, hashlib, re): `make bench` times that. A call in
C counts as eight instructions, about what it takes longer. Interpreters differ in their instructions: figures are kept
for each minor version of Python.
"""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType
from typing import Any

import click

from benchmarks.validation import CONTEXT, example
from emh_report import pipeline
from emh_report.catalog import Catalog, load_catalog
from emh_report.export import fhir, narrative

LANDED = Path(__file__).with_name("landed.json")
VERSION = ".".join(map(str, sys.version_info[:2]))
C_CALL = 8


def steps(call: Callable[[], object]) -> int:
    """Return the steps of a call. What is remembered of the first one is not counted."""
    call()
    call()
    executed = called = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:  # noqa: ANN401 - as sys.settrace has it
        nonlocal executed
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        executed += event == "opcode"
        return trace

    def profile(_frame: FrameType, event: str, _: Any) -> None:  # noqa: ANN401 - as sys.setprofile has it
        nonlocal called
        called += event == "c_call"

    before = sys.gettrace(), sys.getprofile()
    sys.setprofile(profile)
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before[0])
        sys.setprofile(before[1])
    return executed + C_CALL * called


def work(catalog: Catalog, lesions: int = 3) -> Mapping[str, Callable[[], object]]:
    """Return what is counted, by name, on a CT report of so many lesions."""
    draft = example(lesions)
    report = pipeline.release(catalog, draft, CONTEXT).report
    return {
        "validate": lambda: pipeline.validate(catalog, draft, CONTEXT),
        "release": lambda: pipeline.release(catalog, draft, CONTEXT),
        "transaction": lambda: fhir.transaction_json(report),
        "narrative": lambda: narrative.narrate(report),
    }


def landed() -> Mapping[str, int]:
    """Return the figures that were recorded last for this version of Python; empty where there are none."""
    known: Mapping[str, Mapping[str, int]] = json.loads(LANDED.read_text(encoding="utf-8"))
    return known.get(VERSION, {})


@click.command()
@click.option("--write", is_flag=True, help="Record the figures as landed.")
def main(*, write: bool) -> None:
    """Print the steps of every kind of work beside the landed ones."""
    found, before = {name: steps(call) for name, call in work(load_catalog()).items()}, landed()
    for name, count in found.items():
        print(f"{name:14}{count:9}{count / before.get(name, count):8.2f} x landed")
    if write:
        known = json.loads(LANDED.read_text(encoding="utf-8"))
        LANDED.write_text(json.dumps({**known, VERSION: found}, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

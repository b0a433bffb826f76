"""Speed of validating one report, in figures that can be compared across machines.

    .venv/bin/python -m benchmarks.validation

The draft is a typical CT report of three lesions. Every round times every step once, one after the other, so that
what else the machine does concerns all of them alike. The median of a step is also given as a multiple of two
calibrations: adding up a range of 1000 numbers, and reading the same draft with ``json.loads``.
"""

import json
import statistics
import time
from collections.abc import Callable, Mapping

import click
from google.protobuf.json_format import MessageToJson

from emh_report import pipeline
from emh_report.catalog import Catalog, load_catalog
from emh_report.context import (
    Context,
    Identifier,
    Order,
    Organization,
    Patient,
    Practitioner,
    ReportIdentity,
    ReportStatus,
    Sex,
    Study,
)
from emh_report.draft import Boolean, Coded, DateTime, Draft, Group, Item, Levels, Measurement, Quantity, Text, Value
from emh_report.wire.request import draft_from_proto, write_request

LESION: Mapping[str, Value] = {
    "presence": Coded("present"),
    "site": Coded("paraspinal-thoracic"),
    "laterality": Coded("bilateral"),
    "levels": Levels("T5", "T9", "not-stated"),
    "pattern": Coded("multifocal-masses"),
    "number": Coded("2-5"),
    "distribution": Coded("bilateral-symmetric"),
    "size": Measurement(("84", "73", "69"), "mm"),
    "margins": Coded("lobulated"),
    "ct-attenuation": Coded("mixed"),
    "hu-mean": Quantity("35", "[hnsf'U]"),
    "fat": Coded("macroscopic"),
    "calcification": Coded("absent"),
    "enhancement-degree": Coded("mild"),
    "activity": Coded("mixed"),
    "emh-certainty": Coded("likely"),
    "diagnosis-basis": Coded("imaging-only"),
}
SURROUNDINGS: Mapping[str, Mapping[str, Value]] = {
    "procedure": {
        "modality": Coded("CT"),
        "body-region": Coded("chest"),
        "exam-date": DateTime("2024-01-15"),
        "contrast": Coded("iv-iodinated"),
    },
    "clinical": {"indication": Text("Back pain"), "splenectomy": Boolean(value=False)},
    "cause": {"cause": Coded("primary-myelofibrosis"), "cause-status": Coded("established")},
    "organ": {"organ": Coded("spleen"), "spleen-state": Coded("enlarged"), "spleen-length": Quantity("182", "mm")},
    "impression": {"impression": Text("Extramedullary hematopoiesis along the thoracic spine.")},
}
CONTEXT = Context(
    report=ReportIdentity(Identifier("urn:example:report", "R1"), 1, ReportStatus.PRELIMINARY, "2024-01-15T10:00:00Z"),
    patient=Patient((Identifier("urn:example:pid", "1"),), "Example", ("Eve",), "1980-01-01", Sex.FEMALE),
    orders=(Order(Identifier("urn:example:accession", "A1")),),
    studies=(Study("2.25.1", ("CT",), "2024-01-15T08:00:00Z"),),
    author=Practitioner(Identifier("urn:example:staff", "S1"), "Reader"),
    organization=Organization(Identifier("urn:example:org", "O1"), "Radiology"),
    test_data=True,
)


def example(lesions: int = 3) -> Draft:
    """Return the draft that is measured."""
    groups = [*SURROUNDINGS.items(), *(("finding", LESION) for _ in range(lesions))]
    return Draft(
        "emh-ct-body",
        "",
        tuple(
            Group(group_id, f"g{number}", tuple(Item(field_id, value) for field_id, value in answers.items()))
            for number, (group_id, answers) in enumerate(groups)
        ),
    )


def steps(catalog: Catalog, draft: Draft) -> Mapping[str, Callable[[], object]]:
    """Return what is timed, the two calibrations first."""
    message = write_request(draft, CONTEXT).draft
    text = MessageToJson(message)
    return {
        "sum of a range": lambda: sum(range(1000)),
        "json.loads": lambda: json.loads(text),
        "validate": lambda: pipeline.validate(catalog, draft, CONTEXT),
        "release": lambda: pipeline.release(catalog, draft, CONTEXT),
        "read from protobuf": lambda: draft_from_proto(message),
    }


def medians(timed: Mapping[str, Callable[[], object]], rounds: int) -> Mapping[str, float]:
    """Return the median time of every step in seconds."""
    times: dict[str, list[float]] = {name: [] for name in timed}
    for _ in range(rounds):
        for name, step in timed.items():
            started = time.perf_counter()
            step()
            times[name].append(time.perf_counter() - started)
    return {name: statistics.median(found) for name, found in times.items()}


@click.command()
@click.option("--rounds", default=3000, show_default=True)
@click.option("--lesions", default=3, show_default=True)
def main(rounds: int, lesions: int) -> None:
    """Print the median of every step, per answer, per second, and as a multiple of the calibrations."""
    draft = example(lesions)
    answers = sum(len(group.items) for group in draft.groups)
    found = medians(steps(load_catalog(), draft), rounds)
    addition, parsing = found["sum of a range"], found["json.loads"]
    print(f"{answers} answers, {lesions} lesions, {rounds} rounds")
    print(f"{'':20}{'us':>8}{'per s':>9}{'us/answer':>11}{'x sum':>8}{'x json':>8}")
    for name, median in found.items():
        print(
            f"{name:20}{median * 1e6:8.1f}{1 / median:9.0f}{median * 1e6 / answers:11.2f}"
            f"{median / addition:8.1f}{median / parsing:8.2f}"
        )


if __name__ == "__main__":
    main()

"""Send a report twice to FHIR servers that others wrote, and print what each did. `make receivers`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Final, NamedTuple

from conformance import receivers
from conformance.exchange import CREATED, FOUND, Exchange, exchange, looked_up
from conformance.findings import Json
from conformance.generated import CLERK, SIGNATURE
from conformance.table import columns
from emh_report import pipeline
from emh_report.context import ReportStatus
from emh_report.export import Format
from tests.case_files import SYNTHETIC, catalog, read_report, synthetic_context

IMR: Final = "IMR"
SAMPLE = SYNTHETIC / "emh-minimal" / "draft-a.json"


class Way(NamedTuple):
    """What is sent: format, whether it brings the patient, and the state of the stored version."""

    format: Format
    create_patient: bool = False
    status: ReportStatus = ReportStatus.FINAL


WAYS: Final = {
    "patient known": Way(Format.FHIR_R4_TRANSACTION),
    "patient sent": Way(Format.FHIR_R4_TRANSACTION, create_patient=True),
    "not signed": Way(Format.FHIR_R4_TRANSACTION, status=ReportStatus.PRELIMINARY),
    IMR: Way(Format.FHIR_R4_IMR),
}
"""What a report refers to by search is there before."""


def bundle(way: Way) -> Json:
    """Return a stored report with a measurement of 4.20, whose last digit states how exact it is; IMR has none."""
    draft, context = read_report(SAMPLE, synthetic_context(SAMPLE))
    made, _ = pipeline.export_report(
        catalog(),
        draft,
        replace(context, report=replace(context.report, status=way.status)),
        way.format,
        create_patient=way.create_patient,
        signature=SIGNATURE if way.status is ReportStatus.FINAL else "",
        actor=CLERK,
    )
    found = json.loads(made.content, parse_float=Decimal)
    for measured in [entry["resource"] for entry in found["entry"] if "valueQuantity" in entry["resource"]][:1]:
        measured["valueQuantity"]["value"] = Decimal("4.20")
    return found


def _whole(sent: Json) -> Json:
    return sent


def _without_composition(sent: Json) -> Json:
    """Return a report as a server takes it that cannot find a Composition by identifier."""
    gone = next(entry for entry in sent["entry"] if entry["resource"]["resourceType"] == "Composition")
    kept = [entry for entry in sent["entry"] if entry is not gone]
    for resource in (entry["resource"] for entry in kept):  # no reference to it
        if resource["resourceType"] == "DiagnosticReport":
            del resource["extension"]
        if resource["resourceType"] == "Provenance":
            resource["target"] = [one for one in resource["target"] if one["reference"] != gone["fullUrl"]]
    return {**sent, "entry": kept}


WITHOUT: Final[Mapping[str, Callable[[Json], Json]]] = {"sekmet": _without_composition}
"""sekmet does not know the search parameter Composition?identifier of R4 and refuses the whole transaction for it."""


def exchanges(name: str) -> Iterator[tuple[str, Exchange]]:
    """Yield what a server did with a report about a patient it knows, one that brings the patient, and one of IMR."""
    for (how, way), receiver in zip(WAYS.items(), receivers.emptied(name, len(WAYS)), strict=True):
        sent = bundle(way)
        if how != IMR:
            sent = WITHOUT.get(name, _whole)(sent)
        for there in looked_up(sent).values():
            receiver.call("POST", f"/{there['resourceType']}", there)
        yield how, exchange(receiver, sent)


def row(how: str, one: Exchange) -> list[str]:
    """Return one line of the table."""
    first, second = one.statuses
    found = ", ".join(f"{name} {count}" for name, count in one.searches.items())
    return [
        one.receiver,
        how,
        str(first.get(CREATED, 0)),
        str(second.get(FOUND, 0)),
        str(second.get(CREATED, 0)),
        str(len(one.changed)),
        str(one.new_versions),
        found,
        str(len(one.different)),
        str(len(one.digits_lost)),
    ]


HEAD = ["receiver", "", "created", "found again", "created again", "moved", "new versions", "searches find"]


def main() -> int:
    """Print the table; fail where a server is missing or a report arrived differently."""
    absent = [words for name in receivers.SERVERS if (words := receivers.missing(name))]
    if absent:
        print("\n".join(absent), file=sys.stderr)
        return 2
    beside = {name: receivers.missing(name) for name in receivers.BESIDE}
    there = [*receivers.SERVERS, *(name for name, words in beside.items() if not words)]
    done = [item for name in there for item in exchanges(name)]
    print(columns([[*HEAD, "different", "digits lost"], *(row(how, one) for how, one in done)]))
    for words in filter(None, beside.values()):
        print(f"Not in the table: {words}")
    for how, one in done:
        for line in (*one.different[:5], *one.digits_lost[:5]):
            print(f"{one.receiver}, {how}: {line}")
    return int(any(one.different or one.changed for _, one in done))


if __name__ == "__main__":
    sys.exit(main())

"""The rows of the comparison: what is timed, what it checks, and what it loses."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from typing import NamedTuple

from benchmarks.peers import models
from benchmarks.peers.case import Case
from benchmarks.peers.echo import ECHO, Client, echoed
from benchmarks.peers.plain import Form
from benchmarks.peers.rounds import Batch, repeated
from emh_report import pipeline
from emh_report.catalog import Catalog
from emh_report.export import Format, export, fhir
from emh_report.v1 import service_pb2 as pb
from emh_report.wire import write_request

BASIS = "emh_report, FHIR"
"""The row that the others are compared with: answers → all issues → FHIR R4 transaction without presentedForm."""

ALL = "every answer, condition and rule"
NOTHING = "nothing"
SERVICE = "/emh_report.v1.ReportService"
ONE_BY_ONE = 600


class Row(NamedTuple):
    """One row."""

    name: str
    batch: Batch
    checks: str
    loses: str


def export_batch(catalog: Catalog, case: Case) -> Batch:
    """Return the row that the others are compared with."""
    draft, context = case.draft, case.context
    return repeated(lambda: fhir.transaction_json(pipeline.release(catalog, draft, context).report))


def library(catalog: Catalog, case: Case) -> list[Row]:
    """Return the rows of this process."""
    draft, context = case.draft, case.context
    bundle = fhir.transaction(pipeline.release(catalog, draft, context).report)
    form = Form(catalog, case)

    def narrated() -> object:
        return export(pipeline.release(catalog, draft, context).report, Format.FHIR_R4_TRANSACTION)

    return [
        Row("emh_report, validate", repeated(lambda: pipeline.validate(catalog, draft, context)), ALL, "no output"),
        Row(BASIS, export_batch(catalog, case), ALL, NOTHING),
        Row("emh_report, FHIR and narrative", repeated(narrated), ALL, NOTHING),
        Row(
            "plain Python, this form only",
            repeated(lambda: form.transaction(draft, context)),
            "answers only: code, display, type, unit, digits, range; no condition, no rule, nothing missing",
            "nothing: the same bytes; but one form with one set of questions answered",
        ),
        Row(
            "fhir.resources, constructors",
            repeated(lambda: models.constructed(bundle)),
            "datatypes and cardinalities of a bundle that is there already; no answer",
            "digits of decimals (4.20 becomes 4.2); R4B models",
        ),
        Row(
            "fhir.resources, model_validate",
            repeated(lambda: models.validated(bundle)),
            "datatypes and cardinalities of a bundle that is there already; no answer",
            "digits of decimals (4.20 becomes 4.2); R4B models",
        ),
    ]


def asked(case: Case) -> dict[str, bytes]:
    """Return the request of each method that is timed."""
    message = write_request(case.draft, case.context)
    export = pb.ExportReportRequest(draft=message.draft, context=message.context)
    export.format = pb.EXPORT_FORMAT_FHIR_R4_TRANSACTION
    return {"ValidateReport": message.SerializeToString(), "ExportReport": export.SerializeToString()}


def calls(pair: tuple[Client, Client], case: Case) -> list[Row]:
    """Return the rows over gRPC: 16 calls in flight, server and client on the same machine."""
    ours, echo = pair
    found = []
    for method, request in asked(case).items():
        path = f"{SERVICE}/{method}"
        mirror = echoed(request, ours.answer(path, request))
        checks = f"{ALL}, and the wire"
        loses = NOTHING if method == "ExportReport" else "no output"
        found.append(Row(f"emh_report, {method}", ours.saturated(path, request), checks, loses))
        found.append(Row(f"gRPC echo as {method}", echo.saturated(ECHO, mirror), NOTHING, "everything: bytes only"))
    return found


def slowest(pair: tuple[Client, Client], case: Case) -> Iterator[str]:
    """Yield the median and the 99th percentile of calls one after the other, ours and the echo in turn."""
    ours, echo = pair
    for method, request in asked(case).items():
        path = f"{SERVICE}/{method}"
        mirror = echoed(request, ours.answer(path, request))
        mine: list[float] = []
        theirs: list[float] = []
        for _ in range(5):
            mine += ours.one_by_one(path, request, ONE_BY_ONE)
            theirs += echo.one_by_one(ECHO, mirror, ONE_BY_ONE)
        cuts = [(statistics.median(some), statistics.quantiles(some, n=100)[-1]) for some in (mine, theirs)]
        words = "; ".join(
            f"{who} median {median * 1e3:.2f} ms, p99 {last * 1e3:.2f} ms"
            for who, (median, last) in zip(("emh_report", "echo"), cuts, strict=True)
        )
        yield f"one by one, {method}: {words}"

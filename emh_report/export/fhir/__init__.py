"""FHIR R4 (4.0.1) REST transaction of a report: docs/fhir.md says what is in it.

The dictionaries share subtrees with each other and with later bundles: treat them as read-only.
"""

from __future__ import annotations

from decimal import Decimal

import orjson

from emh_report.export.fhir.bundle import assemble, write
from emh_report.export.fhir.datatypes import Json
from emh_report.export.fhir.options import Options
from emh_report.export.fhir.resources import as_resource
from emh_report.export.fhir.withdrawal import withdrawn
from emh_report.report import Narrative, Report

__all__ = ["Options", "as_resource", "to_json", "transaction"]

DEFAULT = Options()


def transaction(
    report: Report, narrative: Narrative | None = None, options: Options = DEFAULT, previous: Report | None = None
) -> Json:
    """Return ``report`` as a FHIR R4 transaction; decimals are Decimal objects with the digits as entered.

    Without ``narrative`` there is no presentedForm and no text. With the ``previous`` version, resources that it
    sent and this one lacks are sent as entered in error. Raises InvalidReportError for a draft.
    """
    writer = write(report, narrative, options)
    if previous is not None:
        writer.entries += withdrawn(write(previous, None, options).entries, writer.entries)
    return assemble(writer)


def to_json(content: Json) -> bytes:
    """Return FHIR JSON. 4.20 stays 4.20: a binary number would drop the zero, which states the precision."""
    return orjson.dumps(content, default=_decimal)


def _decimal(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(format(value, "f"))
    raise TypeError(type(value).__name__)

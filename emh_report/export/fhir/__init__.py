"""FHIR bundles of a report, R4 (4.0.1) and R5 (5.0.0): docs/fhir.md says what is in them.

The dictionaries share subtrees with each other and with later bundles: treat them as read-only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from emh_report.export.fhir.bundle import assemble, bind, write
from emh_report.export.fhir.datatypes import Json
from emh_report.export.fhir.imr import imr
from emh_report.export.fhir.json_text import to_json
from emh_report.export.fhir.kinds import (
    KINDS,
    R4_DOCUMENT,
    R4_TRANSACTION,
    R5_DOCUMENT,
    R5_TRANSACTION,
    Kind,
)
from emh_report.export.fhir.options import Options
from emh_report.export.fhir.resources import as_resource
from emh_report.export.fhir.texts import TextWriter
from emh_report.export.fhir.versions import Version
from emh_report.export.fhir.withdrawal import withdrawn
from emh_report.export.fhir.writer import Writer
from emh_report.report import Narrative, Report

__all__ = [
    "KINDS",
    "Kind",
    "Options",
    "Version",
    "as_resource",
    "document",
    "imr",
    "make",
    "serialize",
    "to_json",
    "transaction",
    "transaction_json",
]

DEFAULT = Options()
R4: Final = Version.R4
TRANSACTIONS: Final[Mapping[Version, Kind]] = {Version.R4: R4_TRANSACTION, Version.R5: R5_TRANSACTION}
DOCUMENTS: Final[Mapping[Version, Kind]] = {Version.R4: R4_DOCUMENT, Version.R5: R5_DOCUMENT}


def transaction(
    report: Report,
    narrative: Narrative | None = None,
    options: Options = DEFAULT,
    previous: Report | Sequence[Report] | None = None,
    version: Version = R4,
) -> Json:
    """Return ``report`` as a transaction for a REST server; decimals are Decimal objects with the digits as entered.

    Without ``narrative`` there is no presentedForm and no text. With the ``previous`` version, or all of them from
    the newest to the first, resources that they sent and this one lacks are sent as entered in error. Raises
    InvalidReportError for a draft.
    """
    kind = TRANSACTIONS[version]
    writer = write(report, narrative, options, kind, Writer)
    plain = replace(options, signature="", actor=None, pdf=b"")  # all of them are of this version
    for before in (previous,) if isinstance(previous, Report) else previous or ():
        writer.entries += withdrawn(write(before, None, plain, kind, Writer), writer)
    return assemble(writer)


def document(report: Report, narrative: Narrative, version: Version = R4, options: Options = DEFAULT) -> Json:
    """Return ``report`` as a document of HL7 Europe Imaging Report, with everything that it refers to.

    Raises InvalidReportError for a draft, a companion report, a state without a Composition, and a context that
    lacks what a document cannot do without.
    """
    return bind(write(report, narrative, options, DOCUMENTS[version], Writer))


def make(report: Report, narrative: Narrative, kind: Kind, options: Options = DEFAULT) -> Json:
    """Return ``report`` as a bundle of any kind. Raises as the function of the kind does."""
    if kind.closed:
        return imr(report, narrative, options)
    if kind.document:
        return document(report, narrative, kind.version, options)
    return transaction(report, narrative, options, version=kind.version)


def transaction_json(
    report: Report, narrative: Narrative | None = None, options: Options = DEFAULT, version: Version = R4
) -> bytes:
    """Return the JSON of a transaction: what `to_json` makes of `transaction`, for less. Raises as that does."""
    return write(report, narrative, options, TRANSACTIONS[version], TextWriter).transaction()


def serialize(report: Report, narrative: Narrative, kind: Kind, options: Options = DEFAULT) -> bytes:
    """Return the JSON of a bundle of any kind: what `to_json` makes of `make`. Raises as that does."""
    if kind.document or kind.closed:
        return to_json(make(report, narrative, kind, options))
    return transaction_json(report, narrative, options, kind.version)

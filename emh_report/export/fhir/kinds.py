"""The kinds of bundles, and what sets one apart from another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from emh_report.export.fhir.urls import EUROPE_R4, EUROPE_R5, IMR, NO_GUIDE, Guide
from emh_report.export.fhir.versions import Version


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """One kind of bundle.

    ``document``: it carries everything that it refers to, the patient included, and asks nothing of a server.
    ``closed``: it carries report, orders and studies only, and refers to everything else by search.
    ``us_core``: its report also claims US Core DiagnosticReport Note where it meets that; the guide is one of R4. Not
    documents: US Core has to be told that nobody knows whether the organization is active, and an element without a
    value breaks the European comparison of organizations (dr-comp-author-org).
    """

    name: str
    version: Version
    guide: Guide = NO_GUIDE
    document: bool = False
    closed: bool = False
    us_core: bool = False


R4_TRANSACTION: Final = Kind("R4 transaction", Version.R4, us_core=True)
R5_TRANSACTION: Final = Kind("R5 transaction", Version.R5)
R4_DOCUMENT: Final = Kind("R4 document", Version.R4, EUROPE_R4, document=True)
R5_DOCUMENT: Final = Kind("R5 document", Version.R5, EUROPE_R5, document=True)
R4_IMR: Final = Kind("IMR transaction", Version.R4, IMR, closed=True, us_core=True)

KINDS: Final[Mapping[str, Kind]] = {
    "fhir-r4-transaction": R4_TRANSACTION,
    "fhir-r5-transaction": R5_TRANSACTION,
    "fhir-r4-document": R4_DOCUMENT,
    "fhir-r5-document": R5_DOCUMENT,
    "fhir-r4-imr": R4_IMR,
}
"""By the name of the exchange format."""

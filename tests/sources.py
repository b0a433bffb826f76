"""Sources of studies for the tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from emh_report.context import Identifier, Organization
from emh_report.sources import Board, Configured
from emh_report.sources.settings import DicomWebSettings, SourceSettings
from tests.case_files import catalog

ORGANIZATION: Final = Organization(Identifier("urn:x:org", "RAD"), "Radiology")
VARIABLE: Final = "EMH_TEST_PACS"
"""Environment variable with the password of a source."""


def dicomweb(url: str, **more: object) -> DicomWebSettings:
    table = {"kind": "dicomweb", "url": url, "patient_system": "urn:x:mrn", "timeout_seconds": 2, **more}
    return DicomWebSettings.model_validate(table)


def board(*settings: SourceSettings, clock: Callable[[], float] = lambda: 0) -> Board:
    named = {f"s{number}": one for number, one in enumerate(settings)}
    return Board(Configured(named, ORGANIZATION), catalog(), clock)

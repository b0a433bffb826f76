"""The file of sources: TOML, one table for each. Anything odd in it is refused with file, key and reason."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from emh_report.context import Organization
from emh_report.errors import SourcesError
from emh_report.remote.file import ServersFile
from emh_report.sources.settings import DicomWebSettings, FhirSettings, OrganizationTable, SourceSettings

KINDS: Final[Mapping[str, type[SourceSettings]]] = {"dicomweb": DicomWebSettings, "fhir": FhirSettings}
ORGANIZATION: Final = "organization"


class Configured(NamedTuple):
    """Sources by name, in the order of the file, and who is responsible where they do not say it."""

    sources: Mapping[str, SourceSettings]
    organization: Organization = Organization()


def read_sources(path: Path) -> Configured:
    """Return what a file says. Raises SourcesError, and OSError for one that cannot be read."""
    file = ServersFile(path, "studies", SourcesError, (ORGANIZATION,))
    sources = {name: file.shaped(file.place(name), KINDS[kind], table) for name, kind, table in file.tables(KINDS)}
    if ORGANIZATION not in file.content:
        return Configured(sources)
    return Configured(sources, file.shaped(ORGANIZATION, OrganizationTable, file.content[ORGANIZATION]).organization())

"""The FHIR releases that are served, each below a path of its own, and what other rooms call them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from emh_report.export.fhir import Version
from emh_report.export.questionnaire import Release as FormRelease
from emh_report.export.terminology import Release as TermRelease


class FhirRelease(NamedTuple):
    """One release. ``name`` is its path, ``number`` the fhirVersion, ``short`` that of a media type."""

    name: str
    number: str
    short: str
    bundles: Version
    forms: FormRelease
    terms: TermRelease

    @property
    def media_type(self) -> str:
        """What answers are."""
        return f"application/fhir+json; fhirVersion={self.short}"


RELEASES: Final[Mapping[str, FhirRelease]] = {
    "R4": FhirRelease("R4", "4.0.1", "4.0", Version.R4, FormRelease.R4, TermRelease.R4),
    "R5": FhirRelease("R5", "5.0.0", "5.0", Version.R5, FormRelease.R5, TermRelease.R5),
}

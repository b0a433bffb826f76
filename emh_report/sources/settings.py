"""What every source of studies has in its table: where it is, how it is asked, and whose numbers it knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from emh_report.context import Identifier, Organization
from emh_report.remote.server import ServerSettings

Uri = Annotated[str, StringConstraints(pattern=r"^(urn:[a-z0-9-]+:|https?://)\S+$", max_length=256)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=256)]


class OrganizationTable(BaseModel):
    """Who is responsible for the reports, where a source does not say it."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    system: Uri
    identifier: Text
    name: Text

    def organization(self) -> Organization:
        """Return it as a context has it."""
        return Organization(Identifier(self.system, self.identifier), self.name)


class SourceSettings(ServerSettings):
    """One server. ``user``: with it the secret is the password of HTTP Basic, without it a bearer token."""

    CARRIED = "patients"

    kind: str
    title: Text | None = None
    user: Text | None = None
    timeout_seconds: float = Field(default=5, gt=0, le=60)

    @model_validator(mode="after")
    def _has_password(self) -> SourceSettings:
        if self.user and not self.has_secret:
            raise ValueError("user: its password is needed, in token_file or token_env")
        return self


class DicomWebSettings(SourceSettings):
    """A PACS. DICOM names an issuer by a local word or not at all; here the department says which namespace that is.

    ``patient_system`` and ``accession_system`` are the namespaces of numbers whose issuer is not stated, ``issuers``
    those of issuers by their local names. ``days``: studies of today and so many days before it are shown.
    """

    days: int = Field(default=2, ge=0, le=366)
    patient_system: Uri = ""
    accession_system: Uri = ""
    issuers: Mapping[str, Uri] = Field(default_factory=dict)


class FhirSettings(SourceSettings):
    """A RIS or EHR that serves FHIR R4 or R5: orders with their patients and imaging studies."""

"""What every source of studies has in its table: where it is, how it is asked, and whose numbers it knows."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from emh_report.context import Identifier, Organization

LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")

Uri = Annotated[str, StringConstraints(pattern=r"^(urn:[a-z0-9-]+:|https?://)\S+$", max_length=256)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=256)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class OrganizationTable(_Table):
    """Who is responsible for the reports, where a source does not say it."""

    system: Uri
    identifier: Text
    name: Text

    def organization(self) -> Organization:
        """Return it as a context has it."""
        return Organization(Identifier(self.system, self.identifier), self.name)


class SourceSettings(_Table):
    """One server. The secret is read anew for each request, so that it may be changed while the service runs.

    ``user``: with it the secret is the password of HTTP Basic, without it a bearer token.
    """

    kind: str
    title: Text | None = None
    url: str
    user: Text | None = None
    token_file: Path | None = None
    token_env: str = ""
    ca_file: Path | None = None
    allow_http: bool = False
    timeout_seconds: float = Field(default=5, gt=0, le=60)

    @field_validator("url")
    @classmethod
    def _is_url(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("https", "http") or not parts.hostname:
            raise ValueError("the base URL of a server is needed: https://HOST/PATH")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError("no user, query or fragment; user and token have keys of their own")
        return url.rstrip("/")

    @model_validator(mode="after")
    def _is_safe(self) -> SourceSettings:
        if self.token_file and self.token_env:
            raise ValueError("token_file or token_env, not both")
        if self.user and not self.has_secret:
            raise ValueError("user: its password is needed, in token_file or token_env")
        parts = urlsplit(self.url)
        if parts.scheme == "http" and parts.hostname not in LOOPBACK and not self.allow_http:
            raise ValueError("patients would be sent unencrypted: https, or allow_http = true in a trusted network")
        if self.ca_file and not self.ca_file.is_file():
            raise ValueError("ca_file: no such file")
        return self

    @property
    def has_secret(self) -> bool:
        """Whether a token or password is to be sent."""
        return bool(self.token_file or self.token_env)

    def secret(self) -> str:
        """Return the token or password; empty where there is none just now."""
        if self.token_file is None:
            return os.environ.get(self.token_env, "").strip()
        try:
            return self.token_file.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            return ""


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

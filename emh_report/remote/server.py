"""What a server of others has in its table: where it is, whom it trusts, and where its secret is."""

from __future__ import annotations

import os
from pathlib import Path
from typing import ClassVar, Final
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, field_validator, model_validator

LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")


class ServerSettings(BaseModel):
    """One server. The secret is read anew for each request, so that it may be changed while the service runs."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    CARRIED: ClassVar[str] = "what is sent"
    """What would go over the network unencrypted, in words of the error."""

    url: str
    token_file: Path | None = None
    token_env: str = ""
    ca_file: Path | None = None
    allow_http: bool = False
    timeout_seconds: float

    @field_validator("url")
    @classmethod
    def _is_url(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("https", "http") or not parts.hostname:
            raise ValueError("the base URL of a server is needed: https://HOST/PATH")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError("no user, query or fragment; the token has keys of its own")
        return url.rstrip("/")

    @model_validator(mode="after")
    def _is_safe(self) -> ServerSettings:
        if self.token_file and self.token_env:
            raise ValueError("token_file or token_env, not both")
        parts = urlsplit(self.url)
        if parts.scheme == "http" and parts.hostname not in LOOPBACK and not self.allow_http:
            words = f"{self.CARRIED} would go unencrypted"
            raise ValueError(f"{words}: https, or allow_http = true where the network is trusted")
        if self.ca_file and not self.ca_file.is_file():
            raise ValueError("ca_file: no such file")
        return self

    @property
    def has_secret(self) -> bool:
        """Whether a token or password is to be sent."""
        return bool(self.token_file or self.token_env)

    def secret(self) -> str:
        """Return the token or password; empty where there is none just now, and then nothing is to be sent."""
        if self.token_file is None:
            return os.environ.get(self.token_env, "").strip()
        try:
            return self.token_file.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            return ""

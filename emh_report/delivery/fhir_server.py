"""A FHIR server as a peer: transactions to its base, documents to Bundle, each conditional, so that twice is once.

A connection carries one report. A server that answers twice on a connection that is used again would have its second
answer taken for that of the next report.
"""

from __future__ import annotations

import os
import ssl
import time
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx
from pydantic import field_validator, model_validator

from emh_report.delivery import answers
from emh_report.delivery.sender import End, Outcome, Parcel, PeerSettings, Sender

ANSWER_BYTES: Final = 16 * 1024 * 1024
"""Largest answer that is read: that to a transaction repeats its resources if the server likes."""

LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")


class Settings(PeerSettings):
    """A server. The token is read anew for each try, so that it may be changed while the service runs."""

    url: str
    token_file: Path | None = None
    token_env: str = ""
    ca_file: Path | None = None
    allow_http: bool = False

    @property
    def has_token(self) -> bool:
        """Whether a token is to be sent."""
        return bool(self.token_file or self.token_env)

    @field_validator("url")
    @classmethod
    def _is_url(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("https", "http") or not parts.hostname:
            raise ValueError("the base URL of a FHIR server is needed: https://HOST/PATH")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError("no user, query or fragment; the token has keys of its own")
        return url.rstrip("/")

    @model_validator(mode="after")
    def _is_safe(self) -> Settings:
        if self.token_file and self.token_env:
            raise ValueError("token_file or token_env, not both")
        parts = urlsplit(self.url)
        if parts.scheme == "http" and parts.hostname not in LOOPBACK and not self.allow_http:
            raise ValueError("reports would go unencrypted: https, or allow_http = true where the network is trusted")
        if not self.content.is_fhir:
            raise ValueError("content: a FHIR server takes FHIR")
        if self.ca_file and not self.ca_file.is_file():
            raise ValueError("ca_file: no such file")
        return self


def target(settings: PeerSettings) -> str:
    """Return the base URL."""
    return settings.url if isinstance(settings, Settings) else ""


def make(settings: PeerSettings) -> Sender:
    """Return the sender of a server."""
    if not isinstance(settings, Settings):
        raise TypeError(type(settings).__name__)
    return FhirSender(settings)


class FhirSender:
    """Sends to one server."""

    def __init__(self, settings: Settings) -> None:
        """Read the certificates; connections are made when something is sent."""
        self._settings = settings
        self._client = httpx.Client(
            verify=ssl.create_default_context(cafile=settings.ca_file),
            timeout=settings.timeout_seconds,
            follow_redirects=False,  # whoever is named there was not configured
            limits=httpx.Limits(max_keepalive_connections=0),
            trust_env=False,
        )

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()

    def send(self, parcel: Parcel) -> Outcome:
        """Send one bundle."""
        headers = {
            "Content-Type": parcel.content_type,
            "Accept": "application/fhir+json",
            "Prefer": "return=minimal",
            "X-Request-Id": parcel.delivery_id,
        }
        if self._settings.has_token:
            token = self._token()
            if not token:
                return Outcome(End.AWAY, "TOKEN_UNREADABLE")
            headers["Authorization"] = f"Bearer {token}"
        sent = answers.Sent.of(parcel.content)
        if sent.type == "document":
            headers["If-None-Exist"] = f"identifier={sent.identifier}"
        url = f"{self._settings.url}/Bundle" if sent.type == "document" else self._settings.url
        try:
            status, answered, content = self._post(url, headers, parcel.content)
        except httpx.HTTPError as error:
            return _failure(error)
        return answers.judge(sent, status, answered, content)

    def _token(self) -> str:
        """Return the token; nothing where there is none just now, and then nothing is sent."""
        if self._settings.token_file is None:
            return os.environ.get(self._settings.token_env, "").strip()
        try:
            return self._settings.token_file.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            return ""

    def _post(self, url: str, headers: dict[str, str], content: bytes) -> tuple[int, httpx.Headers, bytes]:
        """Send and read the answer; a trickle is not waited for longer than anything else."""
        end = time.monotonic() + self._settings.timeout_seconds
        with self._client.stream("POST", url, headers=headers, content=content) as response:
            read = bytearray()
            for part in response.iter_bytes():
                read += part
                if len(read) > ANSWER_BYTES or time.monotonic() > end:
                    raise httpx.ReadTimeout("the answer does not end")
            return response.status_code, response.headers, bytes(read)


def _failure(error: httpx.HTTPError) -> Outcome:
    """Say what went wrong on the way. No answer means nothing: the server may have done what was asked."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return Outcome(End.AWAY, "TLS_FAILED")
        cause = cause.__cause__ or cause.__context__
    match error:
        case httpx.ConnectError() | httpx.ConnectTimeout():
            return Outcome(End.AWAY, "UNREACHABLE")
        case httpx.TimeoutException():
            return Outcome(End.AWAY, "NO_ANSWER")
        case _:
            return Outcome(End.AGAIN, "CUT_OFF")

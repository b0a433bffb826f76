"""A FHIR server as a peer: transactions to its base, documents to Bundle, each conditional, so that twice is once."""

from __future__ import annotations

import base64
from typing import Final

import httpx
from pydantic import model_validator

from emh_report.delivery import answers
from emh_report.delivery.sender import End, Outcome, Parcel, PeerSettings, Sender
from emh_report.remote.http import Connections, TooLargeAnswerError, is_distrust
from emh_report.remote.server import ServerSettings

ANSWER_BYTES: Final = 16 * 1024 * 1024
"""Largest answer that is read: that to a transaction repeats its resources if the server likes."""

WITHOUT_SIGNATURE: Final = "SIGNATURE_LEFT_OUT"
"""Stands in the details of a delivery whose version is signed and whose bundle does not carry the signature."""


class Settings(PeerSettings, ServerSettings):
    """A server. Without ``carry_signature`` it gets no signature: for one that refuses how a Provenance is found."""

    CARRIED = "reports"

    carry_signature: bool = True

    @model_validator(mode="after")
    def _takes_fhir(self) -> Settings:
        if not self.content.is_fhir:
            raise ValueError("content: a FHIR server takes FHIR")
        return self

    @property
    def carries_signature(self) -> bool:
        """What the file says."""
        return self.carry_signature


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
        self._connections = Connections(settings)

    def close(self) -> None:
        """Let go of connections."""
        self._connections.close()

    def send(self, parcel: Parcel) -> Outcome:
        """Send one bundle."""
        headers = {
            "Content-Type": parcel.content_type,
            "Accept": "application/fhir+json",
            "Prefer": "return=minimal",
            "X-Request-Id": parcel.delivery_id,
        }
        if self._settings.has_secret:
            token = self._settings.secret()
            if not token:
                return Outcome(End.AWAY, "TOKEN_UNREADABLE")
            headers["Authorization"] = f"Bearer {token}"
        sent = answers.Sent.of(parcel.content)
        if sent.type == "document":
            headers["If-None-Exist"] = f"identifier={sent.identifier}"
        url = f"{self._settings.url}/Bundle" if sent.type == "document" else self._settings.url
        try:
            status, answered, content = self._connections.post(url, headers, ANSWER_BYTES, parcel.content)
        except httpx.HTTPError as error:
            return _failure(error)
        outcome = answers.judge(sent, status, answered, content)
        return outcome._replace(details=(*outcome.details, *_left_out(parcel)))


def _left_out(parcel: Parcel) -> tuple[str, ...]:
    """Say where what is sent lacks the signature that its version has: read in the bytes, not in the settings."""
    carried = base64.b64encode(parcel.signature.encode())
    return () if carried in parcel.content else (WITHOUT_SIGNATURE,)


def _failure(error: httpx.HTTPError) -> Outcome:
    """Say what went wrong on the way. No answer means nothing: the server may have done what was asked."""
    if is_distrust(error):
        return Outcome(End.AWAY, "TLS_FAILED")
    match error:
        case httpx.ConnectError() | httpx.ConnectTimeout():
            return Outcome(End.AWAY, "UNREACHABLE")
        case httpx.TimeoutException() | TooLargeAnswerError():
            return Outcome(End.AWAY, "NO_ANSWER")
        case _:
            return Outcome(End.AGAIN, "CUT_OFF")

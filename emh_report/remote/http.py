"""Talking to a server of others: bounded in time and size, no redirects, no proxy from the environment.

A connection carries one request. A server that answers twice on a connection that is used again would have its second
answer taken for that of the next request.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import httpx

from emh_report.remote.server import ServerSettings


class Answer(NamedTuple):
    """Status, headers and body."""

    status: int
    headers: Mapping[str, str]
    content: bytes


class TooLargeAnswerError(httpx.ReadError):
    """The answer is larger than can be read."""


class Connections:
    """Connections to one server; used from several threads at once."""

    def __init__(self, settings: ServerSettings) -> None:
        """Read the certificates; connections are made when something is sent."""
        self._seconds = settings.timeout_seconds
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

    def get(
        self,
        url: str,
        headers: Mapping[str, str],
        most: int,
        query: Sequence[tuple[str, str]],
        password: tuple[str, str] | None,
    ) -> Answer:
        """Ask. Raises httpx.HTTPError; TooLargeAnswerError for more than ``most`` bytes."""
        auth = httpx.BasicAuth(*password) if password else None
        request = self._client.build_request("GET", url, headers=headers, params=httpx.QueryParams(tuple(query)))
        return self._answer(request, most, auth)

    def post(self, url: str, headers: Mapping[str, str], most: int, content: bytes) -> Answer:
        """Send ``content``. Raises as `get` does."""
        return self._answer(self._client.build_request("POST", url, headers=headers, content=content), most, None)

    def _answer(self, request: httpx.Request, most: int, auth: httpx.BasicAuth | None) -> Answer:
        """Send and read the answer; a trickle is not waited for longer than anything else."""
        end = time.monotonic() + self._seconds
        response = self._client.send(request, auth=auth, stream=True)
        try:
            read = bytearray()
            for part in response.iter_bytes():
                read += part
                if len(read) > most:
                    raise TooLargeAnswerError("the answer is too large")
                if time.monotonic() > end:
                    raise httpx.ReadTimeout("the answer does not end")
            return Answer(response.status_code, response.headers, bytes(read))
        finally:
            response.close()


def is_distrust(error: httpx.HTTPError) -> bool:
    """Whether the certificate, or the encryption, was refused."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False

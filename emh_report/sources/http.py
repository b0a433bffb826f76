"""Asking a server: bounded in time and size, no redirects, no proxy from the environment; nothing it says is kept."""

from __future__ import annotations

import ssl
import time
from collections.abc import Sequence
from typing import Final, NamedTuple

import httpx

from emh_report import limits
from emh_report.errors import InputError
from emh_report.intake.content import Json, read_json
from emh_report.sources.found import SourceError
from emh_report.sources.settings import SourceSettings

OK: Final = 200
NOTHING: Final = 204
MORE: Final = "299"
DENIED: Final = (401, 403)


class Answer(NamedTuple):
    """JSON that was answered, None for nothing; ``more``: the server says that it has more than that."""

    content: Json
    more: bool = False


class Client:
    """Asks one server. A connection carries one question, so that no answer is taken for that to another."""

    def __init__(self, settings: SourceSettings, media: str) -> None:
        """Read the certificates; ``media`` is the JSON that is asked for."""
        self._settings = settings
        self._media = media
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

    def get(self, path: str, query: Sequence[tuple[str, str]]) -> Answer:
        """Return what is answered below the base URL. Raises SourceError."""
        url = f"{self._settings.url}/{path}"
        try:
            status, more, content = self._read(url, httpx.QueryParams(tuple(query)))
        except httpx.HTTPError as error:
            raise SourceError(_reason(error)) from None
        if status in DENIED:
            raise SourceError(f"does not let this service in (HTTP {status})")
        if status == NOTHING:
            return Answer(None)
        if status != OK:
            raise SourceError(f"answers with an error (HTTP {status})")
        try:
            return Answer(read_json(content), more)
        except InputError:
            raise SourceError("answers what cannot be read") from None

    def _auth(self) -> tuple[dict[str, str], httpx.BasicAuth | None]:
        settings = self._settings
        headers = {"Accept": self._media}
        if not settings.has_secret:
            return headers, None
        secret = settings.secret()
        if not secret:
            raise SourceError("is not asked: its token cannot be read")
        if settings.user:
            return headers, httpx.BasicAuth(settings.user, secret)
        return {**headers, "Authorization": f"Bearer {secret}"}, None

    def _read(self, url: str, query: httpx.QueryParams) -> tuple[int, bool, bytes]:
        """Ask and read the answer; a trickle is not waited for longer than anything else."""
        end = time.monotonic() + self._settings.timeout_seconds
        headers, auth = self._auth()
        with self._client.stream("GET", url, params=query, headers=headers, auth=auth) as response:
            read = bytearray()
            for part in response.iter_bytes():
                read += part
                if len(read) > limits.INTAKE_BYTES:
                    raise SourceError("answers more than can be read")
                if time.monotonic() > end:
                    raise httpx.ReadTimeout("the answer does not end")
            more = response.headers.get("Warning", "").startswith(MORE)  # DICOM PS3.18, 8.3.4.4
            return response.status_code, more, bytes(read)


def _reason(error: httpx.HTTPError) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return "is not trusted: its certificate was refused"
        cause = cause.__cause__ or cause.__context__
    match error:
        case httpx.ConnectError() | httpx.TimeoutException():
            return "does not answer"
        case _:
            return "answers what cannot be read"

"""Asking a source: what it answers as JSON, or one line that says why not; nothing it says in words is kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import httpx

from emh_report import limits
from emh_report.errors import InputError
from emh_report.intake.content import Json, read_json
from emh_report.phrases import phrase
from emh_report.remote.http import Connections, TooLargeAnswerError, is_distrust
from emh_report.sources.found import UNREADABLE, SourceError
from emh_report.sources.settings import SourceSettings

OK: Final = 200
NOTHING: Final = 204
MORE: Final = "299"
"""Warning of a server that has more than it answered (DICOM PS3.18, 8.3.4.4)."""
DENIED: Final = (401, 403)


class Answer(NamedTuple):
    """JSON that was answered, None for nothing; ``more``: the server says that it has more than that."""

    content: Json
    more: bool = False


class Client:
    """Asks one server."""

    def __init__(self, settings: SourceSettings, media: str) -> None:
        """Read the certificates; ``media`` is the JSON that is asked for."""
        self._settings = settings
        self._media = media
        self._connections = Connections(settings)

    def close(self) -> None:
        """Let go of connections."""
        self._connections.close()

    def get(self, path: str, query: Sequence[tuple[str, str]]) -> Answer:
        """Return what is answered below the base URL. Raises SourceError."""
        headers, password = self._auth()
        try:
            url = f"{self._settings.url}/{path}"
            status, answered, content = self._connections.get(url, headers, limits.INTAKE_BYTES, query, password)
        except httpx.HTTPError as error:
            raise SourceError(_reason(error)) from None
        if status in DENIED:
            raise SourceError(phrase("does not let this service in (HTTP {status})", status=status))
        if status == NOTHING:
            return Answer(None)
        if status != OK:
            raise SourceError(phrase("answers with an error (HTTP {status})", status=status))
        try:
            return Answer(read_json(content), answered.get("Warning", "").startswith(MORE))
        except InputError:
            raise SourceError(UNREADABLE) from None

    def _auth(self) -> tuple[dict[str, str], tuple[str, str] | None]:
        """Return headers, and user and password where HTTP Basic is asked for. Raises SourceError without a secret."""
        settings, headers = self._settings, {"Accept": self._media}
        if not settings.has_secret:
            return headers, None
        secret = settings.secret()
        if not secret:
            raise SourceError(phrase("is not asked: its token cannot be read"))
        if settings.user:
            return headers, (settings.user, secret)
        return {**headers, "Authorization": f"Bearer {secret}"}, None


def _reason(error: httpx.HTTPError) -> str:
    if is_distrust(error):
        return phrase("is not trusted: its certificate was refused")
    match error:
        case TooLargeAnswerError():
            return phrase("answers more than can be read")
        case httpx.ConnectError() | httpx.TimeoutException():
            return phrase("does not answer")
        case _:
            return UNREADABLE

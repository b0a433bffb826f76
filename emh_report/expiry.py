"""The end of certificates, told while there is time to renew them: in the log, and as a time for Prometheus.

It is that of the certificate of the service, and that of the authorities by which callers show theirs.

A door looks at its files when somebody connects to it. This looks by itself, so that a renewal that went wrong, and a
certificate that nobody renews, are seen where nobody connects for a while.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from emh_report.certificates import Authority, Certificates, Loaded
from emh_report.config import WARN_DAYS, Security

LOG = logging.getLogger(__name__)

NAME: Final = "expiry"
LOOK_SECONDS: Final = 60.0
AGAIN: Final = timedelta(days=1)
"""What was said of a certificate is said again after this time."""


class Said(NamedTuple):
    """Something to be said of a certificate, at a level of the log."""

    level: int
    words: str


class Watched(NamedTuple):
    """A certificate, when it ends, what has to be done before, and what it means when it has ended."""

    what: str
    ends: datetime
    do: str
    meaning: str


def certificate(ends: datetime) -> Watched:
    """Return that of the service."""
    return Watched("the certificate", ends, "it has to be renewed", "who checks it is not served by any door")


def authority(one: Authority) -> Watched:
    """Return the one that ends first of those by which callers of gRPC are let in."""
    return Watched(
        f"the authority {one.subject} of EMH_CLIENT_CA",
        one.ends,
        "callers need certificates of another one that is in the file by then",
        "callers whose certificates depend on it are refused; where none do, it can be taken out of the file",
    )


def said(one: Watched, now: datetime, warn: timedelta) -> Said | None:
    """Return what is to be said of a certificate; nothing while there is time, ``warn`` or more."""
    when = one.ends.strftime("%Y-%m-%d %H:%M UTC")
    if one.ends <= now:
        return Said(logging.ERROR, f"{one.what} ended on {when}: {one.meaning}")
    if one.ends - now < warn:
        days = (one.ends - now).days
        left = f"{days} days" if days > 1 else "less than two days"
        return Said(logging.WARNING, f"{one.what} ends on {when}, in {left}: {one.do}")
    return None


class Expiry:
    """Looks at the certificate that whoever connects now is shown, and at the authorities that count then."""

    def __init__(self, security: Security) -> None:
        """Read the files. Raises SettingError and OSError."""
        self._certificates = Certificates(security, NAME)
        self._warn = timedelta(days=security.warn_days or WARN_DAYS)
        self._last: tuple[Loaded, datetime] | None = None

    @property
    def ends(self) -> datetime:
        """When the certificate ends."""
        return self._certificates.now().ends

    @property
    def authority(self) -> Authority | None:
        """The authority of callers that ends first; None where callers need no certificate."""
        return self._certificates.now().authority

    def timestamps(self) -> dict[str, float]:
        """Return when each ends, by the name in its metric, in seconds since 1970."""
        loaded = self._certificates.now()
        callers = {} if loaded.authority is None else {"client_ca": loaded.authority.ends.timestamp()}
        return {"certificate": loaded.ends.timestamp(), **callers}

    def look(self, now: datetime) -> None:
        """Say in the log what is to be said: of a certificate that is new, and of each one every day."""
        loaded = self._certificates.now()
        if self._last is None or self._last[0] is not loaded or now - self._last[1] >= AGAIN:
            self._last = loaded, now
            callers = [] if loaded.authority is None else [authority(loaded.authority)]
            for one in (certificate(loaded.ends), *callers):
                found = said(one, now, self._warn)
                if found is not None:
                    LOG.log(found.level, found.words)

    def keep_looking(self, stop: threading.Event) -> None:
        """Look until ``stop`` is set."""
        while not stop.wait(LOOK_SECONDS):
            self.look(datetime.now(UTC))


@contextlib.contextmanager
def watched(security: Security) -> Iterator[Expiry | None]:
    """Watch the certificate while the block runs; None without TLS. Raises as Expiry does."""
    if not security.certificate:
        yield None
        return
    stop, expiry = threading.Event(), Expiry(security)
    expiry.look(datetime.now(UTC))
    thread = threading.Thread(target=expiry.keep_looking, args=(stop,), name=f"emh-report {NAME}", daemon=True)
    thread.start()
    try:
        yield expiry
    finally:
        stop.set()
        thread.join()

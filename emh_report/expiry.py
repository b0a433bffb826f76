"""The end of the certificate, told while there is time to renew it: in the log, and as a time for Prometheus.

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

from emh_report.certificates import Certificates, Loaded
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


def said(ends: datetime, now: datetime, warn: timedelta) -> Said | None:
    """Return what is to be said of a certificate that ends then; nothing while there is time, ``warn`` or more."""
    when = ends.strftime("%Y-%m-%d %H:%M UTC")
    if ends <= now:
        return Said(logging.ERROR, f"the certificate ended on {when}: who checks it is not served by any door")
    if ends - now < warn:
        days = (ends - now).days
        left = f"{days} days" if days > 1 else "less than two days"
        return Said(logging.WARNING, f"the certificate ends on {when}, in {left}: it has to be renewed")
    return None


class Expiry:
    """Looks at the certificate that whoever connects now is shown."""

    def __init__(self, security: Security) -> None:
        """Read the files. Raises SettingError and OSError."""
        self._certificates = Certificates(security, NAME)
        self._warn = timedelta(days=security.warn_days or WARN_DAYS)
        self._last: tuple[Loaded, datetime] | None = None

    @property
    def ends(self) -> datetime:
        """When the certificate ends."""
        return self._certificates.now().ends

    def timestamp(self) -> float:
        """Return the same in seconds since 1970."""
        return self.ends.timestamp()

    def look(self, now: datetime) -> None:
        """Say in the log what is to be said: of a certificate that is new, and of each one every day."""
        loaded = self._certificates.now()
        if self._last is None or self._last[0] is not loaded or now - self._last[1] >= AGAIN:
            self._last = loaded, now
            found = said(loaded.ends, now, self._warn)
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

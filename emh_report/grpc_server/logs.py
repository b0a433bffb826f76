"""Log lines of the service: one form, in the process that was started and in each of its workers."""

from __future__ import annotations

import logging
from typing import Final

FORMAT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def configure() -> None:
    """Send log lines to standard error. Every process has to do this for itself: spawned ones inherit no handlers."""
    logging.basicConfig(level=logging.INFO, format=FORMAT)

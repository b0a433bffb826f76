"""Log lines of the service: one form, in the process that was started and in each of its workers."""

from __future__ import annotations

import logging
from typing import Final

FORMAT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"
CHATTY: Final = ("alembic", "uvicorn")
"""Libraries that tell of every step of a start that went well; their warnings are shown."""


def configure() -> None:
    """Send log lines to standard error. Every process has to do this for itself: spawned ones inherit no handlers."""
    logging.basicConfig(level=logging.INFO, format=FORMAT)
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)

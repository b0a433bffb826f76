"""Log lines of the service: one form, in the process that was started and in each of its workers."""

from __future__ import annotations

import logging
from typing import Final

FORMAT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"
CHATTY: Final = ("alembic", "uvicorn", "httpx", "httpcore")
"""Libraries that tell of every step that went well; their warnings are shown.

Those for HTTP tell the address of each request, and in a query to PACS or RIS it names whose study is asked for.
"""

GRPC: Final = "grpc._cython.cygrpc"
GONE: Final = "ExecuteBatchError raised in core by servicer method"
"""What gRPC says, with a traceback, where a status cannot be sent: the caller has gone, or its deadline passed."""


def configure() -> None:
    """Send log lines to standard error. Every process has to do this for itself: spawned ones inherit no handlers."""
    logging.basicConfig(level=logging.INFO, format=FORMAT)
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger(GRPC).addFilter(lambda line: not str(line.msg).startswith(GONE))

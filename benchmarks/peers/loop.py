"""The other side of process.py for peers in Python: nothing but the standard library, in an environment of theirs."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any

Json = dict[str, Any]
Call = Callable[[], tuple[bytes, int]]
"""Makes the output of the case once: its bytes, and how many entries it has."""


def serve(prepare: Callable[[Json], Call]) -> None:
    """Answer on standard output until standard input ends."""
    call = prepare(json.loads(sys.stdin.readline()))
    for line in sys.stdin:
        made, entries = b"", 0
        started = time.process_time()
        for _ in range(int(line)):
            made, entries = call()
        seconds = time.process_time() - started
        print(json.dumps({"seconds": seconds, "bytes": len(made), "entries": entries}), flush=True)

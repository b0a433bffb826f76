"""A peer in a process of its own: it reads its case once, then how many calls to do, and says what they took.

Lines of JSON over standard input and output. In: the case, then one number a line. Out, for each number:
``{"seconds", "bytes", "entries"}``, seconds of processor; or ``{"error"}``.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

Json = dict[str, Any]


class Process:
    """The process of a peer. Raises RuntimeError where it gives no output."""

    def __init__(self, command: Sequence[str | Path], folder: Path, case: Json) -> None:
        self._process = subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._send(json.dumps(case, default=str))
        answer = self._ask(1)
        self.bytes, self.entries = int(answer["bytes"]), int(answer["entries"])

    def batch(self, calls: int) -> float:
        """Do so many calls; returns the seconds of processor they took."""
        return float(self._ask(calls)["seconds"])

    def close(self) -> None:
        """End the process."""
        self._process.terminate()
        self._process.wait()

    def _send(self, line: str) -> None:
        if self._process.stdin is None:
            raise RuntimeError("no process")
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def _ask(self, calls: int) -> Json:
        self._send(str(calls))
        line = self._process.stdout.readline() if self._process.stdout else ""
        answer: Json = json.loads(line or "{}")
        if "seconds" not in answer:
            raise RuntimeError(answer.get("error", "the process of a peer ended"))
        return answer

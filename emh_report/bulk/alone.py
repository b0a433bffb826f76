"""One export at a time to one place: two that wrote the same files would leave reports out, or have them twice."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

from emh_report.errors import InputError


@contextlib.contextmanager
def alone(target: Path) -> Iterator[None]:
    """Hold ``target`` against other exports of this machine; whoever dies lets go. Raises InputError, OSError.

    A file beside it is locked, and removed when the block has ended well.
    """
    lock = target.with_name(f"{target.name}.lock")
    if not target.parent.is_dir():
        raise InputError([(str(target), "there is no such folder to write it to")])
    with lock.open("w") as file:
        if sys.platform != "win32":  # Windows has no such lock; there nobody is held off
            import fcntl

            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise InputError([(str(target), "another export is writing it: wait for it, or end it")]) from None
        yield
        lock.unlink()

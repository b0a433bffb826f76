"""Who writes when: in SQLite the calls that wait for each other commit together, each acknowledged only after it.

SQLite has one writer at a time, and a commit is on the disk before it returns. Whoever comes first writes for all that
came meanwhile, in one transaction with one sync. What cannot be written together is undone as a whole and written one
by one: nobody gets an error, or a row, because of somebody else's.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from contextvars import copy_context
from typing import Any, Final, Generic, Protocol, TypeVar

from sqlalchemy import Connection, Engine

from emh_report.store.engine import writing

T = TypeVar("T")

TOGETHER: Final = 64
"""So many calls at most share a transaction."""


class Writers(Protocol):
    """Runs what calls want to write."""

    def write(self, work: Callable[[Connection], T], /) -> T:
        """Return what ``work`` returned in a transaction that is committed, or raise what it raised: nothing is left.

        ``work`` may be run again after it was undone, each time in the context of the call. Raises
        StoreUnavailableError.
        """


def writers_of(engine: Engine) -> Writers:
    """Return who writes to a database: PostgreSQL has many writers at a time, which lock what they need."""
    return Together(engine) if engine.dialect.name == "sqlite" else Apart(engine)


class Apart:
    """Each call has a transaction of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def write(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` in its own transaction."""
        with writing(self._engine) as connection:
            return work(connection)


class _Call(Generic[T]):
    """One call that wants to write, and how that ended."""

    def __init__(self, work: Callable[[Connection], T]) -> None:
        self._work, self._context = work, copy_context()
        self.result: Any = None
        self.error: Exception | None = None
        self.ended = False

    def run(self, connection: Connection) -> None:
        self.result = self._context.run(self._work, connection)

    def outcome(self) -> T:
        if self.error is not None:
            try:
                raise self.error
            finally:
                self.error = None  # its traceback leads back here
        found: T = self.result
        return found


class Together:
    """Calls that wait at the same time share a transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._turn = threading.Lock()
        self._waiting: deque[_Call[Any]] = deque()

    def write(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` in a transaction that others may share."""
        call = _Call(work)
        self._waiting.append(call)
        with self._turn:
            while not call.ended:  # else somebody wrote it while this call waited for its turn
                calls = [self._waiting.popleft() for _ in range(min(TOGETHER, len(self._waiting)))]
                try:
                    self._write(calls)
                finally:  # who is interrupted is not written, and leaves the others to whoever is next
                    self._waiting.extendleft(one for one in reversed(calls) if not one.ended and one is not call)
        return call.outcome()

    def _write(self, calls: list[_Call[Any]]) -> None:
        if len(calls) == 1 or not self._shared(calls):
            for call in calls:
                self._alone(call)

    def _shared(self, calls: list[_Call[Any]]) -> bool:
        """Write ``calls`` in one transaction. False where one of them cannot be: then none is written, or ended."""
        ran = False
        try:
            with writing(self._engine) as connection:
                for call in calls:
                    call.run(connection)
                ran = True
        except Exception as error:  # noqa: BLE001 - whatever it is, it is raised where the call came from
            if not ran:
                return False
            _end(calls, error)  # of the commit: the disk failed, and would for each of them
        else:
            _end(calls)
        return True

    def _alone(self, call: _Call[Any]) -> None:
        try:
            with writing(self._engine) as connection:
                call.run(connection)
        except Exception as error:  # noqa: BLE001 - as above
            _end([call], error)
        else:
            _end([call])


def _end(calls: list[_Call[Any]], error: Exception | None = None) -> None:
    for call in calls:
        call.error, call.ended = error, True

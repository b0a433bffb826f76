"""Timing in rounds: every row once a round, one after the other, so that what else the machine does concerns all.

Seconds are those of the processor that the process at work used, not of the clock on the wall: a machine that is busy
with other things then says nearly the same as an idle one.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

BATCH_SECONDS = 0.2
"""A round works so long on each row."""
SLOW_SECONDS = 0.1
"""Calls that take longer are done once a round."""


class Timed(NamedTuple):
    """Seconds a call of every round."""

    rounds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The median of all rounds."""
        return statistics.median(self.rounds)

    @property
    def spread(self) -> tuple[float, float]:
        """The first and the last decile."""
        cuts = statistics.quantiles(self.rounds, n=10, method="inclusive")
        return cuts[0], cuts[-1]

    def ratio(self, other: Timed) -> float:
        """Return how many times faster this is than ``other``: the median over rounds of the ratio within a round."""
        return statistics.median(theirs / ours for ours, theirs in zip(self.rounds, other.rounds, strict=True))


Batch = Callable[[int], float]
"""Does so many calls and returns the seconds of processor they took."""


def repeated(call: Callable[[], object]) -> Batch:
    """Return a call of this process as a batch."""

    def batch(calls: int) -> float:
        started = time.process_time()
        for _ in range(calls):
            call()
        return time.process_time() - started

    return batch


def interleaved(batches: Mapping[str, Batch], rounds: int, tell: Callable[[str], object]) -> Mapping[str, Timed]:
    """Return the times of every row."""
    sizes = {name: _size(batch) for name, batch in batches.items()}
    seconds: dict[str, list[float]] = {name: [] for name in batches}
    for number in range(rounds):
        tell(f"round {number + 1} of {rounds}")
        for name, batch in _turned(list(batches.items()), number):
            seconds[name].append(batch(sizes[name]) / sizes[name])
    return {name: Timed(tuple(found)) for name, found in seconds.items()}


def _size(batch: Batch) -> int:
    """Return how many calls fill a batch, after warming up."""
    if batch(1) > SLOW_SECONDS:
        return 1
    calls = 1
    while (seconds := batch(calls)) < BATCH_SECONDS / 2:  # a clock of 10 ms says nothing about a single call
        calls *= 2
    return max(1, round(calls * BATCH_SECONDS / seconds))


def _turned(rows: Sequence[tuple[str, Batch]], by: int) -> Sequence[tuple[str, Batch]]:
    """Start every round with another row, so that none is always the one after the slowest."""
    start = by % len(rows)
    return [*rows[start:], *rows[:start]]

"""How long is waited after a try that failed: longer each time, never for ever, and not for all at the same moment."""

from __future__ import annotations

import random
from typing import Final, NamedTuple

from emh_report import limits


class Backoff(NamedTuple):
    """``first`` seconds after the first failure, ``factor`` times as long after each further one, at most ``most``.

    Of that, a random part between ``least`` and all of it is waited, so that senders do not come back together.
    """

    first: float
    factor: float
    most: float
    least: float = 0.5

    def seconds(self, failures: int, asked: float = 0) -> float:
        """Return the seconds to wait after so many failures; at least what the peer ``asked`` for, within limits."""
        whole = min(self.first * self.factor ** min(failures - 1, 60), self.most)
        own = whole * random.uniform(self.least, 1)  # noqa: S311 - not for secrets
        return max(own, min(asked, limits.DELIVERY_WAIT_SECONDS))


DELIVERY: Final = Backoff(first=1, factor=2, most=900)
"""For one delivery: 1 s, 2 s, 4 s … 15 min, without an end."""

PEER: Final = Backoff(first=1, factor=2, most=30)
"""For a peer that is away: so long nothing else is sent to it, then one delivery tries."""

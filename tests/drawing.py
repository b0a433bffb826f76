"""How many examples a drawn test draws: all in CI, a third where somebody waits, other ones each time.

A third, the same ones each time, where the same tests run once more in CI (EMH_DRAW_LESS, test_compiled.py).
"""

import os

from hypothesis import settings

SHARE = 1 if os.environ.get("CI") and not os.environ.get("EMH_DRAW_LESS") else 3


def draws(examples: int) -> settings:
    """Return the settings of a test that draws ``examples`` in CI; CI=1 draws as many, the same ones, anywhere."""
    return settings(max_examples=max(examples // SHARE, 5))

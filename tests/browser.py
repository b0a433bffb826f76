"""A real browser for tests: Chromium of the machine, driven by Playwright. Skips where there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

QUIET = ("--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync")
"""No sandbox, since tests may run as root; no traffic of its own."""


@pytest.fixture(scope="module")
def browser(component: Callable[[str], Path]) -> Iterator[Browser]:
    """Start Chromium once for a file of tests."""
    program = component("chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=list(QUIET))
        yield started
        started.close()

"""LHC-Forms in Chromium as a process of its own, since Playwright keeps the event loop of its thread.

python -m benchmarks.peers.lhc_row
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from benchmarks.peers import lhc_forms
from tests.browser import QUIET


def main() -> None:
    """Answer on standard output as process.py asks; seconds are those of the page's thread."""
    case = json.loads(sys.stdin.readline())
    with sync_playwright() as playwright, lhc_forms.served(Path(case["package"])) as address:
        browser = playwright.chromium.launch(executable_path=case["program"], args=list(QUIET))
        page = lhc_forms.opened(browser, address)
        filled = lhc_forms.Extraction(page, case["form"].encode(), case["response"].encode())
        for line in sys.stdin:
            seconds = filled.batch(int(line))
            print(json.dumps({"seconds": seconds, "bytes": filled.bytes, "entries": filled.entries}), flush=True)
        browser.close()


if __name__ == "__main__":
    main()

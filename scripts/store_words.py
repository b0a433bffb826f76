"""Print what stored payloads have in common: how emh_report/store/words.zdict was made.

Payloads refer to these bytes instead of repeating them (Zstandard, RFC 8878, section 5). What was stored with them can
only be opened with them: the file never changes, and a better one would be a second file beside it.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

import zstandard

from emh_report.context import Context, ReportIdentity
from emh_report.draft import Draft
from emh_report.errors import InvalidReportError
from emh_report.lifecycle import Action
from emh_report.store import Store
from tests.case_files import CASES, SYNTHETIC, read_report, synthetic_context
from tests.store_reports import ATTENDING, AUTHOR, act, created, fresh

BYTES = 64 * 1024
"""Twice as many save a fifteenth of a payload more, half as many lose a sixth (``python -m benchmarks.packing``)."""


def reports() -> Iterator[tuple[Draft, Context]]:
    """Yield every published and every fictional report."""
    for folder in sorted(path for path in CASES.iterdir() if path.is_dir()):
        yield read_report(folder / "draft.json", folder / "context.json")
    for file in sorted(SYNTHETIC.glob("*/draft*.json")):
        yield read_report(file, synthetic_context(file))


def payloads() -> Sequence[Sequence[bytes]]:
    """Return what a store seals while each of these reports is drafted and signed, or released as preliminary."""
    found: list[list[bytes]] = []
    with tempfile.TemporaryDirectory() as folder, fresh(Path(folder)) as store:
        sealer = store.ledger.sealer
        seal = sealer.seal

        def listening(content: bytes, place: str) -> bytes:
            found[-1].append(content)
            return seal(content, place)

        sealer.seal = listening  # type: ignore[method-assign] # for this run only
        for draft, context in reports():
            found.append([])
            anew = replace(context, report=ReportIdentity(), author=AUTHOR, supervisor=None)
            _released(store, created(store, draft, anew))
    return found


def _released(store: Store, report_id: str) -> None:
    for action in (Action.FINALIZE, Action.RELEASE_PRELIMINARY):
        try:
            act(store, report_id, action, ATTENDING)
        except InvalidReportError:
            continue
        return


if __name__ == "__main__":
    sys.stdout.buffer.write(zstandard.train_dictionary(BYTES, [*chain.from_iterable(payloads())]).as_bytes())

"""Writes to a store until it is killed, and notes on standard output every write that was acknowledged.

Started by scripts/kill_test.py: ``python -m scripts.kill_worker URL SEED [THREADS]``. Each line says ``intent`` or
``done`` and the id of the request; a line is whole or not there, since it is written in one system call. Several
threads write to one store as several calls of a server do.
"""

import json
import os
import random
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor

from emh_report.catalog import load_catalog
from emh_report.errors import ConflictError
from emh_report.lifecycle import Action
from emh_report.records import Receipt, Release
from emh_report.store import Store, open_store
from tests.store_reports import ATTENDING, added, complete


def note(word: str, request_id: str, **what: object) -> None:
    """Write one line at once."""
    os.write(1, (json.dumps({"word": word, "request_id": request_id, **what}) + "\n").encode())


class Worker:
    """Makes, changes and signs reports, at random."""

    def __init__(self, store: Store, seed: int) -> None:
        """Take a store that others may write to as well."""
        self.store = store
        self.random = random.Random(seed)  # noqa: S311 - not for secrets
        self.mine: list[str] = []

    def run(self) -> None:
        """Write until killed."""
        while True:
            request_id = str(uuid.UUID(int=self.random.getrandbits(128)))
            if not self.mine or self.random.random() < 0.4:  # noqa: PLR2004 - more changes than new reports
                self._create(request_id)
            else:
                self._change(request_id, self.random.choice(self.mine[-8:]))

    def _create(self, request_id: str) -> None:
        draft, context = complete()
        note("intent", request_id)
        receipt = self.store.create(draft, context, ATTENDING, request_id=request_id)
        self._done(request_id, receipt)
        self.mine.append(receipt.report_id)

    def _change(self, request_id: str, report_id: str) -> None:
        report = self.store.get(report_id)
        if Action.FINALIZE in report.actions and self.random.random() < 0.5:  # noqa: PLR2004 - half of the drafts
            wanted = Release(Action.FINALIZE, ATTENDING)
            shown = self.store.preview(report_id, wanted)
            note("intent", request_id)
            wanted = wanted._replace(seen=shown.seen)
            receipt = self.store.release(report_id, wanted, etag=shown.etag, request_id=request_id)
        else:
            draft = added(report.draft, request_id)
            note("intent", request_id)
            try:
                receipt = self.store.update_draft(
                    report_id, draft, report.context, ATTENDING, etag=report.etag, request_id=request_id
                )
            except ConflictError:
                return
        self._done(request_id, receipt)

    def _done(self, request_id: str, receipt: Receipt) -> None:
        note("done", request_id, report_id=receipt.report_id, etag=receipt.etag, version=receipt.version)


def main() -> None:
    """Run until killed."""
    with open_store(sys.argv[1], load_catalog()) as store:
        note("open", "", pid=os.getpid())
        seeds = random.Random(int(sys.argv[2]))  # noqa: S311 - as above
        workers = [Worker(store, seeds.getrandbits(32)) for _ in range(int(sys.argv[3]) if sys.argv[3:] else 1)]
        with ThreadPoolExecutor(len(workers)) as pool:
            for running in [pool.submit(worker.run) for worker in workers]:
                running.result()


if __name__ == "__main__":
    main()

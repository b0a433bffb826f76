"""The pass over the store: pages of reports in, entries out, a checkpoint after each batch."""

from __future__ import annotations

import contextlib
import gc
import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, Generic, NamedTuple, Protocol, TypeVar

from emh_report.bulk import checkpoint
from emh_report.bulk.checkpoint import Checkpoint
from emh_report.bulk.lines import Lines
from emh_report.errors import DamagedError, InvalidReportError, LimitError, NotAsSignedError

if TYPE_CHECKING:
    from emh_report.records import StoredVersion
    from emh_report.store import Store
    from emh_report.store.released import Released

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)

PAGE: Final = 50
"""Reports that are in memory at once beside what they became."""

REFUSALS: Final = (InvalidReportError, NotAsSignedError, DamagedError, LimitError)
"""What is wrong with one report, and stops no other."""


class Sink(Protocol[T_contra]):
    """Where entries go. A place is a number that ``resume`` understands."""

    def resume(self, place: int) -> None:
        """Forget what was written after ``place``. Raises InputError where less than that is there."""

    def write(self, entries: Sequence[T_contra], /) -> int:
        """Write entries and return the place after them, once they are on the disk."""

    def close(self) -> None:
        """Let go of files."""


class Outcome(NamedTuple):
    """What an export has written: reports read, entries made of them, and reports that could not be exported."""

    reports: int
    entries: int
    refused: int


class Work(NamedTuple, Generic[T]):
    """An export: of what (for its checkpoint), what a version becomes, and how many reports are a batch."""

    of: str
    make: Callable[[StoredVersion], list[T]]
    batch: int


class Files(NamedTuple):
    """Files beside the output: how far it has come, and what could not be exported, one report a line."""

    checkpoint: Path
    refusals: Path


def export_all(
    store: Store, work: Work[T], sink: Sink[T], files: Files, told: Callable[[int], object] = lambda _: None
) -> Outcome:
    """Export the newest version of every released report, from where the checkpoint says; ``told`` hears of progress.

    A report that cannot be exported is listed in ``files.refusals`` with the reason, and does not stop the others.
    Raises InputError for a checkpoint of another export, OSError, and what reading the store raises.
    """
    with contextlib.closing(sink), contextlib.closing(Lines(files.refusals)) as refusals, _swept() as sweep:
        state = checkpoint.read(files.checkpoint, work.of)
        sink.resume(state.place)
        refusals.resume(state.refusals)
        told(state.reports)
        while batch := _batch(store, work, state.after, told):
            place, refused = sink.write(batch.entries), refusals.write(batch.refused)
            state = Checkpoint(
                of=work.of,
                after=batch.after,
                place=place,
                refusals=refused,
                reports=state.reports + batch.reports,
                entries=state.entries + len(batch.entries),
                refused=state.refused + len(batch.refused),
            )
            checkpoint.write(files.checkpoint, state)
            sweep()
        if not state.reports:
            sink.write([])
    return Outcome(state.reports, state.entries, state.refused)


@contextlib.contextmanager
def _swept() -> Iterator[Callable[[], object]]:
    """Look for garbage when a batch is done, and not all the time: what is there before, the catalog, stays anyway.

    Reports leave next to none behind, and looking for it takes a tenth of the time.
    """
    gc.freeze()
    gc.disable()
    try:
        yield partial(gc.collect, 1)
    finally:
        gc.enable()
        gc.unfreeze()


class _Batch(NamedTuple, Generic[T]):
    after: int
    reports: int
    entries: list[T]
    refused: list[bytes]


def _batch(store: Store, work: Work[T], after: int, told: Callable[[int], object]) -> _Batch[T] | None:
    """Return what comes after number ``after``; None where nothing does."""
    entries: list[T] = []
    refused: list[bytes] = []
    reports = 0
    while reports < work.batch:
        page = store.released(after, min(PAGE, work.batch - reports))
        for one in page:
            version = None
            try:
                version = one.read()
                entries += work.make(version)
            except REFUSALS as error:
                refused.append(_refusal(one, version, error))
        reports += len(page)
        told(len(page))
        if not page:
            break
        after = page[-1].number
    return _Batch(after, reports, entries, refused) if reports else None


def _refusal(one: Released, version: StoredVersion | None, error: Exception) -> bytes:
    """Return a line about a report that could not be exported: which, by which template, and why; nothing it says."""
    issues = error.issues if isinstance(error, InvalidReportError) else ()
    reasons = [f"{issue.where.path}: {issue.message}" for issue in issues if issue.severity == "error"]
    line = {"report_id": one.report_id, "version": one.row.version, "reasons": reasons or [str(error)]}
    if version is not None:
        draft = version.document.draft
        line |= {"template": draft.template_id, "template_version": draft.template_version}
    return json.dumps(line, ensure_ascii=False).encode()

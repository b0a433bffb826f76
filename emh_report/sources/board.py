"""All sources together: asked at the same time, shown for a moment, and each study found again by its id."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import TracebackType
from typing import Final, NamedTuple, Self

from emh_report.catalog import Catalog
from emh_report.context import Context, Organization, Patient
from emh_report.phrases import Line, phrase
from emh_report.sources.agreement import agree
from emh_report.sources.configured import Configured
from emh_report.sources.dicomweb import DicomWeb
from emh_report.sources.fhir import Fhir
from emh_report.sources.found import Found, Listing, Source, SourceError, Wanted
from emh_report.sources.history import History, before
from emh_report.sources.settings import DicomWebSettings, FhirSettings, SourceSettings

SHOWN_SECONDS: Final = 10
"""So long a list is shown before the sources are asked again."""
FRESH_SECONDS: Final = 300
"""So long a report may begin with what was read of its study; after that it is read again."""
REMEMBERED: Final = 1000


_Whose = tuple[Patient, str, tuple[str, ...]]
"""Patient, day of the examination and its studies."""


class _Named(NamedTuple):
    title: str
    source: Source


class _Read(NamedTuple):
    at: float
    source: _Named
    found: Found


class Board:
    """Studies of all sources."""

    def __init__(self, configured: Configured, catalog: Catalog, clock: Callable[[], float] = time.monotonic) -> None:
        """Make the sources; none is asked yet."""
        self._sources = [
            _Named(settings.title or name, _source(settings, catalog)) for name, settings in configured.sources.items()
        ]
        self._organization = configured.organization
        self._clock = clock
        self._lock = threading.Lock()
        self._asking = threading.Lock()
        self._read: OrderedDict[str, _Read] = OrderedDict()
        self._listed: tuple[float, Listing] | None = None
        self._histories: OrderedDict[_Whose, tuple[float, History]] = OrderedDict()
        self._pool = ThreadPoolExecutor(len(self._sources) * 4, "studies")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._pool.shutdown()
        for named in self._sources:
            named.source.close()

    def listing(self) -> Listing:
        """Return the studies to be reported, and a line for each source about what is not among them."""
        with self._asking:  # people who look at the same moment are shown one answer
            if self._listed is None or self._clock() - self._listed[0] > SHOWN_SECONDS:
                self._listed = (self._clock(), self.ask(Wanted()))
            return self._listed[1]

    def ask(self, wanted: Wanted) -> Listing:
        """Return what all sources answer now; a study that several have is there as the first one has it."""
        answers = list(self._pool.map(lambda named: self._one(named, wanted), self._sources))
        lines = [line for listing in answers for line in listing.lines]
        groups = _by_study([found for listing in answers for found in listing.studies])
        agreed = [every[0] for every in groups if agree([one.context.patient for one in every])]
        if doubted := len(groups) - len(agreed):
            lines.append(phrase("{count} not shown: sources name different patients for one study", count=doubted))
        return Listing(tuple(agreed), tuple(lines))

    def find(self, study: str) -> Found | None:
        """Return a study that was shown, read again where that is long ago; None where it is not as it was.

        Raises SourceError where it has to be read and cannot be.
        """
        with self._lock:
            known = self._read.get(study)
        if known is None:
            self.listing()  # shown by another process of this installation
            with self._lock:
                known = self._read.get(study)
        elif self._clock() - known.at > FRESH_SECONDS:
            uid = known.found.context.studies[0].study_instance_uid
            try:
                again = self._read_by(known.source, Wanted(study_instance_uid=uid)).studies
            except SourceError as error:
                raise SourceError(Line(known.source.title, error.said, between=" ")) from None
            return next((found for found in again if found.id == study), None)
        return known.found if known else None

    def history(self, context: Context) -> History:
        """Return earlier examinations of the patient of a context, by all sources, as they answered a moment ago."""
        key = (context.patient, context.exam_date, tuple(study.study_instance_uid for study in context.studies))
        with self._lock:
            at, known = self._histories.get(key, (0.0, None))
        if known is not None and self._clock() - at <= (SHOWN_SECONDS if known.lines else FRESH_SECONDS):
            return known
        answers = list(self._pool.map(lambda named: self._of(named, context.patient), self._sources))
        lines = tuple(line for one in answers for line in one.lines)
        made = History(before((one for answer in answers for one in answer.examinations), context), lines)
        with self._lock:
            self._histories[key] = (self._clock(), made)
            while len(self._histories) > REMEMBERED:
                self._histories.popitem(last=False)
        return made

    # --- helpers -----------------------------------------------------------------------------------------------------

    def _one(self, named: _Named, wanted: Wanted) -> Listing:
        try:
            return self._read_by(named, wanted)
        except SourceError as error:
            return Listing((), (Line(named.title, error.said, between=" "),))

    def _of(self, named: _Named, patient: Patient) -> History:
        try:
            found, lines = named.source.history(patient)
        except SourceError as error:
            return History((), (Line(named.title, error.said, between=" "),))
        listed = tuple(one._replace(source=named.title) for one in found)
        return History(listed, tuple(_line(named.title, line) for line in lines))

    def _read_by(self, named: _Named, wanted: Wanted) -> Listing:
        studies, lines = named.source.read(wanted)
        completed = tuple(self._completed(found) for found in studies)
        self._remember(named, completed)
        return Listing(completed, tuple(_line(named.title, line) for line in lines))

    def _completed(self, found: Found) -> Found:
        if found.context.organization != Organization():
            return found
        return found._replace(context=replace(found.context, organization=self._organization))

    def _remember(self, named: _Named, studies: tuple[Found, ...]) -> None:
        with self._lock:
            for found in studies:
                self._read[found.id] = _Read(self._clock(), named, found)
                self._read.move_to_end(found.id)
            while len(self._read) > REMEMBERED:
                self._read.popitem(last=False)


def _by_study(listed: list[Found]) -> list[list[Found]]:
    """Return what was found in groups that have a study in common, in their order."""
    by_uid: dict[str, list[Found]] = {}
    groups: list[list[Found]] = []
    for found in listed:
        uids = [study.study_instance_uid for study in found.context.studies]
        group = next((by_uid[uid] for uid in uids if uid in by_uid), None)
        if group is None:
            group = []
            groups.append(group)
        group.append(found)
        for uid in uids:
            by_uid.setdefault(uid, group)
    return groups


def _line(title: str, line: str) -> str:
    return Line(title, line, between=": " if line[:1].isdigit() else " ")


def _source(settings: SourceSettings, catalog: Catalog) -> Source:
    match settings:
        case DicomWebSettings():
            return DicomWeb(settings)
        case FhirSettings():
            return Fhir(settings, catalog)
        case _:
            raise TypeError(settings.kind)

"""A PACS that answers QIDO-RS (PS3.18, 10.6): studies by number, or those of the last days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from typing import Final

from emh_report.context import Context, Patient
from emh_report.errors import InputError
from emh_report.intake.content import Json
from emh_report.phrases import Line, phrase
from emh_report.sources.dicom_json import TAGS, read_study
from emh_report.sources.found import (
    ANOTHER_STUDY,
    AT_MOST,
    UNREADABLE,
    Listing,
    SourceError,
    Wanted,
    not_shown,
    refusal,
)
from emh_report.sources.history import ANOTHER, Examination, History, is_same, numbers
from emh_report.sources.http import Client
from emh_report.sources.settings import DicomWebSettings

ASKED: Final = tuple(
    ("includefield", TAGS[keyword])
    for keyword in (
        "StudyDescription",
        "TimezoneOffsetFromUTC",
        "IssuerOfAccessionNumberSequence",
        "IssuerOfPatientID",
        "IssuerOfPatientIDQualifiersSequence",
        "BodyPartExamined",
    )
)
"""What a server need not answer unless it is asked for it (PS3.18, table 10.6.3-3)."""

WILD: Final = frozenset("*?\\")
"""Characters that match others (PS3.4, C.2.2.2.4) or separate values: no number is asked for with them."""

MORE: Final = phrase("has more studies than are shown")


class DicomWeb:
    """Reads one server."""

    def __init__(self, settings: DicomWebSettings, today: Callable[[], date] = date.today) -> None:
        """Connections are made when something is asked."""
        self._settings = settings
        self._today = today
        self._client = Client(settings, "application/dicom+json")

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()

    def read(self, wanted: Wanted) -> Listing:
        """Return studies. Raises SourceError."""
        data, more = self._studies(self._criteria(wanted))
        found, refused = [], Counter[str]()
        for one in data:
            try:
                study = read_study(one, self._settings)
                reason = refusal(study.context) or _another(study.context, wanted)
            except InputError as error:
                refused[Line(*error.violations[0], between=": ")] += 1
                continue
            if reason:
                refused[reason] += 1
            else:
                found.append(study)
        return Listing(tuple(found), tuple(_lines(refused, more=more)))

    def history(self, patient: Patient) -> History:
        """Return all studies of a patient. Raises SourceError.

        They are asked for by number and held against its namespace here: servers differ in how they match issuers.
        """
        found, refused, more = [], Counter[str](), False
        for number in dict.fromkeys(one.value for one in numbers(patient) if not WILD.intersection(one.value)):
            data, cut = self._studies([("PatientID", number)])
            more = more or cut
            for one in data:
                try:
                    read = read_study(one, self._settings).context
                except InputError:
                    refused[phrase("cannot be read")] += 1
                    continue
                if is_same(read.patient, patient):
                    (study,) = read.studies
                    uid = study.study_instance_uid
                    found.append(Examination(study.started, study.modalities, study.description, uid))
                else:
                    refused[ANOTHER] += 1
        return History(tuple(found), tuple(_lines(refused, more=more)))

    def _studies(self, criteria: Iterable[tuple[str, str]]) -> tuple[list[Json], bool]:
        """Return studies as they are answered, and whether there are more. Raises SourceError."""
        answer = self._client.get("studies", [*criteria, *ASKED, ("limit", str(AT_MOST + 1))])
        data = [] if answer.content is None else answer.content
        if not isinstance(data, list):
            raise SourceError(UNREADABLE)
        return data[:AT_MOST], answer.more or len(data) > AT_MOST

    def _criteria(self, wanted: Wanted) -> Iterator[tuple[str, str]]:
        if wanted.study_instance_uid:
            yield "StudyInstanceUID", wanted.study_instance_uid
        if wanted.accession:
            yield "AccessionNumber", wanted.accession
        if wanted == Wanted():
            last = self._today()
            first = last - timedelta(days=self._settings.days)
            yield "StudyDate", f"{first:%Y%m%d}-{last:%Y%m%d}"


def _another(context: Context, wanted: Wanted) -> str:
    """Return why a study is not what was asked for: a server may ignore a key, and answer with any patient's study."""
    (study,) = context.studies
    for asked, answered in ((wanted.study_instance_uid, study.study_instance_uid), (wanted.accession, study.accession)):
        if asked and asked != answered:
            return ANOTHER_STUDY
    return ""


def _lines(refused: Counter[str], *, more: bool) -> Iterator[str]:
    yield from not_shown(refused)
    if more:
        yield MORE

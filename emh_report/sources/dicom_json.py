"""A study as QIDO-RS answers it (DICOM JSON model, PS3.18 annex F) as the context of a report. Pure.

What is wrong is refused with its keyword; what is not stated stays empty. An issuer is never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from emh_report.context import Context, Identifier, Order, Patient, Sex, Study
from emh_report.dates import is_instant, is_partial_date
from emh_report.errors import InputError
from emh_report.intake.content import Json
from emh_report.phrases import phrase
from emh_report.sources.found import Found
from emh_report.sources.settings import DicomWebSettings

TAGS: Final = {
    "StudyDate": "00080020",
    "StudyTime": "00080030",
    "AccessionNumber": "00080050",
    "IssuerOfAccessionNumberSequence": "00080051",
    "ModalitiesInStudy": "00080061",
    "TimezoneOffsetFromUTC": "00080201",
    "StudyDescription": "00081030",
    "PatientName": "00100010",
    "PatientID": "00100020",
    "IssuerOfPatientID": "00100021",
    "IssuerOfPatientIDQualifiersSequence": "00100024",
    "PatientBirthDate": "00100030",
    "PatientSex": "00100040",
    "BodyPartExamined": "00180015",
    "StudyInstanceUID": "0020000D",
    "LocalNamespaceEntityID": "00400031",
    "UniversalEntityID": "00400032",
    "UniversalEntityIDType": "00400033",
}
"""Keyword → tag (PS3.6)."""

SEXES: Final = {"M": Sex.MALE, "F": Sex.FEMALE, "O": Sex.OTHER}
"""PS3.3, C.7.1.1; anything else is unknown."""

GROUPS: Final = ("Alphabetic", "Ideographic", "Phonetic")
"""Component groups of a person's name (PS3.5, 6.2.1.2), the one that is shown first."""

UNIVERSAL: Final = {"ISO": "urn:oid:", "UUID": "urn:uuid:", "URI": ""}
"""Universal Entity ID Type → what makes a URI of the ID (PS3.3, 10.14)."""

_DATE: Final = re.compile(r"(\d{4})[.-]?(\d{2})?[.-]?(\d{2})?")
_TIME: Final = re.compile(r"(\d{2}):?(\d{2}):?(\d{2})(\.\d{1,6})?")
_OFFSET: Final = re.compile(r"([+-]\d{2})(\d{2})")
_PADDING: Final = " \0"


def read_study(data: Json, settings: DicomWebSettings) -> Found:
    """Return one study. Raises InputError with the keyword of what cannot be read."""
    if not isinstance(data, dict):
        raise InputError([("", phrase("a study is an object of attributes"))])
    accession = _text(data, "AccessionNumber")
    issued = _issuer(data, "IssuerOfAccessionNumberSequence", "", settings, settings.accession_system)
    study = Study(
        study_instance_uid=_text(data, "StudyInstanceUID"),
        modalities=_texts(data, "ModalitiesInStudy"),
        started=_started(data),
        description=_text(data, "StudyDescription"),
        accession=accession,
    )
    orders = (Order(Identifier(issued, accession)),) if accession else ()
    context = Context(patient=_patient(data, settings), orders=orders, studies=(study,))
    return Found(context, _texts(data, "BodyPartExamined"))


def _patient(data: Json, settings: DicomWebSettings) -> Patient:
    number = _text(data, "PatientID")
    stated = _text(data, "IssuerOfPatientID")
    issuer = _issuer(data, "IssuerOfPatientIDQualifiersSequence", stated, settings, settings.patient_system)
    family, given = _name(data)
    return Patient(
        identifiers=(Identifier(issuer, number),) if number else (),
        family=family,
        given=given,
        birth_date=_date(data, "PatientBirthDate"),
        sex=SEXES.get(_text(data, "PatientSex"), Sex.UNKNOWN),
    )


def _issuer(data: Json, sequence: str, local: str, settings: DicomWebSettings, unstated: str) -> str:
    """Return the namespace of a number: stated as a universal id, or known by its local name; ``unstated`` without any.

    An issuer that is stated and not known leaves it empty: the number may be that of another hospital.
    """
    items = _values(data, sequence)
    item: Mapping[str, Json] = items[0] if items and isinstance(items[0], dict) else {}
    universal, kind = _text(item, "UniversalEntityID"), _text(item, "UniversalEntityIDType")
    if universal:
        return f"{UNIVERSAL[kind]}{universal}" if kind in UNIVERSAL else ""
    names = [name for name in (local, _text(item, "LocalNamespaceEntityID")) if name]
    if not names:
        return unstated
    known = {settings.issuers.get(name, "") for name in names}
    return known.pop() if len(known) == 1 else ""


def _name(data: Json) -> tuple[str, tuple[str, ...]]:
    """Return family and given names, of the first component group that has any."""
    values = _values(data, "PatientName")
    if not values:
        return "", ()
    if len(values) > 1 or not isinstance(values[0], dict):
        raise InputError([("PatientName", phrase("one person name is needed, by component groups"))])
    for group in GROUPS:
        stated = values[0].get(group, "")
        if not isinstance(stated, str):
            raise InputError([("PatientName", phrase("a component group is a text"))])
        for one in stated.split("="):  # what parts the groups is in none of them; some servers send all of them as one
            parts = [part.strip(_PADDING) for part in one.split("^")]
            if any(parts):
                family, first, middle = (*parts, "", "", "")[:3]
                return family, tuple(name for name in (first, middle) if name)
    return "", ()


def _date(data: Json, keyword: str) -> str:
    """Return a date as far as it is stated; month or day 00 are not."""
    text = _text(data, keyword)
    match = _DATE.fullmatch(text)
    if not text:
        return ""
    year, month, day = match.groups() if match else ("", None, None)
    known = [year]
    for part in (month, day):
        if part is None or int(part) == 0:
            break
        known.append(part)
    found = "-".join(known)
    if not is_partial_date(found) or (month == "00" and day not in (None, "00")):
        raise InputError([(keyword, phrase("not a date"))])
    return found


def _started(data: Json) -> str:
    """Return the start of a study: an instant only where day, time and offset are all stated, else the day."""
    day, time = _date(data, "StudyDate"), _TIME.fullmatch(_text(data, "StudyTime"))
    offset = _OFFSET.fullmatch(_text(data, "TimezoneOffsetFromUTC"))
    if not (day and time and offset):
        return day
    hours, minutes, seconds, fraction = time.groups()
    instant = f"{day}T{hours}:{minutes}:{seconds}{fraction or ''}{offset[1]}:{offset[2]}"
    return instant if is_instant(instant) else day


def _values(data: Mapping[str, Json], keyword: str) -> list[Json]:
    """Return the values of an attribute that are stated."""
    element = data.get(TAGS[keyword], {})
    values = element.get("Value", []) if isinstance(element, dict) else None
    if not isinstance(values, list):
        raise InputError([(keyword, phrase("not an attribute of the DICOM JSON model"))])
    return [value for value in values if value is not None]


def _texts(data: Mapping[str, Json], keyword: str) -> tuple[str, ...]:
    values = _values(data, keyword)
    if not all(isinstance(value, str) for value in values):
        raise InputError([(keyword, phrase("a text is needed"))])
    return tuple(text for value in values if (text := value.strip(_PADDING)))


def _text(data: Mapping[str, Json], keyword: str) -> str:
    """Return the only value; several are refused, since none of them is the right one."""
    found = _texts(data, keyword)
    if len(found) > 1:
        raise InputError([(keyword, phrase("one value is needed, there are several"))])
    return found[0] if found else ""

"""What a source answers: studies, each as the context of a report; and in words what it does not answer."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Final, NamedTuple, Protocol

from emh_report.context import Context, Identifier, Patient, ReportIdentity
from emh_report.context_issues import context_issues
from emh_report.errors import EmhReportError, InputError
from emh_report.phrases import Line, found, phrase
from emh_report.sources.history import History
from emh_report.wire.context import write_context
from emh_report.wire.guard import check

AT_MOST: Final = 50
"""Studies of one source that are shown; the others are said to be there."""

NO_IMAGES: Final = phrase("no images yet")
ANOTHER_STUDY: Final = phrase("another study than was asked for")
UNREADABLE: Final = phrase("answers what cannot be read")

LACKING: Final = (
    phrase("a patient identifier with system and value is needed"),
    phrase("a Study Instance UID (0020,000D) is needed"),
    phrase("not a DICOM UID (PS3.5 section 9.1)"),
    phrase("not a date that exists (YYYY, YYYY-MM or YYYY-MM-DD)"),
    phrase("not a date, or date and time with time zone"),
    phrase("white space only is no value: state one, or leave it out"),
)
"""Why no report can be made of a context, as its issues say it; a test holds them against those."""

_ANY: Final = ReportIdentity(Identifier("urn:x", "1"))
"""The number of a report is given when it begins, so that a study is not refused for want of one."""


class SourceError(EmhReportError):
    """A source cannot be read just now, or what it answers cannot. Says why, without a word of the answer."""

    def __init__(self, said: str) -> None:
        """Record the reason, a phrase that follows the name of the source."""
        super().__init__(said)
        self.said = said


class Found(NamedTuple):
    """One study. ``body_parts`` are codes or words for what was examined, where the source states any."""

    context: Context
    body_parts: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """What names this study of this patient: it is another one as soon as either is."""
        context = self.context
        numbers = [(study.study_instance_uid, study.accession) for study in context.studies]
        said = repr((context.patient, numbers, [order.accession for order in context.orders]))
        return f"study-{hashlib.sha256(said.encode()).hexdigest()[:32]}"


class Wanted(NamedTuple):
    """Which studies are asked for: one by its number, or all that are to be reported where both are empty."""

    accession: str = ""
    study_instance_uid: str = ""


class Listing(NamedTuple):
    """Studies, and lines about what is not among them. No line says anything of a patient."""

    studies: tuple[Found, ...] = ()
    lines: tuple[str, ...] = ()


class Source(Protocol):
    """One system; called from several threads at once."""

    def read(self, wanted: Wanted) -> Listing:
        """Return what is there. Raises SourceError."""
        ...

    def history(self, patient: Patient) -> History:
        """Return what is there of a patient, whenever it was. Raises SourceError."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


def refusal(context: Context) -> str:
    """Return why no report can be made of a context, empty where one can; nothing of the patient is in it."""
    if not context.studies:
        return NO_IMAGES
    for issue in context_issues(replace(context, report=_ANY)):
        if issue.blocking:
            path = issue.where.path.removeprefix("context.")
            return Line(path, found(issue.message, LACKING) or issue.message, between=": ")
    try:
        check(write_context(context))
    except InputError as error:
        return Line(*error.violations[0], between=": ")
    except ValueError:
        return phrase("text that is not Unicode")
    return ""


def not_shown(refused: Counter[str]) -> Iterator[str]:
    """Yield a line for each reason why something is not shown."""
    for reason, count in refused.items():
        yield phrase("{count} not shown ({reason})", count=count, reason=reason)


def shown_with(warned: Counter[str]) -> Iterator[str]:
    """Yield a line for each thing that is to be said of studies that are shown."""
    for reason, count in warned.items():
        yield phrase("{count} shown with a warning ({reason})", count=count, reason=reason)

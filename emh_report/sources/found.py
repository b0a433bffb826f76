"""What a source answers: studies, each as the context of a report; and in words what it does not answer."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Final, NamedTuple, Protocol

from emh_report.context import Context, Identifier, Patient, ReportIdentity, context_issues
from emh_report.errors import EmhReportError, InputError
from emh_report.sources.history import History
from emh_report.wire.context import write_context
from emh_report.wire.guard import check

AT_MOST: Final = 50
"""Studies of one source that are shown; the others are said to be there."""

_ANY: Final = ReportIdentity(Identifier("urn:x", "1"))
"""The number of a report is given when it begins, so that a study is not refused for want of one."""


class SourceError(EmhReportError):
    """A source cannot be read just now, or what it answers cannot. Says why, without a word of the answer."""


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
        return "no images yet"
    for issue in context_issues(replace(context, report=_ANY)):
        if issue.blocking:
            return f"{issue.where.path.removeprefix('context.')}: {issue.message}"
    try:
        check(write_context(context))
    except InputError as error:
        return ": ".join(error.violations[0])
    except ValueError:
        return "text that is not Unicode"
    return ""

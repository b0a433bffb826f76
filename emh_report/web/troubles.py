"""What a page says when something cannot be done: every refusal of the form in words, in one table."""

from __future__ import annotations

from typing import Final, NamedTuple

from emh_report import limits
from emh_report.errors import (
    AlreadyStoredError,
    ConflictError,
    DamagedError,
    EmhReportError,
    InputError,
    InvalidReportError,
    MissingExtraError,
    NotAsSeenError,
    NotFoundError,
    NotPermittedError,
    NotStoredError,
    SignerUnavailableError,
    StoreUnavailableError,
    TransitionError,
)
from emh_report.phrases import Line, Phrase, phrase, together
from emh_report.sources import SourceError
from emh_report.web.reasons import unstorable
from emh_report.wire.statuses import RequestIdReusedError


class Trouble(NamedTuple):
    """Status of the answer, title and text of its page. ``again``: what was sent stays there, to be sent again."""

    status: int
    title: Phrase
    text: Phrase
    again: bool = False


class TooLargeError(EmhReportError):
    """A form that is larger than this service accepts."""


class UnstorableError(InputError):
    """What was typed can be shown but not stored: it is too long, or no text."""


KEPT: Final = phrase("Nothing was done, and everything you typed is kept on this page.")

ELSEWHERE: Final = Trouble(403, phrase("Refused"), phrase("This was sent from another site. Nothing was done."))
EXPIRED: Final = Trouble(
    403, phrase("This page had expired"), together(KEPT, phrase("Press the button to go on.")), again=True
)
OTHER_SITE: Final = Trouble(
    403,
    phrase("Not in a frame of another site"),
    phrase(
        "The viewer that shows this page belongs to another site, so the browser keeps your session from it. "
        "Whoever runs this service can give both a name below the same domain; a window of its own works at once."
    ),
)
NO_STUDY_NAMED: Final = Trouble(
    400,
    phrase("No examination named"),
    phrase("The address needs studyUID or accessionNumber, of one study; it may have patientID and template."),
)
UNKNOWN_STUDY: Final = Trouble(
    404,
    phrase("No such examination"),
    phrase("Neither the worklist nor the stored reports have the examination that was asked for."),
)
SEVERAL_STUDIES: Final = Trouble(
    409,
    phrase("More than one fits"),
    phrase(
        "Several examinations or reports fit what was asked for, and none was chosen. Name studyUID and template, or "
        "choose on the worklist."
    ),
)
OTHER_PATIENT: Final = Trouble(
    409,
    phrase("Another patient"),
    phrase(
        "The examination that was asked for belongs to another patient than the address names. Nothing was opened: "
        "compare the patient in your viewer."
    ),
)
DEFECT: Final = Trouble(500, phrase("A defect"), together(KEPT, phrase("Reference {reference}.")), again=True)
SIGNED_OUT: Final = Trouble(401, phrase("Sign in"), phrase("Reports are about patients: say who you are."))
STILL_HERE: Final = Trouble(
    401, phrase("Sign in again"), phrase("Your time was up. What you typed is kept, and is saved when you go on.")
)

TROUBLES: Final[dict[type[EmhReportError], Trouble]] = {
    NotFoundError: Trouble(404, phrase("Not here"), phrase("There is no such {kind}.")),
    NotStoredError: Trouble(404, phrase("Not here"), phrase("There is no such {kind}.")),
    TooLargeError: Trouble(
        413,
        phrase("Too large"),
        phrase(
            "A form may have {bytes} bytes. Nothing was done; go back, and your text is there.",
            bytes=limits.MESSAGE_BYTES,
        ),
    ),
    MissingExtraError: Trouble(
        501, phrase("Not part of this installation"), phrase("The service was installed without this:")
    ),
    InputError: Trouble(
        400, phrase("Cannot be read"), phrase("Nothing was done; go back, and what you typed is there.")
    ),
    UnstorableError: Trouble(
        422, phrase("Not saved"), together(KEPT, phrase("It cannot be stored as it is:")), again=True
    ),
    NotPermittedError: Trouble(403, phrase("Not open to you"), together(KEPT, phrase("This is open to:")), again=True),
    TransitionError: Trouble(
        409, phrase("Not possible any more"), together(KEPT, phrase("The state of the report allows:")), again=True
    ),
    ConflictError: Trouble(
        409, phrase("Changed meanwhile"), together(KEPT, phrase("Somebody else saved this report first.")), again=True
    ),
    RequestIdReusedError: Trouble(
        409, phrase("Sent already"), phrase("This form was sent before, with other answers. Nothing was done now.")
    ),
    NotAsSeenError: Trouble(
        409, phrase("Not what was shown"), together(KEPT, phrase("Look at the report again.")), again=True
    ),
    InvalidReportError: Trouble(
        422, phrase("Not possible yet"), together(KEPT, phrase("The report lacks something.")), again=True
    ),
    AlreadyStoredError: Trouble(409, phrase("There already"), phrase("This report is stored already.")),
    StoreUnavailableError: Trouble(
        503,
        phrase("Not stored"),
        together(KEPT, phrase("The store of reports cannot be reached just now: try again in a moment.")),
        again=True,
    ),
    SignerUnavailableError: Trouble(
        503,
        phrase("Not signed"),
        together(KEPT, phrase("The key that signs cannot be used just now: tell who runs this service.")),
        again=True,
    ),
    SourceError: Trouble(
        503,
        phrase("Study not read"),
        phrase("Nothing was begun. The system that has this study cannot be read just now:"),
    ),
    DamagedError: Trouble(
        500,
        phrase("Damaged"),
        phrase("What the store holds is not what was written. Nothing is shown of it: tell who runs this service."),
    ),
}
"""Error → what its page says. An error that is not here is a defect, and says nothing but its reference."""


KINDS: Final = {
    "study": phrase("study"),
    "report": phrase("report"),
    "version": phrase("version"),
    "template": phrase("template"),
    "vocabulary": phrase("vocabulary"),
    "version of the vocabularies": phrase("version of the vocabularies"),
    "action": phrase("action"),
}
"""What can be missing, as an error names it → as the page says it."""


RANKS: Final = {"resident": phrase("resident"), "attending": phrase("attending"), "records": phrase("records")}
PARTIES: Final = {
    "anyone": phrase("anyone"),
    "author or supervisor named in the report": phrase("author or supervisor named in the report"),
    "who signs the report: its supervisor, or its author where no supervisor is named": phrase(
        "who signs the report: its supervisor, or its author where no supervisor is named"
    ),
}
ACTIONS: Final = {
    "create": phrase("Begin a report"),
    "update": phrase("Go on writing"),
    "correct-context": phrase("Correct patient, order or study"),
    "release-preliminary": phrase("Release as preliminary"),
    "finalize": phrase("Sign the final report"),
    "amend": phrase("Sign the correction"),
    "add-addendum": phrase("Sign the addendum"),
    "cancel": phrase("Cancel the report"),
    "withdraw": phrase("Mark as entered in error"),
}
"""Whom an action is open to, and what is possible, as an error names it → as the page says it."""


def told(error: Exception) -> tuple[Trouble, tuple[str, ...]] | None:
    """Return what is said about an error, and its details; None for a defect."""
    said = next((TROUBLES[kind] for kind in type(error).__mro__ if kind in TROUBLES), None)
    if said is None:
        return None
    kind = getattr(error, "kind", "")
    return said._replace(text=said.text.given(kind=KINDS.get(kind, kind))), details(error)


def details(error: Exception) -> tuple[str, ...]:
    """Return what an error says of single things, in words."""
    match error:
        case NotFoundError():
            return error.candidates
        case InputError():
            said = ((path, unstorable(reason)) for path, reason in error.violations)
            return tuple(together(Line(path, ":"), reason) if path else reason for path, reason in said)
        case NotPermittedError():
            return tuple(map(_whom, error.permitted))
        case TransitionError():
            return tuple(ACTIONS.get(action, action) for action in error.possible)
        case MissingExtraError() | SourceError():
            return error.args
        case _:
            return ()


def _whom(permitted: str) -> str:
    """Return a rank and which of those that have it, as an error names both."""
    rank, _, party = permitted.removesuffix(")").partition(" (")
    return Line(RANKS.get(rank, rank), " (", PARTIES.get(party, party), ")")

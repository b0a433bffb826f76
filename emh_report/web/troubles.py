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
from emh_report.sources import SourceError
from emh_report.wire.statuses import RequestIdReusedError


class Trouble(NamedTuple):
    """Status of the answer, title and text of its page. ``again``: what was sent stays there, to be sent again."""

    status: int
    title: str
    text: str
    again: bool = False


class TooLargeError(EmhReportError):
    """A form that is larger than this service accepts."""


class UnstorableError(InputError):
    """What was typed can be shown but not stored: it is too long, or no text."""


KEPT: Final = "Nothing was done, and everything you typed is kept on this page."

ELSEWHERE: Final = Trouble(403, "Refused", "This was sent from another site. Nothing was done.")
EXPIRED: Final = Trouble(403, "This page had expired", f"{KEPT} Press the button to go on.", again=True)
OTHER_SITE: Final = Trouble(
    403,
    "Not in a frame of another site",
    "The viewer that shows this page belongs to another site, so the browser keeps your session from it. Whoever runs "
    "this service can give both a name below the same domain; a window of its own works at once.",
)
NO_STUDY_NAMED: Final = Trouble(
    400,
    "No examination named",
    "The address needs studyUID or accessionNumber, of one study; it may have patientID and template.",
)
UNKNOWN_STUDY: Final = Trouble(
    404, "No such examination", "Neither the worklist nor the stored reports have the examination that was asked for."
)
SEVERAL_STUDIES: Final = Trouble(
    409,
    "More than one fits",
    "Several examinations or reports fit what was asked for, and none was chosen. Name studyUID and template, or "
    "choose on the worklist.",
)
OTHER_PATIENT: Final = Trouble(
    409,
    "Another patient",
    "The examination that was asked for belongs to another patient than the address names. Nothing was opened: compare "
    "the patient in your viewer.",
)
DEFECT: Final = Trouble(500, "A defect", f"{KEPT} Reference {{reference}}.", again=True)
SIGNED_OUT: Final = Trouble(401, "Sign in", "Reports are about patients: say who you are.")
STILL_HERE: Final = Trouble(
    401, "Sign in again", "Your time was up. What you typed is kept, and is saved when you go on."
)

TROUBLES: Final[dict[type[EmhReportError], Trouble]] = {
    NotFoundError: Trouble(404, "Not here", "There is no such {kind}."),
    NotStoredError: Trouble(404, "Not here", "There is no such {kind}."),
    TooLargeError: Trouble(
        413,
        "Too large",
        f"A form may have {limits.MESSAGE_BYTES} bytes. Nothing was done; go back, and your text is there.",
    ),
    MissingExtraError: Trouble(501, "Not part of this installation", "The service was installed without this:"),
    InputError: Trouble(400, "Cannot be read", "Nothing was done; go back, and what you typed is there."),
    UnstorableError: Trouble(422, "Not saved", f"{KEPT} It cannot be stored as it is:", again=True),
    NotPermittedError: Trouble(403, "Not open to you", f"{KEPT} This is open to:", again=True),
    TransitionError: Trouble(409, "Not possible any more", f"{KEPT} The state of the report allows:", again=True),
    ConflictError: Trouble(409, "Changed meanwhile", f"{KEPT} Somebody else saved this report first.", again=True),
    RequestIdReusedError: Trouble(
        409, "Sent already", "This form was sent before, with other answers. Nothing was done now."
    ),
    NotAsSeenError: Trouble(409, "Not what was shown", f"{KEPT} Look at the report again.", again=True),
    InvalidReportError: Trouble(422, "Not possible yet", f"{KEPT} The report lacks something.", again=True),
    AlreadyStoredError: Trouble(409, "There already", "This report is stored already."),
    StoreUnavailableError: Trouble(
        503, "Not stored", f"{KEPT} The store of reports cannot be reached just now: try again in a moment.", again=True
    ),
    SignerUnavailableError: Trouble(
        503, "Not signed", f"{KEPT} The key that signs cannot be used just now: tell who runs this service.", again=True
    ),
    SourceError: Trouble(
        503, "Study not read", "Nothing was begun. The system that has this study cannot be read just now:"
    ),
    DamagedError: Trouble(
        500,
        "Damaged",
        "What the store holds is not what was written. Nothing is shown of it: tell who runs this service.",
    ),
}
"""Error → what its page says. An error that is not here is a defect, and says nothing but its reference."""


def told(error: Exception) -> tuple[Trouble, tuple[str, ...]] | None:
    """Return what is said about an error, and its details; None for a defect."""
    said = next((TROUBLES[kind] for kind in type(error).__mro__ if kind in TROUBLES), None)
    if said is None:
        return None
    return said._replace(text=said.text.format(kind=getattr(error, "kind", ""))), _details(error)


def _details(error: Exception) -> tuple[str, ...]:
    match error:
        case NotFoundError():
            return error.candidates
        case InputError():
            return tuple(f"{path}: {reason}" if path else reason for path, reason in error.violations)
        case NotPermittedError():
            return error.permitted
        case TransitionError():
            return error.possible
        case MissingExtraError() | SourceError():
            return (str(error),)
        case _:
            return ()

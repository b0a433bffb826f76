"""The life of a stored report as one transition table: who may do what, what it needs, and what comes of it.

Pure: no clock, no store. A report has a working copy, which may be edited, and released versions, which never change.
What FHIR, HL7 v2 and DICOM call each state stands in statuses.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Flag, StrEnum, auto
from typing import Final

from emh_report.context import COMPLETE_STATUSES, Context, Identifier, Practitioner, ReportStatus
from emh_report.draft import ReportMode
from emh_report.errors import InputError, NotPermittedError, TransitionError


class Rank(StrEnum):
    """What a person may do in the department, as the door that knows the person says."""

    RESIDENT = "resident"
    ATTENDING = "attending"
    RECORDS = "records"


class Action(StrEnum):
    """What can be done with a report."""

    CREATE = "create"
    UPDATE = "update"
    CORRECT_CONTEXT = "correct-context"
    RELEASE_PRELIMINARY = "release-preliminary"
    FINALIZE = "finalize"
    AMEND = "amend"
    ADD_ADDENDUM = "add-addendum"
    CANCEL = "cancel"
    WITHDRAW = "withdraw"


class Party(StrEnum):
    """Whom a transition is open to among those of one rank."""

    ANYONE = "anyone"
    NAMED = "author or supervisor named in the report"
    SIGNER = "who signs the report: its supervisor, or its author where no supervisor is named"


class Need(Flag):
    """What a transition needs beside the right person."""

    NOTHING = 0
    READABLE = auto()
    """No blocking issue: a template to read it by, a patient to file it under."""
    NO_ERRORS = auto()
    """Zero errors."""
    SEEN = auto()
    """The digest of what the actor was shown."""
    SIGNATURE = auto()
    REASON = auto()
    ADDS_ONLY = auto()
    """Everything the last version says is still said; only the communication of a pending result may change."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something. Authenticated by the door, never by this module."""

    person: Practitioner
    rank: Rank

    @property
    def name(self) -> str:
        """``system|value`` of the identifier: what an audit keeps."""
        return f"{self.person.identifier.system}|{self.person.identifier.value}"


@dataclass(frozen=True, slots=True)
class Transition:
    """One way from a state. ``releases``: it makes a new immutable version."""

    to: ReportStatus
    open_to: Mapping[Rank, Party]
    needs: Need = Need.NOTHING
    releases: bool = True


_S, _N = ReportStatus, Need
_WRITERS: Final = {Rank.RESIDENT: Party.NAMED, Rank.ATTENDING: Party.ANYONE}
_SIGNERS: Final = {Rank.ATTENDING: Party.SIGNER}
_EVERYONE: Final = {**_WRITERS, Rank.RECORDS: Party.ANYONE}
_WITHDRAWERS: Final = {Rank.ATTENDING: Party.ANYONE, Rank.RECORDS: Party.ANYONE}

_PRELIMINARY: Final = Transition(_S.PRELIMINARY, _WRITERS, _N.READABLE | _N.SEEN)
_FINAL: Final = Transition(_S.FINAL, _SIGNERS, _N.NO_ERRORS | _N.SEEN | _N.SIGNATURE)
_AMENDED: Final = Transition(_S.CORRECTED, _SIGNERS, _N.NO_ERRORS | _N.SEEN | _N.SIGNATURE | _N.REASON)
_ADDED: Final = Transition(_S.APPENDED, _SIGNERS, _N.NO_ERRORS | _N.SEEN | _N.SIGNATURE | _N.REASON | _N.ADDS_ONLY)
_CANCELLED: Final = Transition(_S.CANCELLED, _EVERYONE, _N.REASON)
_WITHDRAWN: Final = Transition(_S.ENTERED_IN_ERROR, _WITHDRAWERS, _N.SIGNATURE | _N.REASON)


def _context(status: ReportStatus) -> Mapping[Action, Transition]:
    """Patients are merged, orders change numbers: that reaches reports in every state and changes no version."""
    return {Action.CORRECT_CONTEXT: Transition(status, _EVERYONE, releases=False)}


def _edited(status: ReportStatus) -> Mapping[Action, Transition]:
    """Editing the working copy leaves the state, and every version, as it is."""
    return {Action.UPDATE: Transition(status, _WRITERS, releases=False), **_context(status)}


_CHANGES: Final = {Action.AMEND: _AMENDED, Action.ADD_ADDENDUM: _ADDED, Action.WITHDRAW: _WITHDRAWN}

TABLE: Final[Mapping[ReportStatus | None, Mapping[Action, Transition]]] = {
    None: {Action.CREATE: Transition(_S.DRAFT, _EVERYONE, releases=False)},
    _S.DRAFT: {
        **_edited(_S.DRAFT),
        Action.RELEASE_PRELIMINARY: _PRELIMINARY,
        Action.FINALIZE: _FINAL,
        Action.CANCEL: _CANCELLED,
    },
    _S.PRELIMINARY: {
        **_edited(_S.PRELIMINARY),
        Action.RELEASE_PRELIMINARY: _PRELIMINARY,
        Action.FINALIZE: _FINAL,
        Action.CANCEL: _CANCELLED,
        Action.WITHDRAW: _WITHDRAWN,
    },
    _S.FINAL: {**_edited(_S.FINAL), **_CHANGES},
    _S.CORRECTED: {**_edited(_S.CORRECTED), **_CHANGES},
    _S.APPENDED: {**_edited(_S.APPENDED), **_CHANGES},
    _S.CANCELLED: {**_context(_S.CANCELLED), Action.WITHDRAW: _WITHDRAWN},
    _S.ENTERED_IN_ERROR: _context(_S.ENTERED_IN_ERROR),
}
"""State → action → what comes of it. None is a report that does not exist yet.

A final report never becomes preliminary or cancelled again: it is corrected, added to, or withdrawn. What was withdrawn
stays withdrawn; the study is reported anew.
"""


RELEASING: Final = tuple(
    action for action in Action if any(ways[action].releases for ways in TABLE.values() if action in ways)
)
"""Actions that make a new version."""


def actions(status: ReportStatus) -> tuple[Action, ...]:
    """Return what can be done with a report in this state."""
    return tuple(TABLE[status])


def transition(status: ReportStatus | None, action: Action) -> Transition:
    """Return the way from ``status``. Raises TransitionError where there is none, with what is possible."""
    found = TABLE[status].get(action)
    if found is None:
        raise TransitionError(status.value if status else "", action.value, [one.value for one in TABLE[status]])
    return found


def finalizes_order(status: ReportStatus, mode: ReportMode) -> bool:
    """Whether a version answers its order. A companion report never does: the main report is still to come."""
    return status in COMPLETE_STATUSES and mode is ReportMode.STANDALONE


def signer(context: Context) -> Practitioner:
    """Return who signs a report: its supervisor, or its author where no supervisor is named."""
    return context.supervisor or context.author


def check_actor(actor: Actor, action: Action, way: Transition, context: Context) -> None:
    """Raise NotPermittedError unless ``actor`` may go this way with a report of this context.

    Raises InputError for an actor without an identifier: nobody could be told apart from anybody.
    """
    if not (actor.person.identifier.system and actor.person.identifier.value):
        raise InputError([("actor.person.identifier", "system and value are needed")])
    party = way.open_to.get(actor.rank)
    if party is None or not _belongs(actor.person.identifier, party, context):
        raise NotPermittedError(action.value, [f"{rank} ({party})" for rank, party in way.open_to.items()])


def _belongs(identifier: Identifier, party: Party, context: Context) -> bool:
    match party:
        case Party.ANYONE:
            return True
        case Party.SIGNER:
            return identifier == signer(context).identifier
        case Party.NAMED:
            named = (context.author, context.supervisor)
            return any(person is not None and person.identifier == identifier for person in named)

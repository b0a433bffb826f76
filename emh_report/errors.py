"""The exceptions of emh_report, split by whose fault they are. Those that only one door raises live beside it.

::

    EmhReportError
    ├── CatalogError               the author of a template, vocabulary or rule file
    ├── SettingError               the operator: a setting that cannot be read
    ├── ServersError               the operator: a file that names servers of others is wrong
    │   ├── IssuersError           the issuers whose tokens are taken
    │   ├── PeersError             the peers that get what is released
    │   └── SourcesError           the sources of studies
    ├── SourceError                sources.found: a source of studies that does not answer, or not as it should
    ├── InputError                 the caller: a message or file that cannot be read at all
    │   ├── LimitError             the caller: a message that is larger than this service accepts
    │   └── UnstorableError        web.troubles: what was typed at the form can be shown but not stored
    ├── NotAuthenticatedError      the caller: nobody that this service knows, by what was sent
    ├── ScopeError                 the caller: its token does not open this
    ├── NotFoundError              the caller: a template, version or vocabulary that is not installed
    ├── InvalidReportError         the author of the report: carries every issue
    ├── NotAsSignedError           the operator: this program words a report otherwise than it was signed
    ├── MissingExtraError          the operator: an optional package is not installed
    ├── StoredReportError          the caller: a stored report that does not allow what was asked
    │   ├── NotStoredError         no such report or version
    │   ├── AlreadyStoredError     a report with this identifier is stored
    │   ├── TransitionError        this state does not lead there
    │   ├── NotPermittedError      this person may not
    │   ├── ConflictError          somebody else changed the report since
    │   ├── NotAsSeenError         what would be signed is not what was shown
    │   └── DeliveryStateError     this delivery cannot be sent again, or skipped, as it stands
    ├── StoreError                 the operator: the store does not work
    │   ├── StoreUnavailableError  it cannot be reached or written to just now
    │   │   └── SignerUnavailableError  the key that signs cannot be used just now
    │   ├── NoStoreError           there is none at that place
    │   └── DamagedError           what it holds is not what was written
    ├── StoppingError              wire.statuses: the service stops, and an open stream ends
    ├── OverdueError               wire.statuses: the caller's deadline has passed, or the caller has gone
    ├── RefusedError               fhir_http.outcomes: a request that is not answered as asked, with its status
    ├── TooLargeError              web.troubles: the browser sent a form beyond a limit
    ├── RequestIdReusedError       wire.statuses: the caller sent a request id again with another content
    └── ClientError                client.errors: what a service answered, as its Python client raises it
        ├── InvalidInputError      client.errors: the request cannot be read
        ├── ReportRejectedError    client.errors: the report cannot be released; carries every issue
        ├── TooLargeError          client.errors: request or answer is beyond a limit
        ├── NotInstalledError      client.errors: template, version or vocabulary is not there
        ├── UnknownReportError     client.errors: there is no such stored report or version
        ├── OutdatedError          client.errors: the report was changed, or is not what was shown
        ├── NotPossibleError       client.errors: the state of the report does not lead there
        ├── NotSignedInError       client.errors: the service does not know who calls
        ├── ForbiddenError         client.errors: this person, or this token, may not
        ├── DeadlineError          client.errors: no answer in time
        ├── UnavailableError       client.errors: no service there
        └── ServerError            client.errors: a defect of the service; carries its reference
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emh_report.issues import Issue


class EmhReportError(Exception):
    """Base of every exception raised on purpose by emh_report."""


class CatalogError(EmhReportError):
    """A template, vocabulary or rule file is wrong. Names file, key and reason."""

    def __init__(self, file: str, key: str, reason: str) -> None:
        """Record where (``file``, ``key``) and why (``reason``)."""
        super().__init__(f"{file}: {key}: {reason}" if key else f"{file}: {reason}")
        self.file = file
        self.key = key
        self.reason = reason


class SettingError(EmhReportError):
    """A setting of the installation that cannot be read. Names it and what would be accepted."""

    def __init__(self, name: str, accepted: Sequence[str]) -> None:
        """Name the setting and the values it takes."""
        super().__init__(f"{name}: accepted are {', '.join(accepted)}")


class ServersError(EmhReportError):
    """A file that names servers of others is wrong. Names file, key and reason, and no secret."""

    def __init__(self, file: str, key: str, reason: str) -> None:
        """Record where (``file``, ``key``) and why (``reason``)."""
        super().__init__(f"{file}: {key}: {reason}" if key else f"{file}: {reason}")


class IssuersError(ServersError):
    """A file of issuers whose tokens are taken, or one of its key files."""


class PeersError(ServersError):
    """A file of peers that get what is released."""


class SourcesError(ServersError):
    """A file of sources of studies."""


class InputError(EmhReportError):
    """A message or file that cannot be read at all. ``violations`` are (path, reason) pairs."""

    file = ""
    """Where it was read from, for whoever gave several files; empty for a message."""

    def __init__(self, violations: Sequence[tuple[str, str]]) -> None:
        """Record every violation; the first one is the message."""
        path, reason = violations[0]
        super().__init__(f"{path}: {reason}" if path else reason)
        self.violations = tuple(violations)


class LimitError(InputError):
    """A message that is larger than this service accepts."""


class NotAuthenticatedError(EmhReportError):
    """What was sent does not say who calls. The message has nothing of it."""


class ScopeError(EmhReportError):
    """The token of the caller does not open what was asked."""

    def __init__(self, needed: str) -> None:
        """Name the scope that is needed; empty where none opens it."""
        super().__init__(
            f"the token does not open this: the scope {needed} is needed" if needed else "nothing opens this"
        )
        self.needed = needed


class NotFoundError(EmhReportError):
    """A template, template version or vocabulary that is not installed."""

    def __init__(self, kind: str, name: str, candidates: Sequence[str] = ()) -> None:
        """Record what was looked for and the nearest names that exist."""
        hint = f"; did you mean {', '.join(candidates)}?" if candidates else ""
        super().__init__(f"no such {kind}: {name!r}{hint}")
        self.kind = kind
        self.name = name
        self.candidates = tuple(candidates)


class InvalidReportError(EmhReportError):
    """The report cannot be released in the state asked for. ``issues`` has every reason."""

    def __init__(self, issues: Sequence[Issue]) -> None:
        """Record the issues; the message counts them and never repeats an answer."""
        errors = sum(1 for issue in issues if issue.severity == "error")
        super().__init__(f"{errors} error(s), {len(issues)} issue(s) in all")
        self.issues = tuple(issues)


class NotAsSignedError(EmhReportError):
    """This program words a report otherwise than its signer saw it, so it cannot send it."""


class MissingExtraError(EmhReportError):
    """An optional package is needed for this feature and is not installed."""

    def __init__(self, feature: str, package: str, libraries: str = "") -> None:
        """Name the feature and the package that brings it, or the ``libraries`` of the system that it lacks."""
        needed = f"the libraries {libraries}" if libraries else f"the package {package!r}: pip install {package!r}"
        super().__init__(f"{feature} needs {needed}")


class StoredReportError(EmhReportError):
    """A stored report does not allow what was asked. No message repeats report, patient or person."""


class NotStoredError(StoredReportError):
    """There is no such report or version."""

    def __init__(self, kind: str, reason: str = "") -> None:
        """``kind`` is what was looked for: report, version, task; ``reason`` says why it cannot be there."""
        super().__init__(f"there is no such {kind}{f': {reason}' if reason else ''}")
        self.kind = kind


class AlreadyStoredError(StoredReportError):
    """A report with this identifier is stored already."""

    def __init__(self, report_id: str) -> None:
        """Name the report that has the identifier."""
        super().__init__("a report with this identifier is stored already: read or change that one")
        self.report_id = report_id


class TransitionError(StoredReportError):
    """The state of the report does not lead where it was asked to go."""

    def __init__(self, status: str, action: str, possible: Sequence[str]) -> None:
        """Record the state, what was asked, and what can be done instead."""
        instead = ", ".join(possible) or "nothing: it is the end"
        super().__init__(f"{action}: not possible for a report in state {status or 'none'}; possible: {instead}")
        self.status = status
        self.action = action
        self.possible = tuple(possible)


class NotPermittedError(StoredReportError):
    """The person may not do this with this report."""

    def __init__(self, action: str, permitted: Sequence[str]) -> None:
        """Record what was asked and who may do it."""
        super().__init__(f"{action}: open to {'; '.join(permitted)}")
        self.action = action
        self.permitted = tuple(permitted)


class ConflictError(StoredReportError):
    """The report was changed since it was read. Nothing was written; both sides can still be compared."""

    def __init__(self, report_id: str, etag: str) -> None:
        """Name the report and the etag it has now."""
        super().__init__("the report was changed since it was read: compare with what it says now, then try again")
        self.report_id = report_id
        self.etag = etag


class NotAsSeenError(StoredReportError):
    """What would be signed or released is not what the person was shown."""

    def __init__(self, reason: str) -> None:
        """Say what differs."""
        super().__init__(f"{reason}: look at the report again, then sign")


class DeliveryStateError(StoredReportError):
    """A delivery cannot be sent again or skipped as it stands."""

    def __init__(self, action: str, state: str, possible: Sequence[str]) -> None:
        """Record what was asked, the state, and what it is possible for."""
        super().__init__(f"{action}: not possible for a delivery in state {state}; possible: {', '.join(possible)}")
        self.action = action
        self.state = state
        self.possible = tuple(possible)


class StoreError(EmhReportError):
    """The store does not work."""


class StoreUnavailableError(StoreError):
    """The store cannot be used just now. Nothing was acknowledged; a request with an id may be repeated."""


class SignerUnavailableError(StoreUnavailableError):
    """The key that signs cannot be used just now. Nothing was signed or stored; the draft is as it was."""

    def __init__(self, reason: str, *, lasting: bool = False) -> None:
        """Say why, and nothing of what would be signed, of the key or its PIN; ``lasting``: do not try again."""
        super().__init__(f"the key that signs cannot be used: {reason}; nothing was signed")
        self.reason = reason
        self.lasting = lasting


class NoStoreError(StoreError):
    """There is no store at the place that was named, and this use of it does not make one."""

    def __init__(self, place: str) -> None:
        """Name the place, without a password."""
        super().__init__(f"no such store: {place}; accepted is one that is there: serve makes a new one")


class DamagedError(StoreError):
    """What the store holds is not what was written, or its key is not there."""

"""Everything that can go wrong as an OperationOutcome with a status. None repeats what was sent."""

from __future__ import annotations

import logging
import secrets
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from emh_report.errors import (
    EmhReportError,
    InputError,
    InvalidReportError,
    LimitError,
    MissingExtraError,
    NotFoundError,
    NotStoredError,
    StoreUnavailableError,
)
from emh_report.intake.content import Json
from emh_report.intake.outcome import operation_outcome

LOG = logging.getLogger(__name__)
NOTHING: Final[Mapping[str, str]] = {}
RETRY_SECONDS: Final = 5


class RefusedError(EmhReportError):
    """A request that is not answered as asked: status of HTTP, IssueType of FHIR, and what would be accepted."""

    def __init__(
        self, status: int, code: str, text: str, *, expression: str = "", headers: Mapping[str, str] = NOTHING
    ) -> None:
        """``text`` says what was wrong with what, in our own words; ``expression`` names the parameter or element."""
        super().__init__(text)
        self.status = status
        self.code = code
        self.expression = expression
        self.headers = headers


class Refusal(NamedTuple):
    """An error as it is answered."""

    status: int
    outcome: Json
    headers: Mapping[str, str] = NOTHING


def outcome(severity: str, code: str, text: str, expression: str = "") -> Json:
    """Return an OperationOutcome with one issue."""
    issue: Json = {"severity": severity, "code": code, "diagnostics": text}
    if expression:
        issue["expression"] = [expression]
    return {"resourceType": "OperationOutcome", "issue": [issue]}


def refusal(error: Exception) -> Refusal:
    """Return the answer to an error; an unknown one is logged with its place and a reference, never with its text."""
    match error:
        case RefusedError():
            return Refusal(error.status, outcome("error", error.code, str(error), error.expression), error.headers)
        case InvalidReportError():
            return Refusal(422, operation_outcome(error.issues))
        case InputError():
            too_large = isinstance(error, LimitError)
            return (
                Refusal(413, _violations("too-long", error))
                if too_large
                else Refusal(400, _violations("invalid", error))
            )
        case _:
            return _known(error) or _defect(error)


def _known(error: Exception) -> Refusal | None:
    match error:
        case NotStoredError() | NotFoundError():
            return Refusal(404, outcome("error", "not-found", f"there is no such {error.kind} here"))
        case StoreUnavailableError():
            text = "the store cannot be used just now; ask again"
            return Refusal(503, outcome("error", "transient", text), {"Retry-After": str(RETRY_SECONDS)})
        case MissingExtraError():
            return Refusal(501, outcome("error", "not-supported", str(error)))
        case _:
            return None


def _violations(code: str, error: InputError) -> Json:
    issues = []
    for path, reason in error.violations:
        issue: Json = {"severity": "error", "code": code, "diagnostics": reason}
        issues.append({**issue, "expression": [path]} if path else issue)
    return {"resourceType": "OperationOutcome", "issue": issues}


def _defect(error: Exception) -> Refusal:
    reference = secrets.token_hex(6)
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(place.filename).name}:{place.lineno}"
    LOG.error("an answer failed, reference %s: %s at %s", reference, type(error).__name__, where)
    return Refusal(500, outcome("fatal", "exception", f"a defect of this service; reference {reference}"))

"""What a FHIR server answered, and what of it may be kept: codes and element paths, never its words.

https://hl7.org/fhir/R4/http.html: 3.1.0.11 (transaction), 3.1.0.1.4 (OperationOutcome).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, NamedTuple
from urllib.parse import quote

import orjson

from emh_report.delivery.sender import DELIVERED, End, Outcome

TRY_AGAIN: Final = frozenset({408, 425})
BUSY: Final = frozenset({429, 502, 503, 504})
"""The server as a whole cannot just now."""

OK: Final = range(200, 300)
SERVER_ERRORS: Final = range(500, 600)
KEPT: Final = 20
"""Issues that are kept of one answer."""

ISSUE_TYPES: Final = frozenset(
    {
        "invalid",
        "structure",
        "required",
        "value",
        "invariant",
        "security",
        "login",
        "unknown",
        "expired",
        "forbidden",
        "suppressed",
        "processing",
        "not-supported",
        "duplicate",
        "multiple-matches",
        "not-found",
        "deleted",
        "too-long",
        "code-invalid",
        "extension",
        "too-costly",
        "business-rule",
        "conflict",
        "transient",
        "lock-error",
        "no-store",
        "exception",
        "timeout",
        "incomplete",
        "throttled",
        "informational",
        "success",
        "limited-filter",
    }
)
"""http://hl7.org/fhir/issue-type, R4 and R5."""

SEVERITIES: Final = frozenset({"fatal", "error", "warning", "information", "success"})
PATH: Final = re.compile(r"[A-Za-z]{1,64}(?:\.[A-Za-z]{1,64}|\[\d{1,4}\]){0,16}", re.ASCII)
"""An element path. Anything else, such as a condition with a value in it, may name somebody and is dropped."""


class Sent(NamedTuple):
    """What has to be known of a bundle to send it and to read the answer. ``identifier`` is a search token."""

    type: str
    entries: int
    identifier: str

    @classmethod
    def of(cls, content: bytes) -> Sent:
        """Return what there is to know of a bundle of ours."""
        bundle = orjson.loads(content)
        known = bundle["identifier"]
        token = quote(f"{known['system']}|{known['value']}", safe="")
        return cls(bundle["type"], len(bundle["entry"]), token)


def judge(sent: Sent, status: int, headers: Mapping[str, str], content: bytes) -> Outcome:
    """Say how a try ended. A report counts as delivered only where the answer says so of every part of it."""
    error = f"HTTP_{status}"
    if status in OK:
        return _accepted(sent, status, content)
    if status in TRY_AGAIN or status in BUSY or status in SERVER_ERRORS:
        end = End.AWAY if status in BUSY else End.AGAIN
        return Outcome(end, error, _details(content), _retry_after(headers))
    return Outcome(End.REFUSED, error, _details(content))


def _accepted(sent: Sent, status: int, content: bytes) -> Outcome:
    if sent.type == "document":  # one resource: the status line says all there is
        return DELIVERED if status in (200, 201, 204) else Outcome(End.AGAIN, f"HTTP_{status}")
    read = _read(content)
    entries = read.get("entry")
    if (read.get("resourceType"), read.get("type")) != ("Bundle", "transaction-response"):
        return Outcome(End.AGAIN, "ANSWER_UNREADABLE")
    if not isinstance(entries, list) or len(entries) != sent.entries:
        return Outcome(End.AGAIN, "ANSWER_INCOMPLETE")
    statuses = [_entry_status(entry) for entry in entries]
    wrong = next((one for one in statuses if one not in OK), None)
    if wrong is None:
        return DELIVERED
    end = End.REFUSED if 400 <= wrong < 500 else End.AGAIN  # noqa: PLR2004 - HTTP
    return Outcome(end, f"ENTRY_{wrong}", (f"Bundle.entry[{statuses.index(wrong)}]",))


def _entry_status(entry: Any) -> int:  # noqa: ANN401 - whatever was answered
    response = entry.get("response") if isinstance(entry, dict) else None
    text = str(response.get("status", "")) if isinstance(response, dict) else ""
    return int(text[:3]) if text[:3].isascii() and text[:3].isdigit() else 0


def _read(content: bytes) -> dict[str, Any]:
    try:
        read = orjson.loads(content)
    except orjson.JSONDecodeError:
        return {}
    return read if isinstance(read, dict) else {}


def _details(content: bytes) -> tuple[str, ...]:
    """Return the issues of an OperationOutcome as "severity code path …", without anything a person wrote."""
    read = _read(content)
    issues = read.get("issue")
    if read.get("resourceType") != "OperationOutcome" or not isinstance(issues, list):
        return ()
    return tuple(" ".join(_issue(issue)) for issue in issues[:KEPT] if isinstance(issue, dict))


def _issue(issue: dict[str, Any]) -> Iterator[str]:
    for name, known in (("severity", SEVERITIES), ("code", ISSUE_TYPES)):
        value = issue.get(name)
        yield value if isinstance(value, str) and value in known else "?"
    for name in ("expression", "location"):
        paths = issue.get(name)
        for path in paths[:KEPT] if isinstance(paths, list) else ():
            if isinstance(path, str) and PATH.fullmatch(path):
                yield path


def _retry_after(headers: Mapping[str, str]) -> float:
    """Return the seconds a server asks to wait (RFC 9110, 10.2.3); 0 where it asks for nothing that can be read."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        asked = parsedate_to_datetime(text)
    except ValueError:
        return 0
    asked = asked if asked.tzinfo else asked.replace(tzinfo=UTC)
    return max(0.0, (asked - datetime.now(UTC)).total_seconds())

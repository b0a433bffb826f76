"""What is wrong with FHIR content: kinds of mistakes, as rules of issues and as codes of an OperationOutcome."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from emh_report.issues import Issue, Severity, Where

OUTCOME_CODES: Final[Mapping[str, str]] = {
    "fhir-structure": "structure",
    "fhir-required": "required",
    "fhir-value": "value",
    "fhir-invariant": "invariant",
    "fhir-code": "code-invalid",
    "fhir-reference": "not-found",
    "fhir-duplicate": "duplicate",
    "fhir-modifier": "extension",
    "fhir-contradiction": "conflict",
    "fhir-negated": "incomplete",
    "fhir-name-in-words": "informational",
    "fhir-narrative": "security",
    "fhir-version": "not-supported",
    "fhir-ambiguous": "multiple-matches",
    "fhir-not-read": "informational",
    "fhir-not-a-report": "not-supported",
    "answer-not-restored": "incomplete",
    "wrong-template": "not-supported",
    "wrong-template-version": "conflict",
    "unknown-group": "code-invalid",
    "report-version-unknown": "incomplete",
}
"""Rule of an issue → IssueType (R4 and R5). Any other rule is about the report itself: business-rule."""


def error(rule: str, path: str, message: str, accepted: tuple[str, ...] = ()) -> Issue:
    """Return an issue that refuses the content."""
    return Issue(rule, Severity.ERROR, Where(path), message, accepted)

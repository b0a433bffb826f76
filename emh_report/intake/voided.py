"""Orders and studies that no longer count, or never did: a report is not made of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from emh_report.intake.view import View
from emh_report.issues import Issue, Severity, Where

NO_ORDER: Final = ("proposal", "option")
"""Values of ServiceRequest.intent by which nobody has ordered anything (request-intent, R4 and R5)."""
VOID: Final[dict[str, dict[str, tuple[object, ...]]]] = {
    "ServiceRequest": {"status": ("entered-in-error", "revoked"), "doNotPerform": (True,), "intent": NO_ORDER},
    "ImagingStudy": {"status": ("entered-in-error", "cancelled")},
}
"""Values of elements with ``?!`` (modifier elements, FHIR R4 and R5) by which a resource does not count, by type."""


def standing(found: View) -> Iterator[Issue]:
    """Yield a warning for every order and study of a report that does not count, and is in its context all the same."""
    for type_, elements in VOID.items():
        for url, resource in found.of_type(type_):
            said = next((name for name, values in elements.items() if resource.get(name) in values), "")
            if said not in ("", "intent") and resource.get("intent", "order") == "order" and url not in found.negated:
                message = f"this {type_} does not count, as it says itself; it is in the context all the same"
                yield Issue("fhir-negated", Severity.WARNING, Where(f"{found.paths[url]}.{said}"), message)


def leave_out(found: View) -> Iterator[Issue]:
    """Take every order and study that does not count out of a view, and yield a warning for each."""
    for type_, elements in VOID.items():
        for url, resource in list(found.of_type(type_)):
            said = next((name for name, values in elements.items() if resource.get(name) in values), "")
            if said:
                del found.resources[url]
                message = f"this {type_} does not count, as it says itself, so it was left out"
                yield Issue("fhir-negated", Severity.WARNING, Where(f"{found.paths[url]}.{said}"), message)

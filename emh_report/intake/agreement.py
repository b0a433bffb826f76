"""What all resources of a report say alike, and one of them says otherwise: no answer, so no draft has it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from emh_report.export.fhir.versions import Version, composition_status
from emh_report.intake.content import Json
from emh_report.intake.context import BY_REPORT, number_of, observation
from emh_report.intake.leftovers import codes_of
from emh_report.intake.versions import reach
from emh_report.intake.view import WITHDRAWN, View, is_ours
from emh_report.issues import Issue, Severity, Where
from emh_report.statuses import STATUSES

NO_STATE: Final = "no report of this program has this state, so the context says that it is a draft"
STATE: Final = "another state than that of the report, which was read; the draft says nothing of it"
SOURCE: Final = "no order and no study of the report; it is not in the context"
PLACE: Final = "another place than that of the group it is an answer of, which was read; it is not in the draft"
KIND: Final = "another kind of examination than that of the report; it is not in the draft"
NUMBER: Final = "another number than that of the report; it is not in the context"

KINDS: Final = {"Composition": "type", "Procedure": "code"}
"""Elements that name the examination as the code of the report does."""


def agreement(found: View) -> Iterator[Issue]:
    """Yield a warning for every resource that says otherwise than report and group what it says as all of them."""
    report_url, report = next(found.of_type("DiagnosticReport"), ("", None))
    live = [(url, one) for url, one in found.resources.items() if url not in found.negated]
    observed = [(url, one) for url, one in live if one["resourceType"] == "Observation" and is_ours(one)]
    yield from _states(found, report_url, report, observed)
    examinations = [(url, one) for url, one in live if one["resourceType"] == "Procedure" and url in found.by_group]
    acquired = [(url, one) for url, one in observed if "category" in one]
    yield from _sources(found, report or observation(found), [*acquired, *examinations])
    yield from _places(found)
    yield from _derived_places(found, observed)
    if report is not None:
        yield from _kinds(found, report, [*examinations, *found.of_type("Composition")])
        for url, one in found.of_type("Composition"):
            numbers = {number.get("value", "") for number in reach(one, ("identifier",))}
            if numbers - {"", number_of(found).value}:
                yield _warning(found, url, "identifier", NUMBER)


def _states(found: View, report_url: str, report: Json | None, observed: list[tuple[str, Json]]) -> Iterator[Issue]:
    """Yield a warning for every state that does not belong to that of the report; for the report where none does."""
    stated = (report or observation(found)).get("status", "")
    if report is None:
        due = stated
    elif stated not in BY_REPORT:
        yield _warning(found, report_url, "status", NO_STATE)
        return
    else:
        row = STATUSES[BY_REPORT[stated]]
        due = row.observation
        for url, one in found.of_type("Composition"):
            if one.get("status") not in (composition_status(row, Version(found.version.fhir)), WITHDRAWN):
                yield _warning(found, url, "status", STATE)
    others = [url for url, one in observed if one.get("status") != due]
    all_of_them = report is not None and len(others) == len(observed)
    for url in others[:1] and [report_url] if all_of_them else others:
        yield _warning(found, url, "status", STATE)


def _sources(found: View, report: Json, seen: list[tuple[str, Json]]) -> Iterator[Issue]:
    """Yield a warning for what leads to an order or study that is none of the report's; once where it has none."""
    studies = found.version.studies[0] if report.get("resourceType") == "DiagnosticReport" else "derivedFrom"
    for name, listed in (("basedOn", "basedOn"), ("derivedFrom", studies)):
        known = {target for one in report.get(listed, ()) for target in _targets(found, one, report)}
        for url, resource in seen:
            named = [_targets(found, one, resource) for one in resource.get(name, ())]
            if any(one and known.isdisjoint(one) for one in named):
                yield _warning(found, url, name, SOURCE)
                if not known:
                    break


def _targets(found: View, reference: Json, home: Json) -> set[str]:
    """Return where a reference leads, as address and number; nothing where that is no order and no study."""
    url, resource = found.resolve(reference, home)
    if resource is not None and resource["resourceType"] not in ("ServiceRequest", "ImagingStudy"):
        return set()
    return {url, reference.get("identifier", {}).get("value", "")} - {""}


def _kinds(found: View, report: Json, named: list[tuple[str, Json]]) -> Iterator[Issue]:
    due = codes_of(report.get("code", {}))
    for url, resource in named:
        name = KINDS[resource["resourceType"]]
        stated = codes_of(resource.get(name, {}))
        if stated and due and stated.isdisjoint(due):
            yield _warning(found, url, name, KIND)


def _places(found: View) -> Iterator[Issue]:
    """Yield a warning for the first member of every group that is elsewhere than its root."""
    for root_url in found.by_group:
        root = found.resources[root_url]
        if root["resourceType"] == "Observation" and "bodySite" in root:
            members = dict(found.resolve(one, root) for one in root.get("hasMember", ()))
            for url, one in members.items():
                if one and url in found.used and _is_elsewhere(one.get("bodySite", {}), root["bodySite"]):
                    yield _warning(found, url, "bodySite", PLACE)
                    break


def _derived_places(found: View, observed: list[tuple[str, Json]]) -> Iterator[Issue]:
    """Yield a warning for every diagnosis that is elsewhere than the lesion it follows from."""
    for url, one in observed:
        if "bodySite" in one and url not in found.used:
            roots = (found.resolve(reference, one)[1] for reference in one.get("derivedFrom", ()))
            if any(root and _is_elsewhere(one["bodySite"], root.get("bodySite", {})) for root in roots):
                yield _warning(found, url, "bodySite", PLACE)


def _is_elsewhere(stated: Json, place: Json) -> bool:
    words = [one["text"] for one in (stated, place) if "text" in one]
    codes = [known for one in (stated, place) if (known := codes_of(one))]
    return len(set(words)) > 1 or (len(codes) > 1 and codes[0].isdisjoint(codes[1]))


def _warning(found: View, url: str, element: str, message: str) -> Issue:
    return Issue("fhir-contradiction", Severity.WARNING, Where(f"{found.paths[url]}.{element}"), message)

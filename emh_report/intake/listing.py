"""What the report lists as its results and the document in its sections: what they leave out, and what is not there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from emh_report.export.fhir.incomplete import INCOMPLETE
from emh_report.export.fhir.kept import KEPT
from emh_report.export.fhir.results import RESULTS
from emh_report.intake.content import Json
from emh_report.intake.leftovers import codes_of, own_disease
from emh_report.intake.versions import reach
from emh_report.intake.view import View, is_ours
from emh_report.issues import Issue, Severity, Where
from emh_report.own_codes import RULES

NOT_THERE: Final = "leads to what the bundle does not carry, so it is not read"
NO_RESULT: Final = "the report does not have this among its results; it was read all the same"
NO_SECTION: Final = "no section of the document refers to this; it was read all the same"
GATHERED: Final = (RESULTS.system, RESULTS.code)
LISTED: Final = frozenset({own_disease(), (KEPT.system, KEPT.code), (INCOMPLETE.system, INCOMPLETE.code)})
"""Codes of Observations that stand for no group of answers, and that report and document list beside those that do."""


def listing(found: View) -> Iterator[Issue]:
    """Yield a warning for everything of a report that it does not list, and for what it lists and is not there."""
    for url in found.by_group:
        path = found.version.members.get(found.resources[url]["resourceType"], ("-",))
        yield from _lost(found, url, path[0], reach(found.resources[url], path))
    gathered: set[str] = set()
    for url, one in found.of_type("Observation"):
        if GATHERED in codes_of(one.get("code", {})):
            gathered |= {target for target, _ in _led(found, url, one.get("hasMember", ()))}
            yield from _lost(found, url, "hasMember", one.get("hasMember", ()))
    ours = [url for url, one in found.resources.items() if url not in found.negated and _is_listed(found, url, one)]
    for url, report in islice(found.of_type("DiagnosticReport"), 1):
        observed = [one for one in ours if found.resources[one]["resourceType"] == "Observation"]
        listed = {target for target, _ in _led(found, url, report.get("result", ()))}
        yield from _lost(found, url, "result", report.get("result", ()))
        yield from _left_out(found, f"{found.paths[url]}.result", observed, listed, NO_RESULT)
    documents = ((url, one) for url, one in found.of_type("Composition") if url not in found.negated)
    for url, document in islice(documents, 1):
        entries = list(_entries(document))
        referred = {target for target, _ in _led(found, url, entries)}
        listed = referred | gathered if any(_gathers(found, one) for one in referred) else referred
        yield from _lost(found, url, "section", entries)
        yield from _left_out(found, f"{found.paths[url]}.section", ours, listed, NO_SECTION)


def _is_listed(found: View, url: str, resource: Json) -> bool:
    """Whether report and document list a resource: what stands for a group, or for nothing that is asked."""
    if url in found.by_group:
        return True
    codes = codes_of(resource.get("code", {})) if resource["resourceType"] in ("Observation", "Task") else set()
    stands = resource["resourceType"] == "Task" or RULES in {system for system, _ in codes}
    return is_ours(resource) and (stands or not LISTED.isdisjoint(codes))


def _gathers(found: View, url: str) -> bool:
    return GATHERED in codes_of(found.resources.get(url, {}).get("code", {}))


def _entries(section: Json) -> Iterator[Json]:
    """Yield what sections refer to, and the sections in them."""
    for inner in section.get("section", ()):
        yield from inner.get("entry", ())
        yield from _entries(inner)


def _led(found: View, url: str, references: Iterable[Json]) -> Iterator[tuple[str, Json]]:
    return (found.resolve(one, found.resources[url]) for one in references)


def _lost(found: View, url: str, element: str, references: Iterable[Json]) -> Iterator[Issue]:
    """Yield a warning where a reference leads to a resource that is not there, and names it by no number either."""
    addressed = (one for one in references if "reference" in one and "identifier" not in one)
    if any(resource is None for _, resource in _led(found, url, addressed)):
        yield Issue("fhir-not-read", Severity.WARNING, Where(f"{found.paths[url]}.{element}"), NOT_THERE)


def _left_out(found: View, path: str, ours: list[str], listed: set[str], message: str) -> Iterator[Issue]:
    """Yield a warning for each resource that is not listed; once where none is."""
    others = [found.paths[url] for url in ours if url not in listed]
    for place in [path] if others and len(others) == len(ours) else others:
        yield Issue("fhir-contradiction", Severity.WARNING, Where(place), message)

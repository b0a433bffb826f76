"""A bundle as the way back sees it: resources by their URLs, what stands for each group instance, and what is left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from emh_report.export.fhir.urls import INSTANCES, ITEMS
from emh_report.intake.content import Json
from emh_report.intake.versions import Version, reach

WITHDRAWN: Final = "entered-in-error"
NEGATED: Final[Mapping[str, frozenset[str]]] = {
    "Observation": frozenset({WITHDRAWN, "cancelled"}),
    "Procedure": frozenset({WITHDRAWN, "not-done", "preparation"}),
    "MedicationStatement": frozenset({WITHDRAWN, "not-taken"}),
    "ServiceRequest": frozenset({WITHDRAWN, "revoked"}),
    "Communication": frozenset({WITHDRAWN, "not-done", "preparation", "in-progress", "on-hold", "stopped"}),
}
"""States in which a resource does not say what it seems to say, by type (R4 and R5; elements with ``?!``)."""
HISTORY: Final = "/_history/"
"""Ahead of the version in a reference to one version of a resource (FHIR R4, 2.3.0.1)."""
PARTS: Final = 3
"""Of the identifier of a group instance: report, group, uid."""


@dataclass(slots=True)
class Instance:
    """One group instance: the resources that stand for it, in the order of the bundle."""

    group_id: str
    uid: str
    resources: list[Json] = field(default_factory=list)


@dataclass(slots=True)
class View:
    """The resources of one bundle. ``paths`` and ``resources`` go by fullUrl, ``instances`` by uid."""

    version: Version
    bundle: Json
    resources: dict[str, Json] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)
    local: dict[str, str] = field(default_factory=dict)
    """Type and id of a resource, as a relative reference has them → URL."""
    contained: dict[str, Json] = field(default_factory=dict)
    """Contained resources by the URL of what contains them, with their id behind a number sign."""
    homes: dict[int, str] = field(default_factory=dict)
    """URL of each resource by the identity of its object: what it refers to depends on where it stands."""
    instances: dict[str, Instance] = field(default_factory=dict)
    by_group: dict[str, str] = field(default_factory=dict)
    """URL of a resource that stands for a group instance → uid."""
    negated: dict[str, str] = field(default_factory=dict)
    """URLs of what does not count, because it was taken back or never was, and the state that says so."""
    unread: set[str] = field(default_factory=set)
    """URLs of what answers a question with something that is no answer to it here."""
    contradicted: set[str] = field(default_factory=set)
    """URLs of causes whose verificationStatus is not what the answer beside it stands for."""
    remarked: set[str] = field(default_factory=set)
    """URLs of what has notes that were read: as remarks, or as reasons to keep a warning."""
    used: set[str] = field(default_factory=set)
    """URLs of everything that was read."""

    def resolve(self, reference: Json, home: Json = None) -> tuple[str, Json]:
        """Return URL and resource that a reference leads to within the bundle; the resource is None where it is not.

        ``home``: the resource that refers.
        """
        url = self.address(reference.get("reference", ""), self.homes.get(id(home), ""))
        return url, self.resources.get(url) or self.contained.get(url)

    def address(self, stated: str, home: str = "") -> str:
        """Return the URL that a reference of the resource at ``home`` leads to, of whichever version it is.

        A relative one has the base of its own resource (FHIR R4, bundle, 2.36.4.1).
        """
        if stated in self.resources:
            return stated
        stated, container = stated.partition(HISTORY)[0], home.partition("#")[0]
        if stated.startswith("#"):
            return f"{container}{stated}" if stated != "#" else container
        own = self.resources.get(container, {})
        place = f"/{own.get('resourceType', '')}/{own.get('id', '')}"
        local = self.local.get(stated, stated)
        if stated in self.resources or not container.endswith(place):
            return stated if stated in self.resources else local
        beside = f"{container.removesuffix(place)}/{stated}"
        return local if beside not in self.resources and not local.endswith(f"/{stated}") else beside

    def of_type(self, type_: str) -> Iterator[tuple[str, Json]]:
        """Yield URL and resource of every resource of a type."""
        return ((url, one) for url, one in self.resources.items() if one["resourceType"] == type_)

    def places(self) -> dict[str, int]:
        """Return where a document first refers to each group instance, by uid; its resources are sorted by type."""
        found: dict[str, int] = {}
        documents = self.of_type("Composition") if self.bundle.get("type") == "document" else ()
        for _, composition in documents:
            for position, reference in enumerate(reach(composition, ("section", "entry"))):
                found.setdefault(self.by_group.get(self.resolve(reference, composition)[0], ""), position)
        return found

    def tags(self) -> dict[str, Json]:
        """Return the tags of the bundle, else of the report and its document, by system."""
        documents = [one for type_ in ("DiagnosticReport", "Composition") for _, one in self.of_type(type_)]
        found: dict[str, Json] = {}
        for resource in (self.bundle, *documents):
            for tag in resource.get("meta", {}).get("tag", ()):
                found.setdefault(tag.get("system", ""), tag)
        return found

    def left(self) -> Iterator[tuple[str, Json]]:
        """Yield URL and resource of everything that was not read."""
        return ((url, one) for url, one in self.resources.items() if url not in self.used)


def view(bundle: Json, version: Version) -> View:
    """Return the view of a bundle. What an earlier version said and this one withdraws is not part of it."""
    found = View(version, bundle)
    for position, entry in enumerate(bundle.get("entry", ())):
        resource = entry.get("resource")
        if resource is None:
            continue
        url = entry.get("fullUrl") or f" {position}"  # no reference can be so: none has white space
        found.resources[url] = resource
        found.homes[id(resource)] = url
        found.paths[url] = f"Bundle.entry[{position}].resource"
        _note_contained(found, url, resource)
        if "id" in resource:
            found.local.setdefault(f"{resource['resourceType']}/{resource['id']}", url)
    whole = _state(found)
    for url, resource in found.resources.items():
        state = _negation(resource)
        if state in ("", whole):
            _note_instance(found, url, resource)
        else:
            found.negated[url] = state
            found.used.add(url)
    return found


def _note_contained(found: View, url: str, resource: Json) -> None:
    for position, inner in enumerate(resource.get("contained", ())):
        known = f"{url}#{inner.get('id', '')}"
        found.contained[known] = inner
        found.homes[id(inner)] = known
        found.paths[known] = f"{found.paths[url]}.contained[{position}]"


def _state(found: View) -> str:
    """Return the state of the report: one that is withdrawn or cancelled still is what it was.

    Where no DiagnosticReport counts it is that of all Observations, those that were taken back besides others apart.
    """
    reports = {str(one.get("status", "")) for _, one in found.of_type("DiagnosticReport")}
    observed = {str(one.get("status", "")) for _, one in found.of_type("Observation")} or reports
    states = reports - {WITHDRAWN} or observed - {WITHDRAWN} or observed
    return states.pop() if len(states) == 1 else ""


def _negation(resource: Json) -> str:
    """Return the state or element that keeps a resource from saying what it seems to say; empty for none."""
    status = resource.get("status", "")
    if resource["resourceType"] == "ServiceRequest" and resource.get("intent") == "order":
        return ""  # what became of an order is no answer
    if status in NEGATED.get(resource["resourceType"], (WITHDRAWN,)):
        return str(status)
    if resource.get("doNotPerform") is True:
        return "doNotPerform"
    concept = resource.get("verificationStatus", {})
    codings = concept.get("coding", ()) if type(concept) is dict else ()
    return WITHDRAWN if any(one.get("code") == WITHDRAWN for one in codings) else ""


def instances(resource: Json) -> Iterator[tuple[str, str, str]]:
    """Yield report, group and uid of every group instance that a resource stands for."""
    identifiers = resource.get("identifier", ())
    listed = identifiers if type(identifiers) is list else ()
    for stated in dict.fromkeys(one.get("value", "") for one in listed if one.get("system") == INSTANCES):
        named = stated.split("/")
        if len(named) == PARTS:
            yield named[0], named[1], named[2]


def _note_instance(found: View, url: str, resource: Json) -> None:
    for _, group_id, uid in instances(resource):
        instance = found.instances.setdefault(uid, Instance(group_id, uid))
        instance.resources.append(resource)
        found.by_group[url] = uid
        found.used.add(url)


def is_ours(resource: Json) -> bool:
    """Whether a resource was born in a report of this program, as its identifier says."""
    return ITEMS in reach(resource, ("identifier", "system"))


def references(value: Json) -> Iterator[Json]:
    """Yield every reference within a resource that says where it leads."""
    if type(value) is list:
        for one in value:
            yield from references(one)
    elif type(value) is dict:
        if type(value.get("reference")) is str:
            yield value
        for one in value.values():
            yield from references(one)

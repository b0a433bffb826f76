"""A bundle as the way back sees it: resources by their URLs, what stands for each group instance, and what is left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from emh_report.export.fhir.urls import INSTANCES
from emh_report.intake.content import Json
from emh_report.intake.versions import Version, reach

WITHDRAWN: Final = "entered-in-error"
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
    instances: dict[str, Instance] = field(default_factory=dict)
    by_group: dict[str, str] = field(default_factory=dict)
    """URL of a resource that stands for a group instance → uid."""
    used: set[str] = field(default_factory=set)
    """URLs of everything that was read."""

    def resolve(self, reference: Json) -> tuple[str, Json]:
        """Return URL and resource that a reference leads to within the bundle; the resource is None where it is not."""
        url = reference.get("reference", "")
        url = url if url in self.resources else self.local.get(url, url)
        return url, self.resources.get(url)

    def of_type(self, type_: str) -> Iterator[tuple[str, Json]]:
        """Yield URL and resource of every resource of a type."""
        return ((url, one) for url, one in self.resources.items() if one["resourceType"] == type_)

    def places(self) -> dict[str, int]:
        """Return where a document first refers to each group instance, by uid; its resources are sorted by type."""
        found: dict[str, int] = {}
        documents = self.of_type("Composition") if self.bundle.get("type") == "document" else ()
        for _, composition in documents:
            for position, reference in enumerate(reach(composition, ("section", "entry", "reference"))):
                found.setdefault(self.by_group.get(reference, ""), position)
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
        url = entry.get("fullUrl") or f"#{position}"
        found.resources[url] = resource
        found.paths[url] = f"Bundle.entry[{position}].resource"
        if "id" in resource:
            found.local.setdefault(f"{resource['resourceType']}/{resource['id']}", url)
    withdrawn = all(_is_withdrawn(one) for _, one in found.of_type("Observation"))
    for url, resource in found.resources.items():
        if withdrawn or not _is_withdrawn(resource):
            _note_instance(found, url, resource)
        else:
            found.used.add(url)
    return found


def _is_withdrawn(resource: Json) -> bool:
    if resource.get("status") == WITHDRAWN:
        return True
    codings = resource.get("verificationStatus", {}).get("coding", ())
    return any(one.get("code") == WITHDRAWN for one in codings)


def _note_instance(found: View, url: str, resource: Json) -> None:
    identifiers = resource.get("identifier", ())
    for known in identifiers if type(identifiers) is list else ():
        if known.get("system") == INSTANCES:
            named = known.get("value", "").split("/")
            if len(named) != PARTS:
                continue
            _, group_id, uid = named
            instance = found.instances.setdefault(uid, Instance(group_id, uid))
            instance.resources.append(resource)
            found.by_group[url] = uid
            found.used.add(url)

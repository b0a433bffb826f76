"""What every resource of one bundle shares, and the list the resources go to.

How they are named: identity.py.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from emh_report.codes import Code
from emh_report.context import Focus, Identifier
from emh_report.draft import ReportMode
from emh_report.export.fhir import fixed
from emh_report.export.fhir.datatypes import CACHED, Json, coded, coding, identifier, search
from emh_report.export.fhir.diagnosis import lesions_of
from emh_report.export.fhir.identity import SEPARATOR, space_of, uuid_named, uuid_of, version_of
from emh_report.export.fhir.kinds import Kind
from emh_report.export.fhir.options import Options
from emh_report.export.fhir.said import Told
from emh_report.export.fhir.urls import INSTANCES, ITEMS
from emh_report.export.fhir.versions import in_version
from emh_report.own_codes import COMPANION, CONTENTS, TEMPLATES
from emh_report.report import Report
from emh_report.statuses import STATUSES
from emh_report.template import Template

FETUS: Final[Json] = {"display": "Fetus of the patient"}
"""Observation.focus of a fetal study. The fetus has no record of its own, so the reference is words only."""

IMAGING: Final = [coded(fixed.IMAGING)]

_OBSERVATION = f"Observation?{search(ITEMS, '')}"


class Tags(NamedTuple):
    """What the tags of a resource say: test data, companion report, and which template, version and content it has."""

    test_data: bool
    companion: bool
    template: Template | None


def observation(known: str, base: Json, others: Iterable[Json], code: Json, value: Json) -> Json:
    """Return the entry of an Observation; ``others``: its identifiers beside the UUID ``known``."""
    own: list[Json] = [{"system": ITEMS, "value": known}, *others]
    body = {**base, "identifier": own, "code": code, **value}
    return {"fullUrl": f"urn:uuid:{known}", "resource": body, "request": {"method": "PUT", "url": _OBSERVATION + known}}


def known_entry(kind: Kind, tags: Tags, type_: str, known: Identifier, body: Json) -> Json:
    """Return the entry of a resource that is created only where the receiver has none with this identifier."""
    urn = f"urn:uuid:{uuid_of(type_, known)}"
    request: Json = {"method": "POST", "url": type_, "ifNoneExist": search(known.system, known.value)}
    meta = _meta(tags, kind.guide.known.get(type_, ""))
    resource: Json = {"resourceType": type_, **meta, **in_version(kind.version, type_, body)}
    return {"fullUrl": urn, "resource": resource, "request": request}


class Writer:
    """Collects the entries of one bundle, the results of the report, and what each section refers to."""

    stated: Json
    """What all Observations share; there once `share` was called."""
    acquired: Json
    """What those share that were made on the images of this examination; there once `share` was called."""

    requested: list[Json]
    """All orders, also those that a kind of bundle does not allow as a basis; there once sources were added."""
    organization: Json | None = None
    gathered: Json | None = None
    """Observation that has all results as members; R5 only."""

    def __init__(self, report: Report, options: Options, kind: Kind) -> None:
        """Take what all resources share from the context of ``report``."""
        known = report.context.report.identifier
        self.report = report
        self.options = options
        self.kind = kind
        self.status = STATUSES[report.context.report.status]
        self.companion = report.mode is ReportMode.COMPANION
        self.statements = self.status.statements and not self.companion
        """Whether causes, medication, advice and messages leave as resources of their own."""
        self.entries: list[Json] = []
        self.results: list[Json] = []
        self.sections: dict[str, list[Json]] = {}
        self.roots: dict[str, Json] = {}
        """Root Observation of each group instance by uid."""
        self.groups: dict[str, Json] = {}
        """What stands for each group instance by uid: the resource of its own, else the root Observation."""
        self.lesions = lesions_of(report.groups)
        self._document_tags = Tags(report.context.test_data, self.companion, report.template)
        self.tags = self._document_tags if self.companion else self._document_tags._replace(template=None)
        """A companion has no document that would say what it was made with."""
        self.subject: Json = {}
        self.orders: list[Json] = []
        """What the report is based on."""
        self.studies: list[Json] = []
        self.authors: list[Json] = []
        self.space = space_of(known)
        self.links = [_link(known)] if self.companion else []
        """Further identifiers of everything that is born in the report."""
        self._documents: dict[str, str] = {}
        self._seen: set[object] = set()

    def share(self) -> None:
        """Build what observations share, once subject, orders and studies are known."""
        context = self.report.context
        based_on: Json = {"basedOn": self.orders} if self.orders else {}
        status: Json = {"status": self.status.observation}
        meta = _meta(self.tags, self.kind.guide.born.get("Observation", ""))
        self.stated = {"resourceType": "Observation", **meta, **based_on, **status, "subject": self.subject}
        self.acquired = {**self.stated, "category": IMAGING}
        if context.focus is Focus.FETUS:
            self.acquired["focus"] = [FETUS]
        if context.exam_date:
            self.acquired["effectiveDateTime"] = context.exam_date
        if self.studies:
            self.acquired["derivedFrom"] = self.studies

    def acquired_with(self, more: Json) -> Json:
        """Return what observations on the images of this examination share, and ``more`` beside it."""
        return {**self.acquired, **more}

    def kept(self, content: Json) -> object:
        """Return content that outlives this report, in the form an entry takes it in."""
        return content

    def put(self, entry: Json) -> None:
        """Add an entry, which nobody changes from here on."""
        self.entries.append(entry)

    def name(self, *parts: str) -> str:
        """Return the name of a resource in the name space of this report."""
        return SEPARATOR.join(parts)

    def instance(self, group_id: str, uid: str) -> Json:
        """Return the further identifier of what stands for a group instance: the way back reads it."""
        value = f"{self._numbered('DiagnosticReport')}/{group_id}/{uid}"
        return {"use": "secondary", "type": {"text": "Group of answers"}, "system": INSTANCES, "value": value}

    def observe(self, name: str, base: Json, code: Json, value: Json, *others: Json) -> Json:
        """Add an Observation and return the reference to it. ``value`` wins over ``base``; ``others``: identifiers."""
        known = uuid_named(name, self.space)
        self.put(observation(known, base, [*self.links, *others], code, value))
        return {"reference": f"urn:uuid:{known}"}

    def answer(self, start: str, base: Json, undated: Json, found: Collection[Told]) -> list[Json]:
        """Add the Observations of a group and return the references to them.

        ``start`` of their names; ``base`` of those acquired in this examination, ``undated`` of the others, neither of
        which has an element of the content.
        """
        return [
            self.observe(start + name, base if acquired else undated, said.code, said.value)
            for _, name, acquired, said in found
        ]

    def add(self, type_: str, name: str, body: Json, *others: Json) -> Json:
        """Add a resource that is born in the report, other than an Observation, and return the reference to it."""
        known = uuid_named(name, self.space)
        urn = f"urn:uuid:{known}"
        own: list[Json] = [{"system": ITEMS, "value": known}, *self.links, *others]
        meta = _meta(self.tags, self.kind.guide.born.get(type_, ""))
        rest = in_version(self.kind.version, type_, body)
        resource: Json = {"resourceType": type_, **meta, "identifier": own, **rest}
        request: Json = {"method": "PUT", "url": f"{type_}?{search(ITEMS, known)}"}
        self.put({"fullUrl": urn, "resource": resource, "request": request})
        return {"reference": urn}

    def add_unnamed(self, type_: str, name: str, body: Json, about: str) -> None:
        """Add a resource of a type without identifier: a tag is its name.

        It is created where a server finds none by that and ``about``, a search.
        """
        known = uuid_named(name, self.space)
        own: list[Json] = [] if self.kind.document else [{"system": ITEMS, "code": known}]
        tags = [*_tags(self.tags), *own]
        meta: Json = {"meta": {"tag": tags}} if tags else {}
        resource: Json = {"resourceType": type_, **meta, **in_version(self.kind.version, type_, body)}
        request: Json = {"method": "POST", "url": type_, "ifNoneExist": f"_tag={ITEMS}%7C{known}&{about}"}
        self.put({"fullUrl": f"urn:uuid:{known}", "resource": resource, "request": request})

    def add_document(self, type_: str, number: object, body: Json, *profiles: str) -> None:
        """Add the resource that goes by the number of the report itself; ``number`` is its element identifier.

        It claims ``profiles`` beside that of the guide.
        """
        known = self.report.context.report.identifier
        rest = in_version(self.kind.version, type_, {"identifier": number, **body})
        meta = _meta(self._document_tags, self.kind.guide.documents.get(type_, ""), *profiles)
        resource: Json = {"resourceType": type_, **meta, **rest}
        request: Json = {"method": "PUT", "url": f"{type_}?{search(known.system, known.value)}"}
        self.put({"fullUrl": self.document(type_)["reference"], "resource": resource, "request": request})

    def document(self, type_: str) -> Json:
        """Return the reference to the resource that goes by the number of the report."""
        return {"reference": f"urn:uuid:{self._numbered(type_)}"}

    def _numbered(self, type_: str) -> str:
        """Return the UUID of the resource that goes by the number of the report."""
        known = self._documents.get(type_)
        if known is None:
            known = self._documents[type_] = uuid_named(self.name("", type_), self.space)
        return known

    def add_known(self, type_: str, known: Identifier, body: Json) -> Json:
        """Add a resource that may exist already, and return the reference to it."""
        return self.put_known(known_entry(self.kind, self.tags, type_, known, body))

    def put_known(self, entry: Json) -> Json:
        """Add a resource that may exist already, unless it is there; return the reference to it."""
        urn = entry["fullUrl"]
        if urn not in self._seen:
            self._seen.add(urn)
            self.put(entry)
        return {"reference": urn}

    def version(self, number: int) -> Identifier:
        """Return the identifier of one version of the report."""
        return version_of(self.space, number)

    def bundle(self, type_: str) -> Json:
        """Return the head of the bundle. Its identifier is that of this version of the report."""
        identity = self.report.context.report
        meta = _meta(self._document_tags, self.kind.guide.bundle)
        found: Json = {"resourceType": "Bundle", **meta, "identifier": identifier(self.version(identity.version))}
        found["type"] = type_
        return {**found, "timestamp": identity.issued} if identity.issued else found

    def place(self, section: str, reference: Json) -> None:
        """Refer to a resource from a section of the Composition."""
        self.sections.setdefault(section, []).append(reference)

    def result(self, section: str, reference: Json) -> None:
        """Make an Observation a result of the report and refer to it from a section."""
        self.results.append(reference)
        self.place(section, reference)

    def state(self, normal: str) -> str:
        """Return the status of a resource that is not an Observation."""
        return "entered-in-error" if self.status.withdrawn else normal


@lru_cache(CACHED)
def _meta(tags: Tags, *profiles: str) -> Mapping[str, Json]:
    claimed = [profile for profile in profiles if profile]
    found: Json = {"profile": claimed} if claimed else {}
    if known := _tags(tags):
        found["tag"] = known
    return {"meta": found} if found else {}


def _tags(tags: Tags) -> list[Json]:
    found: list[Json] = []
    if tags.test_data:
        found.append(coding(fixed.TEST_DATA))
    if tags.companion:
        found.append(coding(COMPANION))
    if tags.template:
        found += _made_with(tags.template)
    return found


def _made_with(template: Template) -> list[Json]:
    made_with = coding(Code(TEMPLATES, template.id, template.title))
    content = coding(Code(CONTENTS, template.content_hash))
    return [{**made_with, "version": template.version}, content]


def _link(known: Identifier) -> Json:
    """Return the second identifier of what accompanies a report: the number of that report."""
    return {"use": "secondary", "type": {"text": "Report number"}, **identifier(known)}

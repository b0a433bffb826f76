"""A server of FHIR R4 or R5: orders that are open, or one by its number, with their patients and imaging studies.

Three searches, whatever the list: orders, then their patients by id, then the studies based on them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from emh_report.catalog import Catalog
from emh_report.context import Patient
from emh_report.intake.content import Json
from emh_report.phrases import phrase
from emh_report.sources import fhir_history
from emh_report.sources.fhir_case import Case, read_case
from emh_report.sources.found import AT_MOST, Listing, SourceError, Wanted, not_shown, shown_with
from emh_report.sources.history import ANOTHER, Examination, History, is_same, numbers
from emh_report.sources.http import Client
from emh_report.sources.settings import FhirSettings

STUDIES: Final = 4 * AT_MOST
MORE: Final = phrase("has more orders, patients or studies than are shown")
_ID: Final = re.compile(r"[A-Za-z0-9.-]{1,64}", re.ASCII)


class Fhir:
    """Reads one server."""

    def __init__(self, settings: FhirSettings, catalog: Catalog) -> None:
        """Connections are made when something is asked; ``catalog`` has the terms that FHIR is checked against."""
        self._base = settings.url
        self._catalog = catalog
        self._client = Client(settings, "application/fhir+json")

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()

    def read(self, wanted: Wanted) -> Listing:
        """Return the studies of orders. Raises SourceError."""
        cut: set[str] = set()
        orders = self._orders(wanted, cut)
        shown = dict(list(orders.items())[:AT_MOST])
        subjects = [self._target(order.get("subject"), "Patient") for order in shown.values()]
        patients = self._by_id("Patient", subjects, cut)
        studies = self._studies(list(shown), cut)
        found, refused, warned, shared = [], Counter[str](), Counter[str](), 0
        for (id_, order), subject in zip(shown.items(), subjects, strict=True):
            own = [one for one in studies if id_ in self._based_on(one)]
            if any(len(set(self._based_on(one)) & shown.keys()) > 1 for one in own):
                shared += 1
            case = Case(self._base, order, patients.get(subject), own)
            study, said = read_case(self._catalog, case, wanted)
            (refused if study is None else warned).update(said)
            if study is not None:
                found.append(study)
        lines = [*not_shown(refused), *shown_with(warned)]
        if shared:
            lines.append(phrase("{count} orders share their studies: one of them is shown", count=shared))
        if cut or len(orders) > AT_MOST:
            lines.append(MORE)
        return Listing(tuple(found), tuple(lines))

    def history(self, patient: Patient) -> History:
        """Return the imaging studies of a patient, and reports about images. Raises SourceError."""
        cut: set[str] = set()
        found: list[Examination] = []
        refused = Counter[str]()
        for subject in self._known_as(patient, cut, refused):
            criteria = [("patient", f"Patient/{subject}")]
            studies = {_id(one): fhir_history.study(one) for one in self._own("ImagingStudy", subject, criteria, cut)}
            categories = ",".join("|".join(code) for code in fhir_history.CATEGORIES)
            for one in self._own("DiagnosticReport", subject, [*criteria, ("category", categories)], cut):
                report = fhir_history.report(one)
                images = [self._target(image, "ImagingStudy") for image in fhir_history.studies_of(one)]
                shown = [id_ for id_ in images if studies.get(id_)]
                for id_ in shown if report else ():
                    study = studies[id_]
                    studies[id_] = study._replace(reported=True) if study else None
                found += [report] if report and not shown else []
            found += [one for one in studies.values() if one]
        return History(tuple(found), (*not_shown(refused), *([MORE] if cut else [])))

    def _known_as(self, patient: Patient, cut: set[str], refused: Counter[str]) -> list[str]:
        """Return the ids of the Patients of this server that are known to be this one."""
        found: list[str] = []
        for number in numbers(patient):
            token = f"{_escaped(number.system)}|{_escaped(number.value)}"
            for one in self._search("Patient", [("identifier", token)], AT_MOST, cut):
                if not is_same(fhir_history.patient(one), patient):
                    refused[ANOTHER] += 1
                elif _id(one) not in found:
                    found.append(_id(one))
        return found

    def _own(self, type_: str, subject: str, criteria: list[tuple[str, str]], cut: set[str]) -> list[Json]:
        """Return resources of a patient: a server may leave out a parameter, and answer with anybody's."""
        answered = self._search(type_, criteria, AT_MOST, cut)
        return [one for one in answered if self._target(one.get("subject"), "Patient") == subject]

    # --- searches ----------------------------------------------------------------------------------------------------

    def _orders(self, wanted: Wanted, cut: set[str]) -> dict[str, Json]:
        if wanted.study_instance_uid:
            token = f"urn:dicom:uid|urn:oid:{wanted.study_instance_uid}"
            studies = self._search("ImagingStudy", [("identifier", token)], AT_MOST, cut)
            return self._by_id("ServiceRequest", [id_ for one in studies for id_ in self._based_on(one)], cut)
        if wanted.accession:
            criteria = [("identifier", wanted.accession)]
        else:
            criteria = [("status", "active"), ("_sort", "-_lastUpdated")]
        found = {_id(one): one for one in self._search("ServiceRequest", criteria, AT_MOST + 1, cut)}
        # a server may leave out a parameter that it does not know, and answer with orders that were done long ago
        return {id_: one for id_, one in found.items() if wanted.accession or one.get("status") == "active"}

    def _by_id(self, type_: str, ids: list[str], cut: set[str]) -> dict[str, Json]:
        known = list(dict.fromkeys(id_ for id_ in ids if id_))
        if not known:
            return {}
        found = {_id(one): one for one in self._search(type_, [("_id", ",".join(known))], len(known), cut)}
        return {id_: found[id_] for id_ in known if id_ in found}

    def _studies(self, orders: list[str], cut: set[str]) -> list[Json]:
        if not orders:
            return []
        based = ",".join(f"ServiceRequest/{id_}" for id_ in orders)
        return self._search("ImagingStudy", [("basedon", based)], STUDIES, cut)

    def _search(self, type_: str, criteria: list[tuple[str, str]], count: int, cut: set[str]) -> list[Json]:
        """Return the resources of a type that a server answers, in ``cut`` the type where there are more of them.

        Raises SourceError for anything but a search set.
        """
        answer = self._client.get(type_, [*criteria, ("_count", str(count))]).content
        if not isinstance(answer, dict) or (answer.get("resourceType"), answer.get("type")) != ("Bundle", "searchset"):
            raise SourceError(phrase("answers what is no FHIR search"))
        entries = answer.get("entry", [])
        if not isinstance(entries, list):
            raise SourceError(phrase("answers what is no FHIR search"))
        if "next" in _relations(answer.get("link", [])):
            cut.add(type_)
        resources = [entry.get("resource") for entry in entries if isinstance(entry, dict)]
        return [one for one in resources if isinstance(one, dict) and one.get("resourceType") == type_ and _id(one)]

    # --- references --------------------------------------------------------------------------------------------------

    def _target(self, reference: Json, type_: str) -> str:
        """Return the id of a resource of this server; empty for a reference to anything else."""
        stated = reference.get("reference") if isinstance(reference, dict) else None
        path = stated.removeprefix(f"{self._base}/").partition("/_history/")[0] if isinstance(stated, str) else ""
        kind, _, id_ = path.partition("/")
        return id_ if kind == type_ and _ID.fullmatch(id_) else ""

    def _based_on(self, study: Json) -> Iterator[str]:
        listed = study.get("basedOn", [])
        for one in listed if isinstance(listed, list) else ():
            if id_ := self._target(one, "ServiceRequest"):
                yield id_


def _relations(links: Json) -> Iterator[str]:
    for link in links if isinstance(links, list) else ():
        if isinstance(link, dict):
            yield str(link.get("relation"))


def _id(resource: Mapping[str, Json]) -> str:
    found = resource.get("id")
    return found if isinstance(found, str) and _ID.fullmatch(found) else ""


def _escaped(text: str) -> str:
    """Return a text as part of a token: what separates tokens is escaped (FHIR R4, 3.1.1.4.0.1)."""
    return re.sub(r"([\\,|$])", r"\\\1", text)

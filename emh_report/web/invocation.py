"""The form opened by an address, in the words of IHE Invoke Image Display. It finds; nothing begins by an address."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from emh_report import limits
from emh_report.context import Context, Identifier
from emh_report.sources import SourceError
from emh_report.store import Query
from emh_report.web import respond, troubles
from emh_report.web.filing import ENDED, Filing
from emh_report.web.guard import Guard
from emh_report.web.samples import Sample


class Asked(NamedTuple):
    """What an address asks for; empty where it says nothing. Everything that is given has to fit."""

    study: str
    accession: str
    patient: str
    template: str

    def of_study(self, context: Context) -> bool:
        """Whether this is the examination that was asked for."""
        accessions = {study.accession for study in context.studies} | {one.accession.value for one in context.orders}
        return (not self.study or self.study in _uids(context)) and (not self.accession or self.accession in accessions)

    def of_patient(self, context: Context) -> bool:
        """Whether the patient is the one that was named, if one was."""
        return not self.patient or self.patient in {one.value for one in context.patient.identifiers}


class Found(NamedTuple):
    """An examination that fits: its address, and whether a report of it was begun."""

    address: str
    context: Context
    begun: bool


class Invocation:
    """Handler of ``/open``."""

    def __init__(self, filing: Filing) -> None:
        """Remember where reports and studies are."""
        self._filing = filing

    def routes(self, guard: Guard) -> list[BaseRoute]:
        """Return the address."""
        return [Route("/open", guard.shown(self.opened), methods=["GET"])]

    def opened(self, request: Request) -> Response:
        """Go on to the report of an examination, or to the page that begins it; else say why not, and nothing more."""
        asked = _asked(request)
        if not (asked.study or asked.accession) or request.query_params.get("requestType", "STUDY") != "STUDY":
            return respond.trouble(request, troubles.NO_STUDY_NAMED)
        if asked.template:
            self._filing.desk.plan(asked.template)
        samples, lines = self._filing.desk.named(asked.study, asked.accession)
        there = [*self._reports(asked), *_studies(asked, samples)]
        own = [one for one in there if asked.of_patient(one.context)]
        if there and not own:
            return respond.trouble(request, troubles.OTHER_PATIENT)
        chosen = [one for one in own if one.begun] or own
        if not chosen and lines:
            raise SourceError(lines[0])
        if not chosen:
            return respond.trouble(request, troubles.UNKNOWN_STUDY)
        if len(chosen) > 1 or len({_uids(one.context) for one in own}) > 1:
            return respond.trouble(request, troubles.SEVERAL_STUDIES)
        return respond.see(chosen[0].address)

    def _reports(self, asked: Asked) -> Iterator[Found]:
        query = Query(study=asked.study, accession=Identifier(value=asked.accession))
        for one in self._filing.store.list(query, size=limits.MAX_PAGE).reports:
            if one.status not in ENDED and asked.template in ("", one.template_id):
                context = self._filing.store.get(one.report_id).context
                if asked.of_study(context):
                    yield Found(f"/report/{one.report_id}", context, begun=True)


def _studies(asked: Asked, samples: Iterable[Sample]) -> Iterator[Found]:
    for sample in samples:
        if asked.of_study(sample.context):
            template = asked.template or sample.template_id
            yield Found(f"/study/{sample.id}/{template}", sample.context, begun=False)


def _asked(request: Request) -> Asked:
    said = request.query_params
    patient = said.get("patientID", "").partition("^")[0]  # HL7 CX: the issuer stands behind the value
    return Asked(said.get("studyUID", ""), said.get("accessionNumber", ""), patient, said.get("template", ""))


def _uids(context: Context) -> tuple[str, ...]:
    return tuple(study.study_instance_uid for study in context.studies)

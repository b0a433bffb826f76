"""The form's use cases over the store: begin, resume and save a report. Blocking; called from threads."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from emh_report.context import ReportIdentity, ReportStatus
from emh_report.draft import ReportMode
from emh_report.errors import NotFoundError, NotPermittedError, NotStoredError
from emh_report.lifecycle import Action, Actor, check_actor, transition
from emh_report.plan import Plan
from emh_report.store import Query, Receipt, Store, StoredReport, Summary
from emh_report.web import sheet as sheets
from emh_report.web.desk import Desk
from emh_report.web.messages import unstored
from emh_report.web.people import Person
from emh_report.web.samples import Sample
from emh_report.web.sheet import Pairs, Sheet
from emh_report.web.storable import storable
from emh_report.web.troubles import UnstorableError
from emh_report.wire.statuses import RequestIdReusedError

ENDED: Final = frozenset({ReportStatus.CANCELLED, ReportStatus.ENTERED_IN_ERROR})
"""States after which a study is reported anew."""

_BEGUN: Final = uuid.UUID("6d1f6ba4-4f0b-5d0c-9a53-3f6c8f0a2f11")
"""Namespace of request ids: beginning a report twice makes one, whoever does it."""


@dataclass(frozen=True, slots=True)
class Filed:
    """A stored report, and the template it is read by."""

    report: StoredReport
    plan: Plan

    def may(self, actor: Actor, action: Action) -> bool:
        """Whether ``actor`` can do this with the report as it stands."""
        return action in self.report.actions and permitted(self.report, actor, action)

    def sheet(self, pairs: Pairs) -> Sheet:
        """Return what a form of this report sent; its template is that of the report. Raises InputError."""
        draft = self.report.draft
        sheet = sheets.from_pairs(self.plan, pairs)
        return replace(
            sheet,
            template_id=draft.template_id,
            version=draft.template_version,
            content_hash=draft.template_hash,
        )


def permitted(report: StoredReport, actor: Actor, action: Action) -> bool:
    """Whether ``actor`` may do something that the state of a report allows."""
    try:
        check_actor(actor, action, transition(report.status, action), report.context)
    except NotPermittedError:
        return False
    return True


class Filing:
    """Reports of the form in one store."""

    def __init__(self, desk: Desk, store: Store) -> None:
        """Take templates, studies and store."""
        self.desk = desk
        self.store = store

    def of_study(self, sample: Sample) -> tuple[Summary, ...]:
        """Return the reports of a study, newest first."""
        uid = next((study.study_instance_uid for study in sample.context.studies), "")
        return self.store.list(Query(study=uid)).reports if uid else ()

    def begun(self, sample: Sample, plan: Plan) -> str:
        """Return the report of a study by this template that is being written or was signed; empty where none is."""
        return _live(self.of_study(sample), plan)

    def begin(self, sample: Sample, plan: Plan, person: Person) -> str:
        """Return the report of a study by this template, a new draft where there is none.

        Raises InputError for answers of a study that the form of this template has no place for.
        """
        there = self.of_study(sample)
        live = _live(there, plan)
        if live:
            return live
        draft = sheets.to_draft(self.desk.opened(sample, plan), self.desk.words)
        context = person.begins(replace(sample.context, report=ReportIdentity()))
        asked = str(uuid.uuid5(_BEGUN, f"{sample.id} {plan.template.id} {len(there)}"))
        try:
            return self.store.create(draft, context, person.actor, request_id=asked).report_id
        except RequestIdReusedError:  # somebody began it at the same moment
            live = self.begun(sample, plan)
            if not live:
                raise NotStoredError("report") from None
            return live

    def others(self, report: StoredReport) -> tuple[Summary, ...]:
        """Return the other reports of the studies of a report that would answer their order, too."""
        uids = [study.study_instance_uid for study in report.context.studies if study.study_instance_uid]
        found = {one.report_id: one for uid in uids for one in self.store.list(Query(study=uid)).reports}
        found.pop(report.report_id, None)
        return tuple(one for one in found.values() if one.mode is ReportMode.STANDALONE and one.status not in ENDED)

    def find(self, report_id: str) -> Filed:
        """Return a stored report. Raises NotStoredError, and NotFoundError for a template that is not installed."""
        report = self.store.get(report_id)
        return Filed(report, self.desk.plan(report.draft.template_id, report.draft.template_version))

    def opened(self, filed: Filed) -> Sheet:
        """Return the sheet of a stored report. Raises InputError for what the form cannot show."""
        return sheets.from_draft(filed.plan, filed.report.draft, self.desk.words)

    def save(self, filed: Filed, sheet: Sheet, person: Person, *, etag: str, request_id: str = "") -> Receipt:
        """Store what the form says. Raises ConflictError where the report is not as it was read with ``etag``."""
        draft, report = sheets.to_draft(sheet, self.desk.words), filed.report
        refused = unstored(sheet, self.desk.violations(draft))
        if refused:
            raise UnstorableError([(one.name, one.why) for one in refused])
        return self.store.update_draft(
            report.report_id, draft, report.context, person.actor, etag=etag, request_id=request_id
        )

    def storable(self, filed: Filed, sheet: Sheet) -> Sheet | None:
        """Return what `save` stores of a form that it refused; None where that is not to be told apart."""
        refused = unstored(sheet, self.desk.violations(sheets.to_draft(sheet, self.desk.words)))
        rest = storable(sheet, self.opened(filed), refused)
        return None if rest is None or self.desk.violations(sheets.to_draft(rest, self.desk.words)) else rest

    def title(self, template_id: str) -> str:
        """Return the title of a template; its id where it is not installed any more."""
        try:
            return self.desk.plan(template_id).template.title
        except NotFoundError:
            return template_id


def _live(reports: Sequence[Summary], plan: Plan) -> str:
    there = (one for one in reports if one.template_id == plan.template.id and one.status not in ENDED)
    return next((one.report_id for one in there), "")

"""Other reports of the same study: two that are no companions would both answer its order."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, exists, select

from emh_report.draft import ReportMode
from emh_report.issues import Issue, Severity, Where
from emh_report.records import StoredReport
from emh_report.store import index
from emh_report.store.compose import ENDS
from emh_report.store.ledger import Ledger
from emh_report.store.tables import REPORT_KEYS, REPORTS

MESSAGE: Final = (
    "another report of this study is under way or released, and both would answer its order: cancel one, or where both "
    "are meant, make one of them a companion report"
)


def beside(ledger: Ledger, connection: Connection, report: StoredReport) -> tuple[Issue, ...]:
    """Return a warning where a report, and another one that has not ended, are to answer the order of one study."""
    secret, studies = ledger.secrets.finding, report.context.studies
    keys = [index.key(secret, index.STUDY, one.study_instance_uid) for one in studies if one.study_instance_uid]
    if report.draft.mode is not ReportMode.STANDALONE or not keys:
        return ()
    of_study = select(REPORT_KEYS.c.number).where(REPORT_KEYS.c.kind == index.STUDY, REPORT_KEYS.c.key.in_(keys))
    other = exists(REPORTS.c.number).where(
        REPORTS.c.number.in_(of_study),
        REPORTS.c.report_id != report.report_id,
        REPORTS.c.mode == ReportMode.STANDALONE.value,
        REPORTS.c.status.not_in(ENDS),
    )
    if not connection.execute(select(other)).scalar():
        return ()
    return (Issue("another-report", Severity.WARNING, Where("context.studies"), MESSAGE),)

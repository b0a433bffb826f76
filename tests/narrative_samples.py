"""Drafts in few words for the tests of the narrative: groups from keywords, and the report of some groups."""

from emh_report import pipeline
from emh_report.catalog import Catalog
from emh_report.context import (
    Context,
    Identifier,
    Order,
    Organization,
    Patient,
    Practitioner,
    ReportIdentity,
    ReportStatus,
    Sex,
    Study,
)
from emh_report.draft import Absent, Boolean, Coded, Draft, Group, Item, Override, ReportMode, Value
from emh_report.export.narrative import narrate
from emh_report.report import Narrative, Report
from tests.strategies import catalog

CONTEXT = Context(
    report=ReportIdentity(Identifier("urn:example:report", "R-1"), 2, ReportStatus.PRELIMINARY, "2026-05-04T11:02:00Z"),
    patient=Patient((Identifier("urn:example:pid", "P-7"),), "Doe", ("Jane", "M."), "1980-05-06", Sex.FEMALE),
    orders=(Order(Identifier("urn:example:acc", "A-77"), Identifier(), "CT trunk", "masses?"),),
    studies=(Study("1.2.840.1", ("CT",), "2026-05-04T09:12:00+02:00", "CT trunk"),),
    author=Practitioner(Identifier("urn:example:staff", "D1"), "Roe", ("Richard",)),
    supervisor=Practitioner(Identifier("urn:example:staff", "D2"), "Poe", ("Paula",)),
    organization=Organization(Identifier("urn:example:org", "ORG"), "General Hospital"),
)

Answer = Value | list[Value] | str
Answers = dict[str, Answer]


def code(*codes: str) -> list[Value]:
    return [Coded(code) for code in codes]


def group(group_id: str, uid: str = "", /, **answers: Answer) -> Group:
    """Return a group from keywords: `site_part` is the field site-part, a plain string is a code."""
    items: list[Item] = []
    for name, answer in answers.items():
        # an absent reason is a str too
        value = Coded(answer) if isinstance(answer, str) and not isinstance(answer, Absent) else answer
        items += [Item(name.replace("_", "-"), one) for one in (value if isinstance(value, list) else [value])]
    return Group(group_id, uid or group_id, tuple(items))


def report_of(
    *groups: Group,
    template: str = "emh-ct-body",
    context: Context = CONTEXT,
    mode: ReportMode = ReportMode.STANDALONE,
    overrides: tuple[Override, ...] = (),
    of: Catalog | None = None,
) -> Report:
    draft = Draft(template, "", groups, mode=mode, overrides=overrides)
    return pipeline.release(of or catalog(), draft, context).report


def section(narrative: Narrative, code_: str) -> str:
    return next((part.text.strip() for part in narrative.sections if part.section.code == code_), "")


def told(*groups: Group, template: str = "emh-ct-body") -> str:
    """Return the section of the first group, as plain text."""
    report = report_of(*groups, template=template)
    return section(narrate(report), report.instances(groups[0].group_id)[0].definition.section)


def critical(status: str, **more: Answer) -> Group:
    return group(
        "critical",
        critical_present=Boolean(value=True),
        critical_category="cat-1",
        critical_finding="hemothorax",
        communication_status=status,
        **more,
    )

"""Questionnaires and responses for tests."""

from collections.abc import Iterator

from emh_report.context import Context
from emh_report.draft import Draft, Group
from emh_report.export import questionnaire
from emh_report.template import GroupDefinition, Template
from emh_report.values import LevelTables
from tests.case_files import case_folders, catalog, read_case, read_report, synthetic_context, synthetic_drafts


def tables() -> LevelTables:
    return LevelTables(catalog().vocabulary("vertebral-level"), catalog().vocabulary("level-numbering"))


def every_report() -> Iterator[tuple[str, Draft, Context]]:
    """Yield name, draft and context of every published case and every fictional report."""
    for folder in case_folders():
        case = read_case(folder)
        yield case.id, case.draft, case.context
    for path in synthetic_drafts():
        yield f"{path.parent.name}-{path.stem}", *read_report(path, synthetic_context(path))


def in_order(template: Template, draft: Draft) -> Draft:
    """Return ``draft`` in the order of its template, which is that of every response."""
    known = list(template.groups)
    groups = (_in_order(template.groups[group.group_id], group) for group in draft.groups)
    return draft._replace(groups=tuple(sorted(groups, key=lambda group: known.index(group.group_id))))


def _in_order(definition: GroupDefinition, group: Group) -> Group:
    known = list(definition.fields)
    return group._replace(items=tuple(sorted(group.items, key=lambda item: known.index(item.field_id))))


def response_of(template: Template, draft: Draft, context: Context) -> bytes:
    return questionnaire.to_json(questionnaire.response(template, tables(), draft, context))

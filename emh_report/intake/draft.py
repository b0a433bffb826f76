"""A bundle as the draft it was made from."""

from __future__ import annotations

from collections.abc import Iterator

from emh_report.catalog import Catalog
from emh_report.draft import Draft, Group, ReportMode
from emh_report.errors import NotFoundError
from emh_report.intake.diagnoses import diagnoses
from emh_report.intake.groups import read_group
from emh_report.intake.leftovers import concluded, not_read, overrides
from emh_report.intake.view import View
from emh_report.issues import Issue, Severity, Where
from emh_report.own_codes import CONTENTS, MODES, TEMPLATES
from emh_report.plan import Plan
from emh_report.template import Role


def read_draft(found: View, catalog: Catalog) -> tuple[Draft | None, list[Issue]]:
    """Return the draft, and what of the bundle it does not carry; no draft where the template is not known."""
    made_with = found.tags()
    if TEMPLATES not in made_with:
        message = "no tag says which template the report was made with, so this is not a report of this program"
        return None, [Issue("fhir-not-a-report", Severity.ERROR, Where("Bundle.meta.tag"), message)]
    template = made_with[TEMPLATES]
    try:
        plan = catalog.plan(template.get("code", ""), template.get("version", ""))
    except NotFoundError as error:
        message = "the template of this report is not installed, or not in this version"
        return None, [Issue("wrong-template", Severity.ERROR, Where("Bundle.meta.tag"), message, error.candidates)]
    groups, issues = _groups(found, plan)
    draft = Draft(
        template_id=plan.template.id,
        template_version=plan.template.version,
        groups=tuple(groups),
        template_hash=made_with.get(CONTENTS, {}).get("code", ""),
        mode=ReportMode.COMPANION if MODES in made_with else ReportMode.STANDALONE,
        overrides=overrides(found),
    )
    return draft, [*issues, *_other_content(plan, draft), *not_read(found), *diagnoses(found, plan, draft)]


def _groups(found: View, plan: Plan) -> tuple[list[Group], list[Issue]]:
    """Return the groups in the order of the template, instances of one group as bundle or document list them."""
    order = {group_id: position for position, group_id in enumerate(plan.groups)}
    places = found.places()
    known = [instance for instance in found.instances.values() if instance.group_id in order]
    groups: list[Group] = []
    for instance in sorted(known, key=lambda one: (order[one.group_id], places.get(one.uid, len(places)))):
        group_plan = plan.groups[instance.group_id]
        group = read_group(found, instance, group_plan)
        alone = group_plan.definition.repeats or not groups or groups[-1].group_id != instance.group_id
        if group_plan.definition.role is Role.IMPRESSION and alone:  # looks through all that is left
            group = concluded(found, group_plan, group)
        groups.append(group)
    return groups, list(_unknown(found, order))


def _unknown(found: View, order: dict[str, int]) -> Iterator[Issue]:
    for url, uid in found.by_group.items():
        if found.instances[uid].group_id not in order:
            where = Where(f"{found.paths[url]}.identifier")
            yield Issue("unknown-group", Severity.ERROR, where, "not a group of the template", tuple(order)[:12])


def _other_content(plan: Plan, draft: Draft) -> Iterator[Issue]:
    if draft.template_hash != plan.template.content_hash:
        where, message = Where("Bundle.meta.tag"), "the template installed here has other content than the report's"
        yield Issue("wrong-template-version", Severity.WARNING, where, message, (plan.template.content_hash,))

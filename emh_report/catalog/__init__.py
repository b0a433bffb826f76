"""The catalog: every template, vocabulary and rule of an installation, loaded and checked once."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from emh_report.catalog.rule_table import read_rules
from emh_report.catalog.source import Source, builtin_root
from emh_report.catalog.templates import TemplateBuilder, read_units
from emh_report.catalog.thresholds import read_thresholds
from emh_report.catalog.vocabularies import read_systems, read_vocabularies
from emh_report.decimals import Unit
from emh_report.errors import CatalogError, NotFoundError
from emh_report.plan import Plan, compile_plan
from emh_report.rules import Rule
from emh_report.template import Template
from emh_report.thresholds import Thresholds
from emh_report.values import LevelTables
from emh_report.vocabulary import CORE_MAP, OPTIONAL_MAPS, SystemInfo, Vocabulary

__all__ = ["Catalog", "load_catalog"]

SHARED = ("thresholds", "units")
"""Files beside the templates that all of them share."""


@dataclass(frozen=True, slots=True, eq=False)
class Catalog:
    """Everything that is data: plans by template id and version, vocabularies, rules, units."""

    plans: Mapping[tuple[str, str], Plan]
    newest: Mapping[str, str]
    vocabularies: Mapping[str, Vocabulary]
    rules: tuple[Rule, ...]
    units: Mapping[str, Unit]
    systems: Mapping[str, SystemInfo]
    """Code systems of others by alias."""
    thresholds: Thresholds
    """Limits of change between examinations."""

    @property
    def templates(self) -> tuple[Template, ...]:
        """The newest version of every template, sorted by id."""
        return tuple(self.plans[id_, version].template for id_, version in sorted(self.newest.items()))

    def plan(self, template_id: str, version: str = "") -> Plan:
        """Return one template's plan; the newest version when none is named. Raises NotFoundError."""
        if template_id not in self.newest:
            raise NotFoundError("template", template_id, difflib.get_close_matches(template_id, self.newest))
        plan = self.plans.get((template_id, version or self.newest[template_id]))
        if plan is None:
            installed = [v for id_, v in sorted(self.plans) if id_ == template_id]
            raise NotFoundError(f"version of {template_id}", version, installed)
        return plan

    def vocabulary(self, vocabulary_id: str) -> Vocabulary:
        """Return one vocabulary. Raises NotFoundError."""
        if vocabulary_id not in self.vocabularies:
            near = difflib.get_close_matches(vocabulary_id, self.vocabularies)
            raise NotFoundError("vocabulary", vocabulary_id, near)
        return self.vocabularies[vocabulary_id]


def load_catalog(site: Sequence[Path] = (), maps: frozenset[str] = frozenset()) -> Catalog:
    """Load the built-in catalog and the folders of a site on top of it.

    ``maps`` are optional code maps that the site is licensed for, for example "snomed-affiliate".
    Raises CatalogError naming file, key and reason for anything that is wrong.
    """
    for name in sorted(maps - OPTIONAL_MAPS):
        known = ", ".join(sorted(OPTIONAL_MAPS))
        raise CatalogError("maps", name, f"not a code map that can be switched on; those are {known}")
    source = Source([builtin_root(), *site])
    vocabularies = read_vocabularies(source, maps | {CORE_MAP})
    builder = TemplateBuilder(source, vocabularies)
    templates = [builder.build(name) for name in source.names("") if name not in SHARED]
    rules = read_rules(source, templates)
    tables = LevelTables(_needed(vocabularies, "vertebral-level"), _needed(vocabularies, "level-numbering"))
    plans = {(template.id, template.version): compile_plan(template, rules, tables) for template in templates}
    for plan in plans.values():
        _check_urgency(plan)
    newest = {id_: max((v for i, v in plans if i == id_), key=_version_key) for id_, _ in plans}
    return Catalog(
        plans, newest, vocabularies, rules, read_units(source), read_systems(source), read_thresholds(source)
    )


def _check_urgency(plan: Plan) -> None:
    """A template that asks about critical findings must also ask whether they were told to someone."""
    groups = plan.template.groups
    triggers = [rule for group_id in groups for rule in plan.rules if rule.scope == group_id and rule.urgency]
    missing = [name for name in ("critical", "communication") if name not in groups]
    if triggers and missing:
        reason = f"asks about findings that must be communicated ({triggers[0].id}), so it needs the groups critical"
        raise CatalogError(f"{plan.template.id}.toml", "group", f"{reason} and communication")


def _needed(vocabularies: Mapping[str, Vocabulary], name: str) -> Vocabulary:
    if name not in vocabularies:
        raise CatalogError(f"vocabulary/{name}.toml", "", "this vocabulary is needed for level ranges")
    return vocabularies[name]


def _version_key(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))

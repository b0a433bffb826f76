"""Building a catalog from its files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from emh_report.catalog.macros import read_macros
from emh_report.catalog.rule_table import read_rules
from emh_report.catalog.source import Source
from emh_report.catalog.suggestions import read_suggestions
from emh_report.catalog.templates import TemplateBuilder, read_units
from emh_report.catalog.thresholds import read_thresholds
from emh_report.catalog.vocabularies import read_systems, read_vocabularies
from emh_report.decimals import Unit
from emh_report.errors import CatalogError
from emh_report.macros import Macro
from emh_report.plan import Plan, compile_plan
from emh_report.rules import Rule
from emh_report.suggestions import Suggestions
from emh_report.thresholds import Thresholds
from emh_report.values import LevelTables
from emh_report.vocabulary import SystemInfo, Vocabulary

SHARED = ("macros", "suggestions", "thresholds", "units")
"""Files beside the templates that all of them share."""


class Parts(NamedTuple):
    """What a catalog consists of, in its order."""

    plans: Mapping[tuple[str, str], Plan]
    newest: Mapping[str, str]
    vocabularies: Mapping[str, Vocabulary]
    rules: tuple[Rule, ...]
    units: Mapping[str, Unit]
    systems: Mapping[str, SystemInfo]
    thresholds: Thresholds
    macros: tuple[Macro, ...]
    suggestions: Suggestions


def build(source: Source, maps: frozenset[str]) -> Parts:
    """Return the parts of the catalog of ``source``; ``maps`` are the code maps whose codes may be emitted.

    Raises CatalogError naming file, key and reason for anything that is wrong.
    """
    vocabularies = read_vocabularies(source, maps)
    builder = TemplateBuilder(source, vocabularies)
    templates = [builder.build(name) for name in source.names("") if name not in SHARED]
    rules = read_rules(source, templates, vocabularies)
    tables = LevelTables(_needed(vocabularies, "vertebral-level"), _needed(vocabularies, "level-numbering"))
    plans = {(template.id, template.version): compile_plan(template, rules, tables) for template in templates}
    for plan in plans.values():
        _check_urgency(plan)
    newest = {id_: max((v for i, v in plans if i == id_), key=_version_key) for id_, _ in plans}
    units, systems, thresholds = read_units(source), read_systems(source), read_thresholds(source)
    macros = read_macros(source, templates)
    suggestions = read_suggestions(source, newest)
    return Parts(plans, newest, vocabularies, rules, units, systems, thresholds, macros, suggestions)


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

"""The catalog: every template, vocabulary and rule of an installation, loaded and checked once."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from emh_report.catalog.source import Source, builtin_root
from emh_report.decimals import Unit
from emh_report.errors import CatalogError, NotFoundError
from emh_report.macros import Macro
from emh_report.plan import Plan
from emh_report.rules import Rule
from emh_report.suggestions import Suggestions
from emh_report.template import Template
from emh_report.thresholds import Thresholds
from emh_report.vocabulary import CORE_MAP, OPTIONAL_MAPS, SystemInfo, Vocabulary

__all__ = ["Catalog", "load_catalog"]


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
    macros: tuple[Macro, ...]
    """Texts of the department."""
    suggestions: Suggestions
    """Which template fits which study."""

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


def load_catalog(site: Sequence[Path] = (), maps: frozenset[str] = frozenset(), cache: Path | None = None) -> Catalog:
    """Load the built-in catalog and the folders of a site on top of it.

    ``maps`` are optional code maps that the site is licensed for, for example "snomed-affiliate". ``cache`` is a folder
    for what was built from the same files before; it saves time and changes nothing.
    Raises CatalogError naming file, key and reason for anything that is wrong.
    """
    for name in sorted(maps - OPTIONAL_MAPS):
        known = ", ".join(sorted(OPTIONAL_MAPS))
        raise CatalogError("maps", name, f"not a code map that can be switched on; those are {known}")
    source = Source([builtin_root(), *site])
    if cache is None:
        return _built(source, maps)
    from emh_report.catalog import snapshot

    file = snapshot.file_of(cache, source, maps)
    kept = snapshot.read(file)
    if isinstance(kept, Catalog):
        return kept
    found = _built(source, maps)
    snapshot.keep(file, found)
    return found


def _built(source: Source, maps: frozenset[str]) -> Catalog:
    from emh_report.catalog.build import build  # light start: what reads and checks files is heavy

    return Catalog(*build(source, maps | {CORE_MAP}))

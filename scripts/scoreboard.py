"""Ten kinds of bad answers that form engines let through, planted into every template: how many are caught?

    python -m scripts.scoreboard

Every field of every template that a kind applies to is tried with the real validator. A mistake counts as caught when
an error names it by rule and exact path, and the same draft without the mistake is not accused of it. Ends with status
1 below 10 of 10.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import NamedTuple

from emh_report import pipeline
from emh_report.catalog import Catalog, load_catalog
from emh_report.issues import Issue, Severity, Where
from scripts.seeds import KINDS
from scripts.sheets import Seed


class Score(NamedTuple):
    """One line of the scoreboard; ``missed`` are the first mistakes that were not caught."""

    kind: str
    templates: int
    seeds: int
    caught: int
    missed: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether every mistake of this kind was caught, and there were any."""
        return self.seeds == self.caught > 0


def is_caught(catalog: Catalog, seed: Seed) -> bool:
    """Whether the planted mistake is an error of its rule at its place, and its twin without it is not accused."""
    verdict = pipeline.validate(catalog, seed.draft, seed.context)
    twin = pipeline.validate(catalog, seed.twin, seed.context)
    return _is_named(verdict.issues, seed) and not _is_named(twin.issues, seed) and not verdict.can_finalize


def _is_named(issues: Iterable[Issue], seed: Seed) -> bool:
    where = Where(seed.path, seed.group_id, "", seed.field_id)
    return any(
        (issue.rule_id, issue.severity, issue.where._replace(group_uid="")) == (seed.rule_id, Severity.ERROR, where)
        for issue in issues
    )


def scores(catalog: Catalog) -> list[Score]:
    """Return the line of every kind over every template."""
    lines = []
    for kind, make in KINDS.items():
        tried = [(template.id, seed) for template in catalog.templates for seed in make(template)]
        missed = [
            f"{template} {seed.group_id}.{seed.field_id}" for template, seed in tried if not is_caught(catalog, seed)
        ]
        templates = len({template for template, _ in tried})
        lines.append(Score(kind, templates, len(tried), len(tried) - len(missed), tuple(missed[:5])))
    return lines


def main() -> int:
    """Print the scoreboard; return the exit status."""
    lines = scores(load_catalog())
    print(f"{'kind of bad answer':<42}{'templates':>10}{'planted':>9}{'caught':>8}")
    for line in lines:
        print(
            f"{line.kind:<42}{line.templates:>10}{line.seeds:>9}{line.caught:>8}  {'' if line.complete else 'MISSED'}"
        )
        for missed in line.missed:
            print(f"    {missed}")
    complete = sum(line.complete for line in lines)
    print(f"\n{complete} of {len(lines)} kinds caught completely")
    return 0 if complete == len(lines) else 1


if __name__ == "__main__":
    sys.exit(main())

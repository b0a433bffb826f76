"""Mistakes in FHIR from outside, planted into our own bundles in R4 and R5: how many are refused, or left out visibly?

    python -m scripts.fhir_scoreboard

A mistake of the 22 kinds that libraries were compared by, and of the kinds beyond them that are refused, counts as
caught when the content is refused with an error at its exact FHIRPath. What is to be left out counts as caught when
nothing of it was read and a warning stands at its path. Content without a mistake has to pass. Ends with status 1
where one mistake of one kind is not caught.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Final, NamedTuple

from emh_report import demo, import_context, import_report, load_catalog
from emh_report.catalog import Catalog
from emh_report.export import fhir
from emh_report.intake.content import read_json
from emh_report.intake.imports import Imported
from emh_report.issues import Severity
from emh_report.pipeline import release
from scripts import fhir_seeds_beyond as beyond
from scripts.fhir_seeds import KINDS, Json, Plant

SOURCES: Final = frozenset({"Patient", "ServiceRequest", "ImagingStudy", "Practitioner", "Organization"})
"""Types of resources that a RIS and a PACS keep."""


class Score(NamedTuple):
    """One line of the scoreboard; ``missed`` are the places of mistakes that were not caught there."""

    kind: str
    seeds: int
    caught: int
    missed: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether every mistake of this kind was caught, and there were any."""
        return self.seeds == self.caught > 0


def is_refused(found: Imported, path: str) -> bool:
    """Whether content is refused with an error at ``path``."""
    wrong = {issue.where.path for issue in found.issues if issue.severity is Severity.ERROR}
    return found.context is None and path in wrong


def is_contradicted(found: Imported, path: str) -> bool:
    """Whether content that is well formed is refused with an error at ``path``."""
    return is_refused(found, path) and not any(issue.rule_id == "fhir-structure" for issue in found.issues)


def is_left_out(found: Imported, path: str) -> bool:
    """Whether content was read without what was planted, with a warning at ``path`` where there is one."""
    said = {issue.where.path for issue in found.issues if issue.severity is Severity.WARNING}
    read = found.context is not None and beyond.PLANTED not in repr((found.draft, found.context))
    return read and (path in said or not path)


class Group(NamedTuple):
    """Kinds of mistakes, how what they are planted in is read, and what it takes to catch one of them."""

    title: str
    kinds: Mapping[str, tuple[Plant, ...]]
    read: Callable[..., Imported]
    is_caught: Callable[[Imported, str], bool]


GROUPS: Final = (
    Group("the 22 kinds", KINDS, import_report, is_refused),
    Group("beyond the 22: report refused", beyond.REFUSED, import_report, is_contradicted),
    Group("beyond the 22: order or study refused", beyond.REFUSED_SOURCES, import_context, is_contradicted),
    Group("beyond the 22: left out of a report", beyond.LEFT_OUT, import_report, is_left_out),
    Group("beyond the 22: left out of a context", beyond.LEFT_OUT_SOURCES, import_context, is_left_out),
)


def bundles(catalog: Catalog) -> dict[str, Json]:
    """Return the bundle of the demonstration case in every version of FHIR."""
    draft, context = demo.read_case()
    report = release(catalog, draft, context).report
    options = fhir.Options(create_patient=True)
    return {
        version.value: read_json(fhir.to_json(fhir.transaction(report, options=options, version=version)))
        for version in fhir.Version
    }


def sources(bundle: Json) -> Json:
    """Return what of a bundle was there before the report."""
    entries = [one for one in bundle["entry"] if one["resource"]["resourceType"] in SOURCES]
    return {**bundle, "entry": [one for one in entries if one["resource"].get("intent", "order") == "order"]}


def scores(catalog: Catalog, group: Group) -> list[Score]:
    """Return the line of every kind over every version. Raises ValueError where content is refused as it is."""
    lines = {kind: Score(kind, 0, 0, ()) for kind in group.kinds}
    for version, bundle in bundles(catalog).items():
        content = sources(bundle) if group.read is import_context else bundle
        if group.read(catalog, fhir.to_json(content), version).context is None:
            raise ValueError(f"the content of FHIR {version} is refused as it is")
        for kind, plants in group.kinds.items():
            for plant in plants:
                planted = deepcopy(content)
                path = plant(planted)
                caught = group.is_caught(group.read(catalog, fhir.to_json(planted), version), path)
                before = lines[kind]
                missed = before.missed if caught else (*before.missed, f"{version} {path}")
                lines[kind] = Score(kind, before.seeds + 1, before.caught + caught, missed)
    return list(lines.values())


def main() -> int:
    """Print the scoreboard; return the exit status."""
    catalog = load_catalog()
    counts = []
    for group in GROUPS:
        print(f"{group.title:<40}{'planted':>9}{'caught':>8}")
        lines = scores(catalog, group)
        for line in lines:
            print(f"  {line.kind:<38}{line.seeds:>9}{line.caught:>8}  {'' if line.complete else 'MISSED'}".rstrip())
            for missed in line.missed:
                print(f"      {missed}")
        counts.append((sum(line.complete for line in lines), len(lines)))
        print()
    for group, (complete, all_) in zip(GROUPS, counts, strict=True):
        print(f"{group.title}: {complete} of {all_} kinds caught completely")
    return 0 if all(complete == all_ for complete, all_ in counts) else 1


if __name__ == "__main__":
    sys.exit(main())

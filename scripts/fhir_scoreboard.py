"""22 kinds of mistakes in FHIR from outside, planted into our own bundles in R4 and R5: how many are refused?

    python -m scripts.fhir_scoreboard

A mistake counts as caught when the bundle is refused with an error at its exact FHIRPath, and the bundle without it
is not. Ends with status 1 below 22 of 22.
"""

from __future__ import annotations

import sys
from copy import deepcopy
from typing import NamedTuple

from emh_report import demo, import_report, load_catalog
from emh_report.catalog import Catalog
from emh_report.export import fhir
from emh_report.intake.content import read_json
from emh_report.issues import Severity
from emh_report.pipeline import release
from scripts.fhir_seeds import KINDS, Json


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


def bundles(catalog: Catalog) -> dict[str, Json]:
    """Return the bundle of the demonstration case in every version of FHIR."""
    draft, context = demo.read_case()
    report = release(catalog, draft, context).report
    options = fhir.Options(create_patient=True)
    return {
        version.value: read_json(fhir.to_json(fhir.transaction(report, options=options, version=version)))
        for version in fhir.Version
    }


def is_caught(catalog: Catalog, content: Json, version: str, path: str) -> bool:
    """Whether a bundle is refused with an error at ``path``."""
    found = import_report(catalog, fhir.to_json(content), version)
    wrong = {issue.where.path for issue in found.issues if issue.severity is Severity.ERROR}
    return found.draft is None and path in wrong


def scores(catalog: Catalog) -> list[Score]:
    """Return the line of every kind over every version. Raises ValueError where a bundle is refused as it is."""
    lines = {kind: Score(kind, 0, 0, ()) for kind in KINDS}
    for version, bundle in bundles(catalog).items():
        if import_report(catalog, fhir.to_json(bundle), version).draft is None:
            raise ValueError(f"the bundle of FHIR {version} is refused as it is")
        for kind, plants in KINDS.items():
            for plant in plants:
                content = deepcopy(bundle)
                path = plant(content)
                caught = is_caught(catalog, content, version, path)
                before = lines[kind]
                missed = before.missed if caught else (*before.missed, f"{version} {path}")
                lines[kind] = Score(kind, before.seeds + 1, before.caught + caught, missed)
    return list(lines.values())


def main() -> int:
    """Print the scoreboard; return the exit status."""
    lines = scores(load_catalog())
    print(f"{'kind of mistake':<36}{'planted':>9}{'caught':>8}")
    for line in lines:
        print(f"{line.kind:<36}{line.seeds:>9}{line.caught:>8}  {'' if line.complete else 'MISSED'}")
        for missed in line.missed:
            print(f"    {missed}")
    complete = sum(line.complete for line in lines)
    print(f"\n{complete} of {len(lines)} kinds caught completely")
    return 0 if complete == len(lines) else 1


if __name__ == "__main__":
    sys.exit(main())

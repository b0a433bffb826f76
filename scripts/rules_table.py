"""Write docs/rules.md from templates/rules, or check that it is up to date.

python -m scripts.rules_table [--check]
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from emh_report.catalog.files import RuleFile, RulesFile
from emh_report.catalog.reading import load
from emh_report.catalog.source import builtin_root

TARGET: Final = Path(__file__).resolve().parent.parent / "docs" / "rules.md"

STRUCTURAL: Final = (
    ("S01", "S01", "A code that is not in its vocabulary, or 'other' without words"),
    ("S04", "S04", "A vertebral level that does not exist, or a range that is not ordered from cranial to caudal"),
    ("S06", "S06", "A measurement that is not above zero, or has other than 1 to 3 axes"),
    ("S10a", "out-of-range", "Attenuation outside -1024 to 3071 HU (limits of the fields)"),
    ("S11a", "out-of-range", "A negative SUV (limits of the fields)"),
)
"""Rules that are enforced where an answer is read: (rule, id of its issue, what is wrong)."""

INTRODUCTION: Final = """# Rules

Generated from templates/rules by `python -m scripts.rules_table`; do not edit.

An **error** stops a final report, never a preliminary one. A **warning** can be overridden with a reason.
**Information** is a hint; with an urgency it is a trigger: it adds a critical finding to the report (cat-1 minutes,
cat-2 hours, cat-3 days). Every rule is three-valued: where an answer is missing or unknown it is silent, or says that
it could not be checked ("ask"). Evidence V = a source was read, U = general knowledge: a department sets its own limits
by a rule of the same id in its folder. The letter behind a number marks the parts of one rule of the evidence.

C13 is no rule: nothing is derived from the presence or absence of enhancement alone, since sources contradict each
other.

## Enforced where answers are read

| rule | issue | what is wrong |
| --- | --- | --- |
"""
COLUMNS: Final = ("rule", "severity", "asked for each", "what is wrong", "unknown", "evidence", "sources")
TITLES: Final = {
    "structure": "Structure",
    "comparison": "Comparison with earlier examinations",
    "organs": "Spleen and liver",
    "contradictions": "One report against itself",
    "conclusion": "Conclusion, certainty and basis",
    "clinical": "Clinical consistency",
    "actionable": "Triggers of critical and actionable findings",
    "communication": "Critical findings marked and told",
}


def _line(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |\n"


def _row(rule: RuleFile) -> str:
    severity = f"{rule.severity}, {rule.urgency}" if rule.urgency else rule.severity
    title = f"{rule.title}. {rule.note}" if rule.note else rule.title
    return _line(rule.id, severity, rule.scope, title, rule.on_unknown, rule.evidence, " ".join(rule.refs))


def _sections() -> Iterator[str]:
    folder = builtin_root() / "rules"
    found = {path.stem for path in folder.glob("*.toml")}
    for name in (*(name for name in TITLES if name in found), *sorted(found - TITLES.keys())):
        rules = load(folder / f"{name}.toml", RulesFile).rule
        yield f"\n## {TITLES.get(name, name.capitalize())} ({len(rules)})\n\n"
        yield _line(*COLUMNS) + _line(*("---" for _ in COLUMNS))
        yield from map(_row, rules)


def page() -> str:
    """Return docs/rules.md as it should be."""
    structural = "".join(_line(*row) for row in STRUCTURAL)
    return INTRODUCTION + structural + "".join(_sections())


def main(arguments: list[str]) -> int:
    """Write the page, or with --check compare it; return the exit status."""
    wanted = page()
    if "--check" in arguments:
        same = TARGET.exists() and TARGET.read_text(encoding="utf-8") == wanted
        if not same:
            print("docs/rules.md is not what templates/rules says: python -m scripts.rules_table")
        return 0 if same else 1
    TARGET.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

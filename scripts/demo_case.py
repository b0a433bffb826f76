"""Rewrite the packaged demo case from tests/cases (tests/test_demo.py compares them).

The case in tests/cases is the one whose facts are accounted for; the package carries a copy: a wheel has no tests.
"""

import json
from pathlib import Path

import click

from emh_report import demo

CASES = Path(__file__).resolve().parent.parent / "tests" / "cases"


def content() -> str:
    """Return the draft file of the demo case."""
    folder = CASES / demo.CASE.lower()
    parts = {name: json.loads((folder / f"{name}.json").read_bytes()) for name in ("draft", "context")}
    return json.dumps(parts, ensure_ascii=False, indent=1) + "\n"


@click.command()
def main() -> None:
    """Write the packaged copy."""
    demo.case_file().write_text(content(), encoding="utf-8")


if __name__ == "__main__":
    main()

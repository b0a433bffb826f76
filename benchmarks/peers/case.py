"""What every row works on: a published case with three lesions, and a typical CT report with three and with twenty."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from benchmarks.validation import CONTEXT, example
from emh_report.catalog import load_catalog
from emh_report.context import Context
from emh_report.draft import Draft
from emh_report.wire.draft_file import read_draft_file

ROOT = Path(__file__).resolve().parents[2]
PUBLISHED = ROOT / "tests" / "cases" / "emh-case-019"
QUICK = ROOT / "docs" / "examples" / "quick.json"


class Case(NamedTuple):
    """Answers and what is around them."""

    name: str
    draft: Draft
    context: Context

    @property
    def answers(self) -> int:
        """How many questions are answered."""
        return sum(len(group.items) for group in self.draft.groups)

    @property
    def lesions(self) -> int:
        """How many lesions there are."""
        return sum(group.group_id == "finding" for group in self.draft.groups)


def published() -> Case:
    """Return the published case of three lesions."""
    draft, context = ((PUBLISHED / f"{name}.json").read_bytes() for name in ("draft", "context"))
    return Case(PUBLISHED.name, *read_draft_file(b'{"draft": %b, "context": %b}' % (draft, context)))


def typical(lesions: int) -> Case:
    """Return a CT report with so many lesions of 17 answers each."""
    draft = example(lesions)
    version = load_catalog().plan(draft.template_id).template.version
    return Case("CT report", draft._replace(template_version=version), CONTEXT)


def quick() -> Case:
    """Return the report of one lesion that the documentation begins with."""
    return Case("quick report", *read_draft_file(QUICK.read_bytes()))

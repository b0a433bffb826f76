"""Drafts shipped with the package, for what a newcomer sees first: a published case, and a report to follow up.

The facts are those of the published abstract; what it does not state is not answered. Patient, order
and study are invented and marked as test data. Of the report to follow up everything is invented.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Final

from emh_report.context import Context
from emh_report.draft import Draft

CASE: Final = "EMH-CASE-009"
CITATION: Final = (
    "Excellent and durable response to radiotherapy in a rare case of spinal cord compression due to "
    "extra-medullary hematopoiesis in beta-thalassemia intermedia. Annals of Palliative Medicine, 2017"
)


def case_file() -> Path:
    """Return the draft file of the case; it can be given to every command that takes one."""
    return Path(str(resources.files(__name__) / f"{CASE}.json"))


def read_case() -> tuple[Draft, Context]:
    """Return draft and context of the case."""
    from emh_report.wire.draft_file import read_draft_file  # light start: protobuf on first use

    return read_draft_file(case_file().read_bytes())


def read_earlier() -> Draft:
    """Return the answers of a complete report, that a later study of its patient can follow up."""
    from emh_report.wire.draft_file import read_draft_file  # light start: protobuf on first use

    draft, _ = read_draft_file((resources.files(__name__) / "EARLIER.json").read_bytes())
    return draft

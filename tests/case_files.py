"""The files of a case: a published case with its accounting, or a fictional complete report.

A folder of tests/cases is one published case: published.json (facts and citation), draft.json, context.json, facts.json
(where each fact went) and expected/. A folder of tests/synthetic is one template with one or more drafts.
"""

from __future__ import annotations

import json
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from emh_report.catalog import Catalog, load_catalog
from emh_report.context import Context
from emh_report.draft import Draft
from emh_report.wire.draft_file import read_draft_file

TESTS = Path(__file__).resolve().parent
CASES = TESTS / "cases"
SYNTHETIC = TESTS / "synthetic"

Json = Any
"""What json.loads returns; numbers with a point are Decimal."""


class Fact(NamedTuple):
    """One statement of the source: its path in published.json, the words or number, and the answers that carry it."""

    fact: str
    value: Json
    fields: tuple[str, ...]


class Case(NamedTuple):
    """One published case, read."""

    id: str
    folder: Path
    published: dict[str, Json]
    draft: Draft
    context: Context
    facts: tuple[Fact, ...]


def read_json(path: Path) -> Json:
    """Return a JSON file with exact decimals. Raises ValueError for a key given twice."""
    return json.loads(path.read_bytes(), parse_float=Decimal, object_pairs_hook=_unique)


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        message = f"a key is given twice: {[key for key, _ in pairs]}"
        raise ValueError(message)
    return found


def read_report(draft: Path, context: Path) -> tuple[Draft, Context]:
    """Return draft and context of two files in the JSON form of emh_report.v1, as strictly as a draft file is read."""
    return read_draft_file(b'{"draft": %s, "context": %s}' % (draft.read_bytes(), context.read_bytes()))


def read_case(folder: Path) -> Case:
    """Return one published case."""
    facts = tuple(Fact(fact["fact"], fact["value"], tuple(fact["fields"])) for fact in read_json(folder / "facts.json"))
    draft, context = read_report(folder / "draft.json", folder / "context.json")
    return Case(folder.name, folder, read_json(folder / "published.json"), draft, context, facts)


def case_folders() -> list[Path]:
    """Return the folders of all published cases, sorted."""
    return sorted(folder for folder in CASES.iterdir() if folder.is_dir())


def synthetic_drafts() -> list[Path]:
    """Return every fictional draft, sorted by template and name."""
    return sorted(SYNTHETIC.glob("*/draft*.json"))


def synthetic_context(draft: Path) -> Path:
    """Return the context that belongs to a fictional draft: context-b.json for draft-b.json."""
    return draft.with_name(draft.name.replace("draft", "context"))


@cache
def catalog() -> Catalog:
    """Return the built-in catalog, loaded once."""
    return load_catalog()

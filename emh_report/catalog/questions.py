"""Checking at load what a question says and when it is asked, beyond the shape of its file."""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter

from emh_report.catalog.files import FieldFile
from emh_report.conditions import Clause
from emh_report.errors import CatalogError
from emh_report.template import GroupDefinition
from emh_report.vocabulary import Vocabulary


def check_wording(file: str, key: str, field: FieldFile, vocabulary: Vocabulary | None) -> None:
    """Refuse a wording that an answer has no place in or that nobody would read, and choices that look the same."""
    if field.says and field.kind != "boolean":
        raise CatalogError(file, f"{key}.says", "sentences are for a yes/no question only")
    if field.phrase and field.kind == "boolean":
        raise CatalogError(file, f"{key}.phrase", "a yes/no question has says = { true = ..., false = ... } instead")
    shown: dict[str, str] = {}
    for term in vocabulary.terms.values() if vocabulary else ():
        other = shown.setdefault(term.display.casefold(), term.code)
        if other != term.code:
            reason = f"nobody can tell {other!r} and {term.code!r} of {field.vocabulary} by their display"
            raise CatalogError(file, f"{key}.vocabulary", reason)
    words = field.phrase.replace("{s}", "")
    if words and (words.count("{value}") != 1 or set("{}") & set(words.replace("{value}", ""))):
        raise CatalogError(file, f"{key}.phrase", "{value} is needed once, and no other brace but {s}")


def check_order(file: str, groups: Mapping[str, GroupDefinition]) -> None:
    """Refuse questions that are asked only because of each other, or of themselves: nobody could ever answer them."""
    reads: dict[str, set[str]] = {}
    for group in groups.values():
        for field in group.fields.values():
            clauses = [clause for clause in field.when.parts if isinstance(clause, Clause)] if field.when else []
            reads[f"{group.id}.{field.id}"] = {f"{clause.group or group.id}.{clause.field}" for clause in clauses}
    try:
        TopologicalSorter(reads).prepare()
    except CycleError as error:
        asked = " and ".join(sorted(set(error.args[1])))
        raise CatalogError(file, "when", f"asked only because of each other: {asked}") from None

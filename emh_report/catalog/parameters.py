"""Checking at load what the parameters of a predicate name: a rule on a field or code that is not there never fires."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from emh_report.catalog.conditions import Shape, split_reference
from emh_report.catalog.files import RuleFile
from emh_report.errors import CatalogError

LISTS = (
    "causes",
    "codes",
    "drugs",
    "either",
    "fields",
    "modalities",
    "months",
    "open",
    "others",
    "reach",
    "regions",
    "same",
    "sites",
)
"""Lists of a predicate itself; any other list is a field and its codes."""
OF_THE_ROW = ("decided", "field", "fields", "interval", "limit", "prior", "size", "status", "within")
"""Parameters that are fields of the entry that is looked at, or of ``group``; ``group.field`` is one of any other."""
WORDS = ("above", "within", "here", "there", "exam", "issued", "all", "first", "true", "false")
REGIONS = ("cervical", "thoracic", "lumbar", "sacral")
"""With WORDS: what predicates understand beside numbers, groups, fields and codes."""
_NUMBER = re.compile(r"-?[0-9.]+")


class ParameterCheck:
    """What parameters may name, collected once for all rules."""

    def __init__(self, shapes: Mapping[tuple[str, str], Shape], codes: Collection[str]) -> None:
        """Take every field of every group, and the codes of all vocabularies."""
        self.shapes = shapes
        self.terms = {name: vocabulary.terms.keys() for (_, name), (_, vocabulary) in shapes.items() if vocabulary}
        self.fields = {name for _, name in shapes}
        self.known = {*WORDS, *REGIONS, *self.fields, *(group for group, _ in shapes), *codes}

    def check(self, file: str, key: str, rule: RuleFile) -> None:
        """Raise CatalogError for a field, group or code that is not there."""
        row = {name for group, name in self.shapes if group in (rule.scope, rule.params.get("group"))}
        for name, value in rule.params.items():
            field = name.partition(" ")[0]
            of_field = isinstance(value, list) and name not in LISTS
            if (field != name or of_field) and field not in self.fields:
                raise CatalogError(file, f"{key}.{name}", f"no such field: {field!r}")
            there = row if name in OF_THE_ROW else self.terms.get(name, self.known) if of_field else self.known
            stated = [value] if isinstance(value, str) else value
            for part in (part for one in stated for part in re.split("[:=]", one)):
                reference = split_reference(part)
                found = reference in self.shapes if reference[0] and name in OF_THE_ROW else reference[1] in there
                number = _NUMBER.fullmatch(part) and not (of_field and name in self.terms)
                if not found and not number:
                    raise CatalogError(file, f"{key}.{name}", f"no such field, group or code: {part!r}")

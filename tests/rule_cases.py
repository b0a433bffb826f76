"""Drafts in short form: what the rule cases of tests/rules are written in.

A draft is a table {group: {field: value}}, or a list of such tables where a group repeats. A value is a code, a list
of codes, a number with its unit ("12 mm"), axes ("12x10 mm"), levels ("T5-T11"), a date, a text, true or false;
"?unknown", "?not-evaluable" and "?not-applicable" are absent reasons, and "" takes an answer of the base away.

``also_breaks`` and ``also_passes`` are changes to the draft that breaks: with each of them the rule still fires, or no
longer does. With them every part of a condition is told from the same rule without it (tests/test_rule_parts.py). A
value { each = [...] } stands for as many changes, one value each.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from emh_report.catalog import Catalog, load_catalog
from emh_report.context import Context, Focus, Identifier, Patient, ReportIdentity, Sex, Study
from emh_report.draft import (
    Absent,
    Boolean,
    Coded,
    Date,
    DateTime,
    Draft,
    Group,
    Integer,
    Item,
    Levels,
    Measurement,
    Quantity,
    Text,
    Value,
)
from emh_report.template import Field, Kind

CASES = Path(__file__).resolve().parent / "rules"
DEFAULT_TEMPLATE = "emh-ct-body"

Answers = Mapping[str, Any]
"""One group in short form."""


class RuleCase(NamedTuple):
    """The three drafts of one rule: it fires on ``breaks``, not on ``passes``; ``unknown`` leaves it open."""

    rule_id: str
    issue_id: str
    template_id: str
    breaks: Mapping[str, Any]
    passes: Mapping[str, Any]
    unknown: Mapping[str, Any]
    also_breaks: tuple[Mapping[str, Any], ...]
    also_passes: tuple[Mapping[str, Any], ...]

    @property
    def drafts(self) -> tuple[Mapping[str, Any], ...]:
        """All of them."""
        return (self.breaks, self.passes, self.unknown, *self.also_breaks, *self.also_passes)


@cache
def catalog() -> Catalog:
    """Return the built-in catalog, loaded once for all tests."""
    return load_catalog()


def rule_cases() -> Iterator[RuleCase]:
    """Yield every case of tests/rules. Raises ValueError for a rule that has two."""
    seen: set[str] = set()
    for path in sorted(CASES.glob("*.toml")):
        for rule_id, case in tomllib.loads(path.read_text(encoding="utf-8")).items():
            if rule_id in seen:
                message = f"{path.name}: {rule_id} has cases already"
                raise ValueError(message)
            seen.add(rule_id)
            base = case.get("base", {})
            breaks, passes, unknown = (_over(base, case[name]) for name in ("breaks", "passes", "unknown"))
            changes = [
                [one for also in case.get(name, ()) for one in _each(also)] for name in ("also_breaks", "also_passes")
            ]
            also = [tuple(_over(breaks, one) for one in changed) for changed in changes]
            template = case.get("template", DEFAULT_TEMPLATE)
            yield RuleCase(rule_id, case.get("issue", rule_id), template, breaks, passes, unknown, *also)


def _each(given: Any) -> Iterator[Any]:  # noqa: ANN401 - what TOML yields
    """Yield a change once for each value of the answer in it that stands for several."""
    parts = list(given.items() if isinstance(given, dict) else enumerate(given) if isinstance(given, list) else ())
    for key, part in parts:
        found = part["each"] if isinstance(part, dict) and "each" in part else list(_each(part))
        if len(found) > 1:
            for one in found:
                yield dict(parts) | {key: one} if isinstance(given, dict) else [*given[:key], one, *given[key + 1 :]]
            return
    yield given


def _over(base: Mapping[str, Any], change: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return ``base`` changed field by field; a list of instances takes the place of a whole group."""
    merged = dict(base)
    for group, answers in change.items():
        before = base.get(group, {})
        merged[group] = {**before, **answers} if isinstance(answers, dict) and isinstance(before, dict) else answers
    return merged


def draft_of(template_id: str, groups: Mapping[str, Any]) -> Draft:
    """Return a draft in full from its short form."""
    template = catalog().plan(template_id).template
    built = []
    for group_id, given in groups.items():
        if group_id == "context":
            continue
        definition = template.groups[group_id]
        for number, answers in enumerate(given if isinstance(given, list) else [given], start=1):
            uid = f"{group_id}-{number}" if definition.repeats else ""
            built.append(Group(group_id, uid, tuple(_items(definition.fields, answers))))
    return Draft(template_id, template.version, tuple(built))


def _items(fields: Mapping[str, Field], answers: Answers) -> Iterator[Item]:
    for field_id, given in answers.items():
        for single in given if isinstance(given, list) else [given]:
            if single != "":
                yield Item(field_id, value_of(fields[field_id].kind, single))


def value_of(kind: Kind, given: Any) -> Value:  # noqa: ANN401 - what TOML yields
    """Return one answer from its short form."""
    if isinstance(given, str) and given.startswith("?"):
        return Absent(given[1:])
    if isinstance(given, bool):
        return Boolean(given)
    if isinstance(given, int):
        return Integer(given)
    return _from_text(kind, str(given))


def _from_text(kind: Kind, given: str) -> Value:
    number, _, unit = given.partition(" ")
    upper, _, lower = given.partition("-")
    code, _, words = given.partition("|")
    makers: Mapping[Kind, Callable[[], Value]] = {
        Kind.CODED: lambda: Coded(code, "", words),
        Kind.QUANTITY: lambda: Quantity(number, unit),
        Kind.MEASUREMENT: lambda: Measurement(tuple(number.split("x")), unit),
        Kind.LEVELS: lambda: Levels(upper, lower or upper),
        Kind.DATE: lambda: Date(given),
        Kind.DATE_TIME: lambda: DateTime(given),
        Kind.TEXT: lambda: Text(given),
    }
    return makers[kind]()


def context_of(groups: Mapping[str, Any]) -> Context:
    """Return the context of a draft in short form: sex, born, studied, modality, focus, issued."""
    given = groups.get("context", {})
    study = Study("1.2.3", tuple(given.get("modality", ())), given.get("studied", "2024-05-02"))
    identifiers = (Identifier("urn:test", "2"),)
    return Context(
        report=ReportIdentity(Identifier("urn:test", "1"), 1, issued=given.get("issued", "")),
        patient=Patient(identifiers, birth_date=given.get("born", ""), sex=Sex(given.get("sex", "unknown"))),
        focus=Focus(given.get("focus", "patient")),
        studies=(study,),
        test_data=True,
    )

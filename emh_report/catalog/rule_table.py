"""Building rules from their files, and checking every field, answer and parameter in them at load."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from emh_report.catalog.conditions import (
    CONTEXT_FIELDS,
    Shape,
    build_condition,
    context_shapes,
    split_reference,
)
from emh_report.catalog.files import RuleFile, RulesFile
from emh_report.catalog.parameters import ParameterCheck
from emh_report.catalog.reading import load
from emh_report.catalog.rule_tests import compile_tests
from emh_report.catalog.source import Source
from emh_report.conditions import Clause, Condition, Test
from emh_report.errors import CatalogError
from emh_report.issues import Severity
from emh_report.predicates import PREDICATES
from emh_report.rules import Rule
from emh_report.template import Template
from emh_report.vocabulary import Vocabulary

REPORT_SCOPE = "report"


def read_rules(
    source: Source, templates: Iterable[Template], vocabularies: Mapping[str, Vocabulary]
) -> tuple[Rule, ...]:
    """Return every rule, sorted by id. A site's rule of the same id takes the place of ours."""
    shapes: dict[tuple[str, str], Shape] = {
        (group.id, field.id): (field.kind, field.vocabulary)
        for template in templates
        for group in template.groups.values()
        for field in group.fields.values()
    }
    groups = {group for group, _ in shapes}
    shapes |= context_shapes(vocabularies)
    chosen: dict[str, tuple[str, RuleFile]] = {}
    for layer in source.layers:
        found = _layer(path for name, path in layer.items() if name.startswith("rules/"))
        for rule_id, (file, rule) in found.items():
            if rule_id in chosen:
                _check_replacement(file, chosen[rule_id][1], rule)
            elif rule.disabled:
                raise CatalogError(file, f"rule.{rule_id}.disabled", "there is no rule of this id to switch off")
        chosen |= found
    builder = _RuleBuilder(shapes, groups, vocabularies)
    return tuple(builder.build(file, rule) for _, (file, rule) in sorted(chosen.items()) if not rule.disabled)


def _layer(paths: Iterable[Path]) -> dict[str, tuple[str, RuleFile]]:
    found: dict[str, tuple[str, RuleFile]] = {}
    for path in paths:
        for rule in load(path, RulesFile).rule:
            if rule.id in found:
                raise CatalogError(str(path), f"rule.{rule.id}", f"this id is also in {found[rule.id][0]}")
            found[rule.id] = (str(path), rule)
    return found


def _check_replacement(file: str, before: RuleFile, rule: RuleFile) -> None:
    """A rule must not stop being urgent, or become less so, by what it does not say."""
    less = before.urgency and (not rule.urgency or rule.urgency > before.urgency)
    if less and not rule.disabled and not rule.lowers_urgency:
        reason = f"the rule it replaces is a trigger of {before.urgency}: say so, or lowers_urgency = true"
        raise CatalogError(file, f"rule.{rule.id}.urgency", reason)


class _RuleBuilder:
    def __init__(
        self, shapes: Mapping[tuple[str, str], Shape], groups: set[str], vocabularies: Mapping[str, Vocabulary]
    ) -> None:
        self.shapes = shapes
        self.groups = groups
        codes = {code for vocabulary in vocabularies.values() for code in vocabulary.terms}
        self.parameters = ParameterCheck(shapes, codes)

    def build(self, file: str, rule: RuleFile) -> Rule:
        key = f"rule.{rule.id}"
        if rule.scope != REPORT_SCOPE and rule.scope not in self.groups:
            raise CatalogError(file, f"{key}.scope", f"no such group: {rule.scope!r}")
        if rule.urgency and rule.scope == REPORT_SCOPE:
            raise CatalogError(file, f"{key}.scope", "a finding that must be told is in a group: name that group")
        if rule.overridable and rule.severity == "error":
            raise CatalogError(file, f"{key}.overridable", "an error cannot be kept: make it a warning")
        if rule.field:
            self._check(file, f"{key}.field", rule.scope, rule.field)
        for reference in rule.reads:
            self._check(file, f"{key}.reads", rule.scope, reference)
        condition = self._condition(file, key, rule)
        tests, test = _compiled(file, key, condition, rule)
        self.parameters.check(file, f"{key}.params", rule)
        asks = rule.on_unknown == "ask"
        return Rule(
            id=rule.id,
            severity=Severity(rule.severity),
            scope=rule.scope,
            title=rule.title,
            message=rule.message,
            target=rule.field,
            when=condition,
            predicate=rule.predicate,
            params=rule.params,
            tests=tests,
            test=test,
            needs=_necessary(condition, asks=asks),
            asks_on_unknown=asks,
            urgency=rule.urgency,
            told=condition if rule.urgency else None,
            reads=tuple(name for name in rule.reads if "." not in name) if rule.urgency else (),
            overridable=rule.severity == "warning" if rule.overridable is None else rule.overridable,
            references=tuple(rule.refs),
        )

    def _check(self, file: str, key: str, scope: str, reference: str) -> None:
        group, name = split_reference(reference)
        there = name in CONTEXT_FIELDS if group == "context" else (group or scope, name) in self.shapes
        if not there:
            raise CatalogError(file, key, f"no such field: {reference!r}")

    def _condition(self, file: str, key: str, rule: RuleFile) -> Condition | None:
        if rule.when is None:
            return None
        return build_condition(
            file, f"{key}.when", rule.when, rule.scope, lambda g, n: self.shapes.get((g, n)), nest=True
        )


def _compiled(file: str, key: str, condition: Condition | None, rule: RuleFile) -> tuple[tuple[Test, ...], Test]:
    if rule.predicate and rule.predicate not in PREDICATES:
        known = ", ".join(sorted(PREDICATES))
        raise CatalogError(file, f"{key}.predicate", f"{rule.predicate!r} is not one of {known}")
    if condition is None and not rule.predicate:
        raise CatalogError(file, key, "needs when, predicate or both")
    if rule.params and not rule.predicate:
        raise CatalogError(file, f"{key}.params", "nothing reads these without a predicate")
    try:
        return compile_tests(condition, rule.predicate, rule.params)
    except (KeyError, ValueError, ArithmeticError) as error:
        raise CatalogError(file, f"{key}.params", f"{type(error).__name__}: {error}") from None


def _necessary(condition: Condition | None, *, asks: bool) -> tuple[Clause, ...]:
    """Return the clauses over the same row that need an answer for the condition to be true.

    A rule that says when it cannot be checked (``asks``) needs an answer only where it asks for one.
    """
    if condition is None or (condition.behavior != "all" and len(condition.parts) > 1):
        return ()
    clauses = (part for part in condition.parts if isinstance(part, Clause) and not part.group)
    return tuple(part for part in clauses if (part.answers != (False,) if part.operator == "exists" else not asks))

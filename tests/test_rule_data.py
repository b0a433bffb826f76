"""The rules as data: consistent with the vocabularies, complete in what they state, and documented."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from emh_report import pipeline
from emh_report.catalog.files import ClauseFile, ConditionFile, RuleFile, RulesFile
from emh_report.catalog.reading import load
from emh_report.catalog.source import builtin_root
from emh_report.context import Context
from emh_report.draft import Draft
from emh_report.predicates import PREDICATES
from scripts import rules_table
from tests.rule_cases import catalog, context_of, draft_of

FILES = [
    (path.stem, rule)
    for path in sorted((builtin_root() / "rules").glob("*.toml"))
    for rule in load(path, RulesFile).rule
]
RULES = {rule.id: rule for _, rule in FILES}
SITES = catalog().vocabularies["site"].terms
REFERENCES = {f"R{number}" for number in range(1, 74)}
each_rule = pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)


def clauses(condition: ConditionFile | None) -> Iterator[ClauseFile]:
    """Yield every comparison of a condition."""
    for part in (condition.all or condition.any or []) if condition else []:
        if isinstance(part, ClauseFile):
            yield part
        else:
            yield from clauses(part)


def answers(rule_id: str, field: str) -> set[Any]:
    """Return the answers that a rule compares a field with."""
    found = [clause.answer for clause in clauses(RULES[rule_id].when) if clause.field == field]
    return {one for answer in found for one in (answer if isinstance(answer, list) else [answer])}


def fields_of(rule: RuleFile) -> set[str]:
    """Return every field that a rule reads."""
    return {clause.field for clause in clauses(rule.when)} | set(rule.reads)


def test_the_page_of_rules_is_up_to_date() -> None:
    assert rules_table.main(["--check"]) == 0


@each_rule
def test_a_rule_is_complete(rule: RuleFile) -> None:
    assert rule.field, "an issue points at a field"
    assert set(rule.refs) <= REFERENCES
    assert bool(rule.predicate) >= bool(rule.params)
    assert bool(rule.predicate) == bool(rule.reads)
    assert rule.predicate in {"", *PREDICATES}
    assert not rule.urgency or rule.severity == "information"


@each_rule
def test_a_message_says_what_is_wrong_in_one_line_and_quotes_nothing(rule: RuleFile) -> None:
    for text in (rule.title, rule.message):
        assert text == text.strip()
        assert not set("{}\n") & set(text)
        assert not text.endswith(".")
    assert rule.message != rule.title


@each_rule
def test_codes_in_parameters_are_in_their_vocabulary(rule: RuleFile) -> None:
    group = rule.params.get("group", rule.scope)
    lists = {"causes": "cause", "drugs": "drug", "modalities": "modality"}
    shapes = {
        (group.id, field.id): field.vocabulary
        for template in catalog().templates
        for group in template.groups.values()
        for field in group.fields.values()
    }
    for name, codes in rule.params.items():
        vocabulary = catalog().vocabularies.get(lists.get(name, ""))
        if vocabulary is None and isinstance(group, str):
            vocabulary = shapes.get((group, name if name != "codes" else str(rule.params["field"])))
        if vocabulary is not None and isinstance(codes, list):
            assert set(codes) <= vocabulary.terms.keys()


@each_rule
def test_fields_named_in_parameters_are_declared_as_read(rule: RuleFile) -> None:
    known = {
        field.id
        for template in catalog().templates
        for group in template.groups.values()
        for field in group.fields.values()
    }
    read = {reference.rpartition(".")[2] for reference in fields_of(rule)}
    named = {name.partition(" ")[0] for name, value in rule.params.items() if isinstance(value, list) or " " in name}
    named |= {value for name, value in rule.params.items() if isinstance(value, str) and name != "group"}
    assert (named & known) - {"group", "number"} <= read | {rule.scope, "cause", "finding"}


def by_property(name: str, *values: str) -> set[str]:
    return {code for code, term in SITES.items() if term.properties.get(name) in values}


def test_sides_are_asked_as_the_vocabulary_of_sites_says() -> None:
    assert answers("S02a", "site") == by_property("laterality", "not-applicable")
    for rule_id in ("S02b", "S02c"):
        assert answers(rule_id, "site") == by_property("laterality", "required")
    assert answers("S02d", "site") | answers("S02e", "site") == by_property("laterality", "required")


def test_sexes_are_those_of_the_vocabulary_of_sites() -> None:
    assert answers("S21a", "site") == by_property("sex", "female")
    assert answers("S21b", "site") == by_property("sex", "male")
    assert answers("S21c", "site") == by_property("sex", "female", "male")


def test_regions_are_those_of_the_vocabulary_of_sites() -> None:
    initials = {"cervical": "C", "thoracic": "T", "lumbar": "L", "sacral": "S"}
    for rule_id in ("S05a", "S05b"):
        pairs = (pair.split(":") for pair in RULES[rule_id].params["sites"])
        for site, region in pairs:
            assert SITES[site].properties["regions"] == (initials[region],)


def test_disputed_facts_and_rules_on_sex_and_age_can_be_overridden() -> None:
    context = {"context.sex", "context.age-years", "context.age-days"}
    for rule in RULES.values():
        disputed = rule.id[:3] in {"C01", "C03", "C10", "C11", "S21"}
        if disputed or (fields_of(rule) & context and rule.id != "S12c"):
            assert rule.severity != "error"


def test_rules_on_age_are_off_for_a_fetus() -> None:
    groups = {
        "cause": {"cause": "physiologic-fetal"},
        "finding": {"site": "skin", "presence": "present"},
        "organ": {"organ": "spleen", "spleen-state": "enlarged", "spleen-length": "40 mm"},
        "context": {"focus": "fetus", "born": "2024-06-01", "sex": "female"},
    }
    verdict = pipeline.validate(catalog(), draft_of("emh-perinatal", groups), context_of(groups))
    assert not {issue.rule_id[:3] for issue in verdict.issues} & {"C01", "C02", "C03", "C07", "C08", "S12", "S21"}


def test_an_empty_draft_raises_no_question_about_a_rule() -> None:
    for template in catalog().templates:
        verdict = pipeline.validate(catalog(), Draft(template.id, template.version, ()), Context())
        assert not [issue for issue in verdict.issues if issue.rule_id in RULES]


def test_only_the_rules_on_contrast_and_modality_read_enhancement() -> None:
    reading = {rule.id for rule in RULES.values() if any("enhancement" in field for field in fields_of(rule))}
    assert reading == {"S19j", "S20a", "S20b"}


ENHANCEMENT = [
    {"enhancement-degree": degree, "enhancement-pattern": pattern}
    for degree, pattern in itertools.product(
        ("", *catalog().vocabularies["enhancement-degree"].terms),
        ("", *catalog().vocabularies["enhancement-pattern"].terms),
    )
]


@pytest.mark.parametrize("enhancement", ENHANCEMENT, ids=str)
def test_nothing_is_derived_from_enhancement_alone(enhancement: dict[str, str]) -> None:
    """C13: sources contradict each other on enhancement (R8, R11)."""
    lesion = {"site": "paraspinal-thoracic", "presence": "present", "pattern": "focal-mass", "activity": "active"}
    found = []
    for given in ({}, enhancement):
        groups = {"procedure": {"modality": "MR", "contrast": "iv-gadolinium"}, "finding": {**lesion, **given}}
        verdict = pipeline.validate(catalog(), draft_of("emh-mri-spine", groups), context_of(groups))
        found.append({(issue.rule_id, issue.severity) for issue in verdict.issues if issue.rule_id in RULES})
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("born", "sex", "limit"),
    [
        ("2024-02-01", "female", "60"),  # three months, R45
        ("2022-05-02", "male", "80"),  # two years
        ("2012-05-02", "female", "115"),  # twelve years
        ("2009-04-01", "female", "120"),  # fifteen years
        ("2009-04-01", "male", "130"),
        ("1990-01-01", "female", "130"),
    ],
)
def test_limits_of_spleen_length(born: str, sex: str, limit: str) -> None:
    fired = []
    for length in (Decimal(limit) - 1, Decimal(limit) + 1):
        spleen = {"organ": "spleen", "spleen-state": "normal", "spleen-length": f"{length} mm"}
        groups = {"organ": spleen, "context": {"born": born, "sex": sex}}
        verdict = pipeline.validate(catalog(), draft_of("emh-us-abdomen", groups), context_of(groups))
        fired.append("C07b" in {issue.rule_id for issue in verdict.issues})
    assert fired == [False, True]

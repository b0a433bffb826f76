"""Answers such as "none" stand alone: beside another one they are an error, and nothing is dropped."""

from __future__ import annotations

from collections.abc import Iterable

from emh_report import pipeline
from emh_report.context import Context
from emh_report.draft import Coded, Draft, Group, Item
from emh_report.issues import Severity
from emh_report.plan import GroupPlan
from tests.rule_cases import catalog


def test_an_answer_that_excludes_others_stands_alone_in_every_template() -> None:
    for template in catalog().templates:
        for group in catalog().plan(template.id).groups.values():
            for field_id, alone in group.alone.items():
                other = next(code for code in vocabulary_of(group, field_id) if code not in alone)
                for code in alone:
                    both = (Item(field_id, Coded(code)), Item(field_id, Coded(other, text="x")))
                    draft = Draft(template.id, "", (Group(group.definition.id, "g1", both),))
                    verdict = pipeline.validate(catalog(), draft, Context())
                    found = [issue for issue in verdict.issues if issue.rule_id == "exclusive-answer"]
                    assert [(issue.where.field_id, issue.severity) for issue in found] == [(field_id, Severity.ERROR)]
                    assert set(found[0].accepted) == {code, other}


def test_answers_that_exclude_each_other_are_both_kept() -> None:
    both = (Item("spleen-feature", Coded("none")), Item("spleen-feature", Coded("rupture")))
    draft = Draft("emh-ct-body", "", (Group("organ", "o1", (Item("organ", Coded("spleen")), *both)),))
    verdict = pipeline.validate(catalog(), draft, Context())
    assert [finding.group_uid for finding in verdict.critical] == ["o1"]


def vocabulary_of(group: GroupPlan, field_id: str) -> Iterable[str]:
    vocabulary = group.definition.fields[field_id].vocabulary
    return vocabulary.terms if vocabulary else ()

"""A template as people read it: every question with its need, and conditions in words."""

from decimal import Decimal
from pathlib import Path

import pytest

from emh_report.catalog.conditions import CONTEXT_FIELDS
from emh_report.cli import wording
from emh_report.conditions import Answer, Clause, Condition
from emh_report.template import Field, GroupDefinition, Template
from tests.case_files import catalog
from tests.cli_program import run
from tests.conftest import ROOT

YES, NO = True, False


def template_of(template_id: str) -> Template:
    return catalog().plan(template_id).template


def clause(field: str, operator: str, *answers: Answer) -> Clause:
    group, _, name = field.rpartition(".")
    return Clause(group, name, operator, answers)


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ([clause("presence", "!=", "absent")], '"Lesion" is not absent'),
        ([clause("presence", "!=", "absent", "present")], '"Lesion" is neither absent nor present'),
        (
            [clause("presence", "=", "absent", "present", "indeterminate")],
            '"Lesion" is absent, present or indeterminate',
        ),
        ([clause("margins", "=", "smooth")], '"Margins" includes smooth'),
        ([clause("margins", "!=", "smooth")], '"Margins" does not include smooth'),
        ([clause("palpable", "=", YES)], '"Palpable" is yes'),
        ([clause("palpable", "=", NO)], '"Palpable" is no'),
        ([clause("count", ">=", Decimal(3))], '"Exact number" is at least 3'),
        ([clause("size", ">", Decimal("4.20"))], '"Size" is more than 4.20 mm'),
        ([clause("pathology-date", "<", "2024-05")], '"Date of the specimen" is before 2024-05'),
        ([clause("count", "exists", YES)], '"Exact number" has an answer'),
        ([clause("count", "exists", NO)], '"Exact number" has no answer'),
        ([clause("procedure.modality", "=", "CR", "DX")], '"Modality" (Procedure and technique) includes radiography'),
        ([clause("organ.spleen-state", "=", "enlarged")], '"Spleen" of any Organ is enlarged'),
        ([clause("context.focus", "=", "fetus")], "the focus of the examination is fetus"),
        ([clause("context.exam-date", ">=", "2024")], "the date of the examination is on or after 2024"),
        (
            [clause("palpable", "=", YES), clause("count", ">", Decimal(1))],
            '"Palpable" is yes, and "Exact number" is more than 1',
        ),
    ],
)
def test_conditions_in_words(parts: list[Clause], words: str) -> None:
    template = template_of("emh-ct-body")
    group = template.groups["finding"]
    assert wording.in_words(Condition("all", tuple(parts)), template, group) == words
    either = wording.in_words(Condition("any", tuple(parts)), template, group)
    assert either == words.replace(", and ", ", or ")


def test_words_with_commas_are_kept_apart() -> None:
    assert wording.alternatives(["a", "b", "c"]) == "a, b or c"
    assert wording.alternatives(["a", "b, left"]) == "a or b, left"


def test_every_fact_of_the_context_has_words() -> None:
    assert wording.CONTEXT.keys() == CONTEXT_FIELDS.keys()


def below(shown: list[str], field: Field, group: GroupDefinition) -> tuple[list[str], str]:
    """Return the row of a question, in words, and what is printed below it."""
    start = next(i for i, line in enumerate(shown) if line.startswith(f"  {group.title} ({group.id}"))
    row = next(i for i, line in enumerate(shown) if i > start and line.split()[:1] == [field.id])
    notes: list[str] = []
    for line in shown[row + 1 :]:
        if not line.startswith(" " * 7):
            break
        notes.append(line.strip())
    return shown[row].split(), " ".join(notes)


@pytest.mark.parametrize("template_id", ["emh-minimal", "emh-mri-spine", "emh-perinatal"])
def test_a_template_shows_every_question_with_its_need(template_id: str) -> None:
    template = template_of(template_id)
    shown = run("templates", template_id).stdout.splitlines()
    assert [line for line in shown if line != line.rstrip() or "depends" in line or "if asked" in line] == []
    for group in template.groups.values():
        for field in group.fields.values():
            row, notes = below(shown, field, group)
            assert " ".join(row).endswith(field.label)
            assert ("required" in row) is field.required
            assert notes.startswith("asked only if ") is (field.when is not None)
            assert ("required if " in notes) is (field.required_when is not None and not field.required)


def test_groups_say_what_they_need() -> None:
    shown = run("templates", "emh-ct-body").stdout
    assert "(organ, may be repeated, needed for spleen, liver, kidney, pleura and pericardium)" in shown
    assert "(cause, may be repeated, at least 1 needed)" in shown


def test_lines_fit_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "90")
    conditions = [line for line in run("templates", "emh-mri-spine").stdout.splitlines() if line.startswith(" " * 20)]
    assert conditions
    assert max(len(line) for line in conditions) <= 90


def test_the_template_of_a_department() -> None:
    site: Path = ROOT / "docs" / "examples" / "site"
    shown = run("templates", "dept-spine-clinic", "--site", str(site)).stdout
    assert 'required if "Transfusions in the last 12 months" is more than 0' in shown

"""Bad answers, made from the templates themselves: one function per kind of mistake a form can let through.

Every seed is a draft with one planted mistake, what a validator has to say about it (rule and exact path), and the same
draft without it. The drafts are not complete; what else is found in them does not count. Conditions are settled by
looking at their clauses, so a new field or template is tried without a line here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from emh_report.context import Context
from emh_report.draft import Coded, Draft, Group, Integer, Item, Text
from emh_report.template import Field, Kind, Template
from scripts.sheets import Seed, Sheet, number_of, sample

Seeds = Callable[[Template], Iterator[Seed]]


def _questions(template: Template) -> Iterator[tuple[str, Field, Sheet]]:
    """Yield every question with a draft of its own in which it can be asked."""
    for group in template.groups.values():
        for question in group.fields.values():
            yield group.id, question, Sheet(template)


def missing_required(template: Template) -> Iterator[Seed]:
    """A question that is always required has no answer; a group or organ that must be there is not."""
    for group_id, question, sheet in _questions(template):
        if question.required and question.when is None:
            yield sheet.seed("missing-required", group_id, question.id, right=sample(question))
    none = Draft(template.id, template.version, ())
    for group in template.groups.values():
        if group.at_least or group.required_keys:
            field_id = group.key if group.required_keys else ""
            items: list[tuple[Item, ...]] = [(Item(group.key, Coded(key)),) for key in group.required_keys]
            entries = (Group(group.id, f"{group.id}-{number}", item) for number, item in enumerate(items or [()]))
            twin = none._replace(groups=tuple(entries))
            yield Seed(none, twin, Context(), "missing-required", "draft.groups", group.id, field_id)


def unknown_code(template: Template) -> Iterator[Seed]:
    """A code that is not in the vocabulary."""
    for group_id, question, sheet in _questions(template):
        if question.vocabulary:
            sheet.ask(group_id, question.id)
            wrong = Coded("no-such-code")
            yield sheet.seed("S01", group_id, question.id, wrong, part="coded.code", right=sample(question))


def out_of_range(template: Template) -> Iterator[Seed]:
    """A number above the limits of its field."""
    parts = {Kind.QUANTITY: "quantity.value", Kind.MEASUREMENT: "measurement.axes[0]", Kind.INTEGER: "integer"}
    for group_id, question, sheet in _questions(template):
        beyond = number_of(question, question.bounds.high + 1) if question.bounds else None
        if beyond:
            sheet.ask(group_id, question.id)
            part, right = parts[question.kind], sample(question)
            yield sheet.seed("out-of-range", group_id, question.id, beyond, part=part, right=right)


def not_asked(template: Template) -> Iterator[Seed]:
    """An answer to a question whose condition is false."""
    for group_id, question, sheet in _questions(template):
        if question.when:
            sheet.falsify(question.when, group_id)
            yield sheet.seed("not-asked", group_id, question.id, sample(question), right=None)


def unknown_field(template: Template) -> Iterator[Seed]:
    """A field that the template does not have."""
    for group_id in template.groups:
        seed = Sheet(template).seed("unknown-field", group_id, "no-such-field", Text("x"), part="field_id", right=None)
        yield seed._replace(field_id="")


def wrong_type(template: Template) -> Iterator[Seed]:
    """A value of another kind."""
    for group_id, question, sheet in _questions(template):
        sheet.ask(group_id, question.id)
        wrong = Integer(1) if question.kind is Kind.TEXT else Text("x")
        yield sheet.seed("wrong-type", group_id, question.id, wrong, right=sample(question))


def missing_conditional(template: Template) -> Iterator[Seed]:
    """A question that is required under a condition has no answer although the condition holds."""
    for group_id, question, sheet in _questions(template):
        if question.required_when or (question.required and question.when):
            sheet.ask(group_id, question.id)
            if not question.required:
                sheet.satisfy(question.required_when, group_id)
            yield sheet.seed("missing-required", group_id, question.id, right=sample(question))


def wrong_display(template: Template) -> Iterator[Seed]:
    """A code with the display of something else."""
    for group_id, question, sheet in _questions(template):
        if question.vocabulary:
            sheet.ask(group_id, question.id)
            wrong = Coded(next(iter(question.vocabulary.terms)), "Something else")
            yield sheet.seed(
                "wrong-display", group_id, question.id, wrong, part="coded.display", right=sample(question)
            )


def second_answer(template: Template) -> Iterator[Seed]:
    """Two answers to a question that takes one."""
    for group_id, question, sheet in _questions(template):
        if not question.repeats:
            sheet.ask(group_id, question.id)
            twice = (sample(question), sample(question))
            yield sheet.seed("duplicate-answer", group_id, question.id, *twice, right=sample(question))


def wrong_template(template: Template) -> Iterator[Seed]:
    """A template that is not installed, a version that is not, and one of other content."""
    right = Draft(template.id, template.version, (), template.content_hash)
    unknown = right._replace(template_id=f"{template.id}s")
    newer, changed = right._replace(template_version="99.0.0"), right._replace(template_hash="0" * 64)
    yield Seed(unknown, right, Context(), "wrong-template", "draft.template_id")
    yield Seed(newer, right, Context(), "wrong-template-version", "draft.template_version")
    yield Seed(changed, right, Context(), "wrong-template-version", "draft.template_hash")


KINDS: Final[Mapping[str, Seeds]] = {
    "required answer missing": missing_required,
    "code not in the vocabulary": unknown_code,
    "number out of range": out_of_range,
    "answer to a question that is not asked": not_asked,
    "unknown field": unknown_field,
    "wrong type": wrong_type,
    "conditionally required answer missing": missing_conditional,
    "right code, wrong display": wrong_display,
    "two answers to a single-answer question": second_answer,
    "wrong template or version": wrong_template,
}

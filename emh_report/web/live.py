"""What a page learns while somebody types: messages, conditions, the report so far."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from emh_report.context import Context
from emh_report.phrases import phrase
from emh_report.plan import Plan
from emh_report.web import pages
from emh_report.web.desk import Desk
from emh_report.web.language import Language
from emh_report.web.sheet import Sheet
from emh_report.web.view import Block, FormView

PARTS: Final = ("status", "issues", "reasons", "preview", "critical")
"""Parts of the page that are made again, by macro."""


def update(
    desk: Desk, plan: Plan, sheet: Sheet, context: Context, want: Collection[str], language: Language
) -> Mapping[str, object]:
    """Return the parts beside the answers as HTML, and for each entry and question what changed around it.

    ``want`` names questions the page does not have yet.
    """
    form = desk.form(plan, sheet, context, language)
    blocks = [block for section in form.sections for group in section.groups for block in group.blocks]
    questions = [question for block in blocks for question in block.questions]
    return {
        "parts": {name: pages.part(language, name, form) for name in PARTS},
        "shown": [question.name for block in blocks for question in block.shown],
        "off": [question.name for question in questions if question.off],
        "needed": [question.name for question in questions if question.needed],
        "html": {one.name: pages.part(language, "question", one) for one in questions if one.name in want},
        "messages": _said(form, blocks, language),
        "wrong": [one.name for one in questions if any(message.kind == "error" for message in one.messages)],
        "summaries": {block.key: language.say(block.summary) for block in blocks},
        "left": {section.term.code: section.missing for section in form.sections},
        "said": language.say(_spoken(form)),
    }


def _said(form: FormView, blocks: list[Block], language: Language) -> Mapping[str, str]:
    found = {block.key: block.messages for block in blocks}
    found |= {question.name: question.messages for block in blocks for question in block.questions}
    found |= {f"group-{group.definition.id}": group.messages for section in form.sections for group in section.groups}
    return {name: pages.part(language, "fold_said", messages).strip() for name, messages in found.items() if messages}


def _spoken(form: FormView) -> str:
    """Return one sentence for those who do not see the page."""
    verdict = form.review.verdict
    errors, warnings = form.counted("error"), form.counted("warning")
    left = verdict.required - verdict.required_answered

    said = phrase("{left} required left, {errors} errors, {warnings} warnings")
    return said.given(left=left, errors=errors, warnings=warnings)

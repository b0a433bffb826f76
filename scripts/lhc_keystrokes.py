"""The published case filled into our Questionnaire in LHC-Forms by keyboard: how many keys, and what comes back.

One walk with the Tab key from question to question, the shortest way there is without a mouse. A list is typed into
until what is wanted stands first in it; every key that is pressed counts as one, as in the form of this project.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from playwright.sync_api import Page

from benchmarks.peers.lhc_forms import SHOW
from emh_report.context import Context
from emh_report.draft import Draft, Group
from emh_report.export import questionnaire
from emh_report.export.questionnaire import Release
from emh_report.intake.answers import read_answers
from emh_report.template import Template
from tests.case_files import catalog
from tests.questionnaires import response_of, tables

Json = dict[str, Any]
Pending = list[tuple[str, Json]]
"""Items of a response with their linkId, in the order of the form."""

MOST: Final = 2_000
"""Presses of the Tab key after which nothing new comes."""
SETTLED: Final = 40
"""Milliseconds in which the page has taken a key."""
GIVEN: Final = ("procedure",)
"""What comes with the study in the form of this project, and is not counted here either."""
FOCUSED: Final = """() => {
    const focus = document.activeElement, item = focus.closest('lhc-item[id^="item-"]');
    return {
        item: item ? item.id.slice(5) : '', type: focus.type || focus.tagName, list: focus.matches('.ansList'),
        help: focus.matches('.lhc-help-button'), adds: focus.id.startsWith('add-') ? focus.id.slice(4) : '',
        label: focus.closest('label')?.innerText.trim() || '', on: !!focus.checked,
    };
}"""
LISTED: Final = """() => [...document.querySelectorAll('#completionOptions li')]
    .filter(line => line.checkVisibility({visibilityProperty: true}))
    .map(line => line.innerText.replace(/^\\d+:/, '').trim())"""
RESPONSE: Final = "() => LForms.Util.getFormFHIRData('QuestionnaireResponse', 'R4')"


class Walk:
    """A walk through the form; ``keys`` is how many were pressed."""

    def __init__(self, page: Page) -> None:
        self.page, self.keys = page, 0

    def press(self, name: str) -> None:
        """Press one key."""
        self.page.keyboard.press(name)
        self.keys += 1

    def type(self, text: str) -> None:
        """Press a key for each character."""
        for character in text:
            self.press(character)

    def choose(self, display: str, *, several: bool) -> None:
        """Type until ``display`` is the first of the list, and take it."""
        for character in display:
            self.press(character)
            self.page.wait_for_timeout(SETTLED)
            if (self.page.evaluate(LISTED) or [""])[0] == display:
                break
        self.press("ArrowDown")
        if several:
            self.press("Enter")

    def answer(self, focus: Json, answers: list[Json]) -> bool:
        """Answer the question that has the focus; whether it is done with."""
        displays = [answer["valueCoding"]["display"] for answer in answers if "valueCoding" in answer]
        if focus["list"]:
            for display in displays:
                self.choose(display, several=len(displays) > 1)
        elif focus["type"] in ("radio", "checkbox"):
            wanted = displays or ["Yes" if answer.get("valueBoolean") else "No" for answer in answers]
            if focus["label"] in wanted:
                self.press("Space")
                answers.pop(wanted.index(focus["label"]))
            return not answers
        else:
            self.type(_typed(answers[0]))
        return True

    def fill(self, pending: Pending) -> None:
        """Answer everything of ``pending``, from one Tab to the next."""
        for _ in range(MOST):
            if not pending:
                return
            self.press("Tab")
            self.page.wait_for_timeout(SETTLED)
            focus, (link_id, item) = self.page.evaluate(FOCUSED), pending[0]
            if focus["adds"] and focus["adds"].partition("/")[0] == link_id and item.get("repeated"):
                self.press("Enter")
                pending.pop(0)
                continue
            here = not focus["help"] and focus["item"].partition("/")[0] == link_id
            if here and "answer" in item and self.answer(focus, item["answer"]):
                pending.pop(0)
        raise LookupError(f"{len(pending)} answers found no question, the first {pending[0][0]}")


def _typed(answer: Json) -> str:
    ((_, value),) = answer.items()
    return str(value["value"] if isinstance(value, dict) else value)


def _pending(items: list[Json]) -> Iterator[tuple[str, Json]]:
    """Yield what a person answers; identifiers of groups and of the draft come from the form."""
    known: set[str] = set()
    for item in items:
        link_id = item["linkId"]
        if ":" in link_id or link_id in GIVEN:
            continue
        if "answer" in item:
            yield link_id, item
        elif link_id in known:
            yield link_id, {"repeated": True}
        known.add(link_id)
        yield from _pending(item.get("item", []))


def fill(page: Page, template: Template, draft: Draft, context: Context) -> tuple[int, Draft]:
    """Fill ``draft`` in; returns the keys that were pressed, and the draft that comes back."""
    form = json.loads(questionnaire.to_bytes(template, tables(), Release.R4))
    page.evaluate(SHOW, [form, None, "R4"])
    response = json.loads(response_of(template, draft, context))
    walk = Walk(page)
    walk.fill(list(_pending(response["item"])))
    walk.press("Tab")
    return walk.keys, read_answers(catalog(), json.dumps(page.evaluate(RESPONSE)).encode()).draft


def within(template: Template, draft: Draft) -> Draft:
    """Return what ``template`` asks of ``draft``."""

    def asked(group: Group) -> Group:
        fields = template.groups[group.group_id].fields
        return group._replace(items=tuple(item for item in group.items if item.field_id in fields))

    groups = tuple(asked(group) for group in draft.groups if group.group_id in template.groups)
    return Draft(template.id, template.version, groups=tuple(group for group in groups if group.items))


def missing(given: Draft, back: Draft) -> set[tuple[str, str]]:
    """Return group and field of every answer that did not come back as it was given."""
    answers = [
        {(group.group_id, item.field_id, item.value) for group in draft.groups for item in group.items}
        for draft in (given, back)
    ]
    return {(group, field) for group, field, _ in answers[0] ^ answers[1] if group not in GIVEN}

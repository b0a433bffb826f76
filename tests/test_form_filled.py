"""Every template filled from empty in a real browser, answer by answer, and released: stored as it was given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from emh_report import pipeline
from emh_report.draft import Draft, Group, Override
from emh_report.template import Field
from scripts.keystrokes import RELEASE, press
from tests.browser import browser
from tests.case_files import catalog
from tests.form_browser import kept, opened, said, settled
from tests.test_form_sheet import in_order
from tests.web_service import desk, studies

__all__ = ["browser"]


def given() -> Iterator[str]:
    """Yield, for every template, its complete synthetic report and its first published case, where one exists."""
    for template in catalog().templates:
        yield f"{template.id}-draft-a"
        found = (
            name for name, one in studies().items() if name.startswith("emh-case") and one.template_id == template.id
        )
        yield from list(found)[:1]


def bare(draft: Draft) -> Draft:
    """Return a draft in the order of its template, with entries named by their place instead of a uid."""
    ordered = in_order(draft)
    places = {group.uid: str(place) for place, group in enumerate(ordered.groups)}
    groups = tuple(group._replace(uid="") for group in ordered.groups)
    kept = tuple(Override(one.rule_id, places.get(one.group_uid, ""), one.reason) for one in draft.overrides)
    return ordered._replace(groups=groups, overrides=kept, template_hash="")


def keepable(name: str) -> Draft:
    """Return the draft of a study without reasons for warnings that nobody gives: a form asks for none."""
    study = studies()[name]
    assert study.draft is not None
    issues = pipeline.validate(catalog(), study.draft, study.context).issues
    given = {(issue.rule_id, issue.where.group_uid) for issue in issues if issue.override_reason}
    kept = tuple(one for one in study.draft.overrides if (one.rule_id, one.group_uid) in given)
    return study.draft._replace(overrides=kept)


def fill(page: Page, draft: Draft) -> None:
    """Answer every question of a draft by its name."""
    template = desk().plan(draft.template_id).template
    begin_groups(page, draft)
    numbers: dict[str, int] = {}
    uids: dict[str, str] = {}
    for group in in_order(draft).groups:
        number = numbers[group.group_id] = numbers.get(group.group_id, 0) + 1
        key = f"{group.group_id}.{number}"
        begin(page, group, key)
        uids[group.uid] = page.locator(f'[id="b-{key}"]').get_attribute("data-uid") or ""
        fields = template.groups[group.group_id].fields
        for name in dict.fromkeys(item.field_id for item in group.items):
            texts = [desk().words.shown(fields[name], item.value) for item in group.items if item.field_id == name]
            answer(page, f"{key}.{name}", fields[name], texts)
    for one in draft.overrides:
        settled(page)
        page.locator(f'[name="keep.{one.rule_id}.{uids.get(one.group_uid, "")}"]').first.fill(one.reason)
        page.keyboard.press("Tab")


def begin_groups(page: Page, draft: Draft) -> None:
    """Bring as many entries of each group to the page as the draft has: a new report asks for some by itself."""
    wanted = Counter(group.group_id for group in draft.groups)
    for definition in desk().plan(draft.template_id).template.groups.values():
        there = page.locator(f'.block[data-group="{definition.id}"]').count()
        for number in range(there, wanted[definition.id], -1) if definition.repeats else ():
            page.locator(f'button[value="remove:{definition.id}.{number}"]').click()
            page.locator(f'[id="b-{definition.id}.{number}"]').wait_for(state="detached")
            settled(page)


def begin(page: Page, group: Group, key: str) -> None:
    """Bring an entry to the page, with all its questions."""
    block = page.locator(f'[id="b-{key}"]')
    if not block.count():
        settled(page)  # what is said of the last answer moves the button
        page.locator(f'button[name="action"][value="add:{group.group_id}"]').click()
        block.wait_for()
        settled(page)
    more = block.locator('button[value^="open:"][aria-expanded="false"]')
    if more.count():
        more.click()
        block.locator('button[aria-expanded="true"]').wait_for()
        settled(page)


THERE = """box => ({
  row: box.type === "radio",
  texts: [...document.getElementsByName(box.name)].map(one => one.value).filter(text => text),
})"""


def answer(page: Page, name: str, field: Field, texts: list[str]) -> None:
    """Give the answers of one question; it comes as soon as what it depends on was answered."""
    box = page.locator(f'[id="{name}"]')
    there = box.evaluate(THERE)
    if there["row"]:
        if texts[0].startswith("("):
            box.focus()  # the answers that are seldom given come with it
        page.locator(f'[name="{name}"][value="{texts[0]}"]').press("Space")
    elif there["texts"] != texts:
        for text in texts if field.repeats else texts[:1]:
            box.fill(text)
            page.keyboard.press("Tab")


@pytest.mark.parametrize("name", list(given()))
def test_a_report_filled_from_empty_is_stored_as_it_was_given(browser: Browser, name: str) -> None:
    draft = keepable(name)
    with opened(browser, f"/study/{name}/{draft.template_id}", empty=True) as page:
        fill(page, draft)
        settled(page)
        kept(page)
        press(page, RELEASE)
        page.wait_for_selector(".released")
        assert bare(said(page)) == bare(draft)

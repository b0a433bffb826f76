"""A response to one of our Questionnaires as a draft. FHIR R4 and R5.

Only what was asked is read, and only codes that were offered: anything else is refused with its path, nothing is
guessed and nothing is passed over. Whether the answers are right is for validation to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from emh_report.catalog import Catalog
from emh_report.draft import Draft, Group, Override, ReportMode
from emh_report.errors import InputError, NotFoundError
from emh_report.intake.answers import elements, questions
from emh_report.intake.answers.elements import Found, Problems, items
from emh_report.intake.answers.groups import Instance
from emh_report.intake.content import Json, read_json
from emh_report.issues import Issue, Severity, Where
from emh_report.linkids import (
    CONTEXT,
    CONTEXT_CODES,
    DRAFT,
    HASH,
    MODE,
    OVERRIDE,
    OVERRIDE_PARTS,
    QUESTIONNAIRES,
    context_code,
    fact,
    facts_read,
)
from emh_report.template import Template
from emh_report.values import LevelTables

__all__ = ["Answers", "read_answers"]

ROOT: Final = "QuestionnaireResponse"

STATUSES: Final = ("in-progress", "completed", "amended")
"""A response that was stopped or entered in error says nothing that a report may be made from."""

ABOUT: Final = frozenset(
    {
        *("resourceType", "id", "meta", "language", "text", "contained", "extension", "identifier"),
        *("basedOn", "partOf", "questionnaire", "_questionnaire", "status", "subject", "encounter"),
        *("authored", "author", "source", "item"),
    }
)
"""Elements of a response. Whom it is about comes from the context of a report, not from here."""


class Answers(NamedTuple):
    """A draft as it was answered; what is worth knowing about the reading; facts of the context that were stated."""

    draft: Draft
    issues: tuple[Issue, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()


def read_answers(catalog: Catalog, content: bytes) -> Answers:
    """Return the draft that a QuestionnaireResponse (FHIR JSON) says.

    Raises InputError with the path of everything that is not an answer to the Questionnaire it names, and LimitError.
    """
    response = read_json(content)
    if not isinstance(response, dict) or response.get("resourceType") != ROOT:
        raise InputError([("", f"a {ROOT} in JSON is needed")])
    problems = Problems()
    template = _template(catalog, response)
    _check_about(response, problems)
    reading = _Reading(template, _tables(catalog), problems)
    for found in items(response, ROOT, problems):
        reading.read(found)
    answered = reading.finish()
    if problems.found:
        raise InputError(problems.found)
    return answered


def _template(catalog: Catalog, response: Json) -> Template:
    """Return the template whose Questionnaire was answered."""
    path = f"{ROOT}.questionnaire"
    named = response.get("questionnaire")
    if not isinstance(named, str) or not named.startswith(QUESTIONNAIRES):
        raise InputError([(path, f"the address of one of our Questionnaires is needed: {QUESTIONNAIRES}…")])
    template_id, _, version = named.removeprefix(QUESTIONNAIRES).partition("|")
    try:
        return catalog.plan(template_id, version).template
    except NotFoundError as error:
        installed = ", ".join(error.candidates or catalog.newest)
        raise InputError([(path, f"no such template or version is installed; there are {installed}")]) from None


def _tables(catalog: Catalog) -> LevelTables:
    return LevelTables(catalog.vocabulary("vertebral-level"), catalog.vocabulary("level-numbering"))


def _check_about(response: Json, problems: Problems) -> None:
    for name in sorted(response.keys() - ABOUT):
        problems.add(ROOT, f"has an element that cannot be read{elements.named(name)}")
    if response.get("status") not in STATUSES:
        problems.add(f"{ROOT}.status", f"one of {', '.join(STATUSES)} is needed")


class _Reading:
    """A response while it is read."""

    def __init__(self, template: Template, tables: LevelTables, problems: Problems) -> None:
        self.template = template
        self.tables = tables
        self.problems = problems
        self.instances: list[tuple[Instance, str]] = []
        self.mode = ReportMode.STANDALONE
        self.hash = ""
        self.overrides: list[Override] = []
        self.facts: list[tuple[str, str]] = []

    def read(self, found: Found) -> None:
        definition = self.template.groups.get(found.link_id)
        if definition is not None:
            instance = Instance(definition, self.tables, self.problems)
            instance.read(found)
            self.instances.append((instance, found.path))
        elif found.link_id == DRAFT:
            self._read_draft(found)
        elif found.link_id == CONTEXT:
            self._read_facts(found)
        else:
            self.problems.unknown(found.path, found.link_id, (*self.template.groups, DRAFT, CONTEXT))

    def finish(self) -> Answers:
        notes: list[Issue] = []
        groups = [(found, path) for instance, path in self.instances if (found := instance.group(notes)) is not None]
        seen: set[str] = set()
        for group, path in groups:
            if group.group_id in seen and not self.template.groups[group.group_id].repeats:
                self.problems.add(path, "this group of questions is asked once only")
            seen.add(group.group_id)
        named = tuple(self._identified(groups, notes))
        draft = Draft(self.template.id, self.template.version, named, self.hash, self.mode, tuple(self.overrides))
        return Answers(draft, tuple(notes), tuple(self.facts))

    def _identified(self, groups: list[tuple[Group, str]], notes: list[Issue]) -> Iterable[Group]:
        """Give an identity to every entry that a form has added, by its place among its kind."""
        taken = {group.uid for group, _ in groups}
        for group, path in groups:
            if group.uid or not self.template.groups[group.group_id].repeats:
                yield group
                continue
            number = 1
            while f"{group.group_id}-{number}" in taken:
                number += 1
            given = f"{group.group_id}-{number}"
            taken.add(given)
            where = Where(path, group.group_id, given)
            notes.append(Issue("uid-assigned", Severity.INFORMATION, where, "a new entry, which got an identity here"))
            yield group._replace(uid=given)

    def _texts(self, found: Found) -> dict[str, str]:
        """Return the texts inside a group by link id."""
        texts: dict[str, str] = {}
        for item in items(found.content, found.path, self.problems):
            if item.link_id == OVERRIDE and found.link_id == DRAFT:
                self._read_override(item)
                continue
            for text, _ in elements.values(item, "String", elements.string, self.problems):
                texts[item.link_id] = text
        return texts

    def _read_draft(self, found: Found) -> None:
        texts = self._texts(found)
        for link_id in sorted(texts.keys() - {MODE, HASH}):
            self.problems.unknown(found.path, link_id, (MODE, HASH, OVERRIDE))
        self.hash = texts.get(HASH, "")
        if MODE in texts and texts[MODE] not in list(ReportMode):
            self.problems.add(found.path, f"a mode is one of {', '.join(ReportMode)}")
        elif MODE in texts:
            self.mode = ReportMode(texts[MODE])

    def _read_override(self, found: Found) -> None:
        texts = self._texts(found)
        known = [f"{OVERRIDE}.{part}" for part in OVERRIDE_PARTS]
        for link_id in sorted(texts.keys() - set(known)):
            self.problems.unknown(found.path, link_id, known)
        self.overrides.append(Override(*(texts.get(link_id, "") for link_id in known)))

    def _read_facts(self, found: Found) -> None:
        known = {fact(name): name for name in facts_read(self.template)}
        for item in items(found.content, found.path, self.problems):
            name = known.get(item.link_id)
            if name is None:
                self.problems.unknown(item.path, item.link_id, known)
                continue
            kind, read = _fact(name)
            self.facts += [(name, value) for value, _ in elements.values(item, kind, read, self.problems)]


def _fact(name: str) -> tuple[str, Callable[[Json], str]]:
    """Return type and reader of a fact of the context."""
    if name in CONTEXT_CODES:
        codes = {member.value: context_code(name, member.value) for member in CONTEXT_CODES[name]}
        offered = {(code.system, code.code): (member, code.display) for member, code in codes.items()}
        return "Coding", lambda value: str(questions.choose(value, offered))
    if name.startswith("age-"):
        return "Integer", lambda value: str(elements.integer(value))
    return ("String", elements.string) if name == "modality" else ("DateTime", elements.date_time)

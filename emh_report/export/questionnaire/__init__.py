"""A template as an SDC Questionnaire, and a draft as the response to it: docs/fhir.md says how each question is asked.

The dictionaries share subtrees: treat them as read-only.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from emh_report.codes import Code
from emh_report.export.questionnaire.datatypes import (
    HIDDEN,
    Json,
    coding,
    control,
    core,
    extended,
    sdc,
    to_json,
)
from emh_report.export.questionnaire.extraction import Extraction, templates
from emh_report.export.questionnaire.items import OBSERVED, Form, choice_item, items_of
from emh_report.export.questionnaire.options import ValueSets, listed, offers
from emh_report.export.questionnaire.response import response
from emh_report.export.questionnaire.versions import NAMES, VERSION_ALGORITHMS, Release
from emh_report.linkids import (
    CONTEXT,
    CONTEXT_CODES,
    DRAFT,
    HASH,
    MODE,
    OVERRIDE,
    OVERRIDE_PARTS,
    WORDS_PARTS,
    canonical,
    context_code,
    fact,
    facts_read,
    uid,
    words,
)
from emh_report.own_codes import GROUPS
from emh_report.template import GroupDefinition, Template
from emh_report.values import LevelTables

__all__ = ["NAMES", "Extraction", "Release", "questionnaire", "response", "to_bytes", "to_json"]

KEPT: Final = 64
"""Questionnaires that are kept ready; an installation has some dozens of templates."""


@lru_cache(KEPT)
def to_bytes(
    template: Template, tables: LevelTables, release: Release, extraction: Extraction = Extraction.OBSERVATION
) -> bytes:
    """Return the Questionnaire of a template as FHIR JSON."""
    return to_json(questionnaire(template, tables, release, extraction))


def questionnaire(
    template: Template, tables: LevelTables, release: Release, extraction: Extraction = Extraction.OBSERVATION
) -> Json:
    """Return the Questionnaire of a template. ``tables`` are the vocabularies that level ranges are read by."""
    form = Form(template, tables, release, ValueSets())
    items = [_group(form, group) for group in template.groups.values()]
    made = list(templates(items)) if extraction is Extraction.TEMPLATE else []
    extracted = {group["linkId"]: group for group, _ in made}
    items = [extracted.get(item["linkId"], item) for item in items]
    context = _context(form)
    return {
        "resourceType": "Questionnaire",
        **_about(template, release),
        **form.value_sets.contained([observation for _, observation in made]),
        **_versioned(template, release),
        "name": template.id.title().replace("-", ""),
        "title": template.title,
        "status": "active",
        "subjectType": ["Patient"],
        "description": template.description,
        "item": [*context, *items, _draft()],
    }


def _about(template: Template, release: Release) -> Json:
    profiles = NAMES[release].profiles
    meta: Json = {"meta": {"profile": list(profiles)}} if profiles else {}
    return {"id": template.id, **meta, "language": template.language}


def _versioned(template: Template, release: Release) -> Json:
    algorithm = {"system": VERSION_ALGORITHMS, "code": "semver", "display": "SemVer"}
    if release is Release.R4:
        head: Json = extended(core("artifact-versionAlgorithm", "Coding", algorithm))
        return {**head, "url": canonical(template), "version": template.version}
    return {"url": canonical(template), "version": template.version, "versionAlgorithmCoding": algorithm}


def _group(form: Form, group: GroupDefinition) -> Json:
    """Return the item of a group: identity first, then its questions, then words that no question asks for."""
    own = Code(GROUPS, group.id, group.title)
    observed = sdc("observationExtract", "Boolean", value=True) if group.role in OBSERVED else None
    head: Json = {"linkId": group.id, "code": [coding(own)], "text": group.title, "type": "group"}
    item = {**extended(observed), **head}
    if group.at_least:
        item["required"] = True
    if group.repeats:
        item["repeats"] = True
    return {**item, "item": [_hidden(uid(group.id), "Identity"), *items_of(form, group), _words(group)]}


def _hidden(link_id: str, text: str) -> Json:
    return {**extended(HIDDEN), "linkId": link_id, "text": text, "type": "string"}


def _hidden_group(link_id: str, text: str, parts: list[Json], *, repeats: bool = False) -> Json:
    item: Json = {**extended(HIDDEN), "linkId": link_id, "text": text, "type": "group"}
    return {**item, **({"repeats": True} if repeats else {}), "item": parts}


def _words(group: GroupDefinition) -> Json:
    """Return the place for words beside an answer that asks for none; no form shows it, none is lost."""
    link_id = words(group.id)
    parts = [_hidden(f"{link_id}.{part}", f"Words beside an answer: {part}") for part in WORDS_PARTS]
    return _hidden_group(link_id, "Words beside answers", parts, repeats=True)


def _draft() -> Json:
    """Return the place for what a draft has beside its answers."""
    overrides = [_hidden(f"{OVERRIDE}.{part}", f"Kept warning: {part}") for part in OVERRIDE_PARTS]
    parts = [_hidden(MODE, "Mode of the report"), _hidden(HASH, "Content of the template")]
    return _hidden_group(DRAFT, "Draft", [*parts, _hidden_group(OVERRIDE, "Kept warnings", overrides, repeats=True)])


def _context(form: Form) -> list[Json]:
    """Return the group of facts that conditions of this template read; nothing where there are none."""
    names = facts_read(form.template)
    if not names:
        return []
    item: Json = {"linkId": CONTEXT, "text": "Examination", "type": "group"}
    return [{**item, "item": [_fact(form, name) for name in names]}]


def _fact(form: Form, name: str) -> Json:
    if name in CONTEXT_CODES:
        codes = [context_code(name, member.value) for member in CONTEXT_CODES[name]]
        return choice_item(form, fact(name), _FACTS[name][0], listed(*offers(codes)), control("radio-button"))
    text, kind = _FACTS[name]
    repeats: Json = {"repeats": True} if name in ("modality", "study-instance-uid") else {}
    return {"linkId": fact(name), "text": text, "type": kind, **repeats}


_FACTS: Final = {
    "focus": ("The images show", ""),
    "sex": ("Administrative sex", ""),
    "mode": ("Mode of the report", ""),
    "modality": ("Modalities of the study", "string"),
    "study-instance-uid": ("Study Instance UIDs", "string"),
    "age-years": ("Age in years", "integer"),
    "age-days": ("Age in days", "integer"),
    "exam-date": ("Date of examination", "dateTime"),
    "issued": ("Time of release", "dateTime"),
}

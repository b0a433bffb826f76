"""The form's use cases without a store: open a study, act on what was sent, review it. Pages come later."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from emh_report import pipeline
from emh_report.catalog import Catalog
from emh_report.context import Context
from emh_report.draft import Draft
from emh_report.errors import InputError, NotFoundError
from emh_report.phrases import phrase
from emh_report.pipeline import Review
from emh_report.plan import Plan
from emh_report.search import SearchIndex
from emh_report.sources import Board, Wanted
from emh_report.template import Kind
from emh_report.web import bodymap
from emh_report.web import sheet as sheets
from emh_report.web.critical import record
from emh_report.web.language import Language
from emh_report.web.messages import messages, notes, too_large
from emh_report.web.samples import Sample, of_source
from emh_report.web.sheet import Sheet
from emh_report.web.typed import Words
from emh_report.web.view import FormView, view
from emh_report.wire import draft_from_proto, guard
from emh_report.wire.draft import write_draft

EDITS: Final[Mapping[str, Callable[[Plan, Sheet, str], tuple[Sheet, str]]]] = {
    "add": sheets.added,
    "duplicate": sheets.duplicated,
    "site": bodymap.site_picked,
    "level": bodymap.level_picked,
}
"""Verb of a button → what it makes of a sheet, and where to look next."""


@dataclass(frozen=True, slots=True)
class Edited:
    """What an action made of a sheet: where to look next, and what to say."""

    sheet: Sheet
    focus: str = ""
    notice: str = ""


class Desk:
    """Everything a form needs of one catalog, and the studies it is open on."""

    def __init__(self, catalog: Catalog, samples: Mapping[str, Sample], board: Board | None = None) -> None:
        """Index the vocabularies; ``board`` has the studies of PACS and RIS, where any are configured."""
        self.catalog = catalog
        self.samples = samples
        self.board = board
        self.words = Words(catalog)
        self.index = SearchIndex(catalog.vocabularies)

    def sample(self, study: str) -> Sample:
        """Return one study. Raises NotFoundError, and SourceError where its source cannot be read."""
        if study in self.samples:
            return self.samples[study]
        found = self.board.find(study) if self.board else None
        if found is None:
            raise NotFoundError("study", study)
        return of_source(found, self.catalog.suggestions)

    def listed(self) -> tuple[list[Sample], tuple[str, ...]]:
        """Return all studies to be reported, and lines about what is not among them."""
        samples = list(self.samples.values())
        if self.board is None:
            return samples, ()
        found, lines = self.board.listing()
        return [*samples, *(of_source(one, self.catalog.suggestions) for one in found)], lines

    def named(self, study: str, accession: str) -> tuple[list[Sample], tuple[str, ...]]:
        """Return the studies that may have these numbers, asked for now, and lines about what is not among them."""
        samples = list(self.samples.values())
        if self.board is None:
            return samples, ()
        found, lines = self.board.ask(Wanted(accession, study))
        return [*samples, *(of_source(one, self.catalog.suggestions) for one in found)], lines

    def plan(self, template_id: str, version: str = "") -> Plan:
        """Return a template's plan. Raises NotFoundError."""
        return self.catalog.plan(template_id, version)

    def opened(self, sample: Sample, plan: Plan) -> Sheet:
        """Return the sheet a study is opened with: its draft, or a new one that says what the context knows.

        Raises InputError for a draft that this form cannot show.
        """
        if sample.draft is not None and sample.draft.template_id == plan.template.id:
            draft = sample.draft._replace(template_hash=plan.template.content_hash)
            return sheets.from_draft(plan, draft, self.words)
        return self._from_context(plan, sheets.blank(plan), sample.context)

    def _from_context(self, plan: Plan, sheet: Sheet, context: Context) -> Sheet:
        """Answer the modality and date of the examination as the systems around state them."""
        known = {
            "modality": tuple(code for study in context.studies for code in study.modalities),
            "exam-date": (context.exam_date,) if context.exam_date else (),
        }
        for entry in sheet.of("procedure"):
            for field_id, codes in known.items():
                field = entry.definition.fields.get(field_id)
                if field is None or field.kind not in (Kind.CODED, Kind.DATE_TIME):
                    continue
                terms = field.vocabulary.terms if field.vocabulary else None
                known_codes = [code for code in dict.fromkeys(codes) if terms is None or code in terms]
                entry.texts[field_id] = tuple(terms[code].display if terms else code for code in known_codes)
        return sheets.completed(plan, sheet)

    def act(self, plan: Plan, sheet: Sheet, action: str, context: Context, by: str) -> Edited:
        """Return the sheet after ``by`` pressed a button. Raises InputError for one that this form does not have."""
        verb, _, target = action.partition(":")
        try:
            if verb in EDITS:
                return Edited(*EDITS[verb](plan, sheet, target))
            if verb == "remove":
                name = target.partition(".")[0]
                gone = sheets.removed(plan, sheet, target)
                return Edited(gone, f"group-{name}", phrase("{title} removed.", title=plan.template.groups[name].title))
        except KeyError:
            raise InputError([("action", phrase("an entry that this form does not have"))]) from None
        if verb == "open":
            key = next((entry.key for entry in sheet.entries if entry.uid == target), "")
            return Edited(sheets.turned(sheet, target), key)
        if verb in ("communicated", "pending"):
            found = self.review(sheet, context).verdict.critical
            return Edited(*record(plan, sheet, found, by, told=verb == "communicated"))
        return Edited(sheet)

    def review(self, sheet: Sheet, context: Context) -> Review:
        """Return what is to be said about a sheet."""
        return pipeline.review(self.catalog, sheets.to_draft(sheet, self.words), context)

    def form(self, plan: Plan, sheet: Sheet, context: Context, language: Language, focus: str = "") -> FormView:
        """Return the form of a sheet with its messages for who reads ``language``, opened at ``focus``."""
        draft = sheets.to_draft(sheet, self.words)
        review = pipeline.review(self.catalog, draft, context)
        said = too_large(sheet, self.violations(draft)) + messages(sheet, review.verdict.issues, self.index)
        said += notes(sheet, language)
        return view(plan, sheet, review, said, self.words, focus)

    def violations(self, draft: Draft) -> tuple[tuple[str, str], ...]:
        """Return what no report may contain: texts beyond the limits, characters that nobody can store."""
        try:
            message = write_draft(draft)
        except ValueError:
            return (("", phrase("text that is not Unicode")),)
        try:
            draft_from_proto(message)
        except InputError:
            return guard.violations(message)
        return ()

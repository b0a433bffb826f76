"""Reading a narrative back against its report: everything answered is there, and nothing else is.

Each paragraph is compared with one group instance: the words that the answers claim are taken out one by
one, the longest first; what is missing is reported, and so is whatever remains. Discrepancies name
section, group and field, never what was typed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Final
from xml.etree import ElementTree as ET

from emh_report.draft import Boolean
from emh_report.export.narrative.readback.claim import Claim, Gap
from emh_report.export.narrative.readback.claims import claims
from emh_report.export.narrative.readback.openings import place_of
from emh_report.export.narrative.readback.references import identifier_lines, told_groups
from emh_report.export.narrative.readback.repeats import said_once
from emh_report.export.narrative.readback.spellings import squeezed
from emh_report.export.narrative.readback.surroundings import around, beside, name, notes, unplaced
from emh_report.report import Narrative, Report, ReportGroup
from emh_report.template import Role, Template

TAKEN: Final = "\0"
"""Stands for words that were accounted for."""
JOINERS: Final = frozenset("–-.,")
"""Characters that make the word or number beside them part of a longer one."""
_LISTED: Final = re.compile(r"(\d+)\. ")


def read_back(report: Report, narrative: Narrative, only: Collection[str] | None = None) -> list[str]:
    """Return every discrepancy between ``report`` and its narrative; ``only`` names the sections it has."""
    found: list[str] = []
    by_section: dict[str, list[ReportGroup]] = {}
    for group in said_once(told_groups(report)):
        if _is_told(group, report) and (only is None or group.definition.section in only):
            by_section.setdefault(group.definition.section, []).append(group)
    written = {part.section.code: part for part in narrative.sections}
    for code, part in written.items():
        paragraphs = text_paragraphs(part.text)
        if paragraphs != html_paragraphs(part.html):
            found.append(f"{code}: text and HTML differ")
        if part.text not in narrative.text or part.html not in narrative.html:
            found.append(f"{code}: the document has another text of this section")
        found += _section(report, code, by_section.get(code, []), paragraphs)
    found += [f"{code}: the section is missing" for code in by_section if code not in written]
    found += [f"{what}: a critical finding does not say it" for what in unplaced(report)]
    found += _identifiers(report, narrative, only)
    found += dict.fromkeys(_around(report, narrative) if only is None else ())
    return found


def _is_told(group: ReportGroup, report: Report) -> bool:
    """Whether a group has a paragraph: nothing stands for a no that needs no words, where the group has no name."""
    spoken = any(field.says.quiet is False or value != Boolean(value=False) for field, value in group.items)
    return spoken or (group.items != () and name(group, report) != "")


def text_paragraphs(text: str) -> list[str]:
    """Split the plain text of a section into paragraphs; the numbers of a list are taken off."""
    found: list[list[str]] = []
    for line in text.split("\n"):
        number = _LISTED.match(line)
        if line.startswith("  ") and found:
            found[-1].append(line)
        elif number and number[1] == "2" and found and found[-1][0].startswith("1. "):
            found[-1] = [found[-1][0][3:], *found[-1][1:], line[number.end() :]]
        elif number and number[1] not in "12" and found:
            found[-1].append(line[number.end() :])
        elif line.strip():
            found.append([line])
    return [squeezed(" ".join(lines)) for lines in found]


def html_paragraphs(html: str) -> list[str]:
    """Split the HTML of a section into paragraphs. Raises ParseError where it is not well-formed."""
    root = ET.fromstring(f"<div>{html.replace('<br/>', ' ')}</div>")  # noqa: S314 - our own output
    return [squeezed(" ".join(_lines(element))) for element in root]


def _lines(element: ET.Element) -> list[str]:
    return ["".join(item.itertext()) for item in (element if element.tag in ("ol", "ul") else [element])]


def _section(report: Report, code: str, groups: Sequence[ReportGroup], paragraphs: Sequence[str]) -> Iterator[str]:
    """Compare one section. What is not of a group comes first: critical findings, and whom the findings are of."""
    notes = len(paragraphs) - len(groups)
    if notes < 0:
        yield f"{code}: {len(paragraphs)} paragraphs for {len(groups)} groups"
    yield from _notes(report, code, paragraphs[: max(notes, 0)])
    for group, paragraph in zip(groups, paragraphs[max(notes, 0) :], strict=False):
        found = compare(group, paragraph, report.template, name(group, report), beside(group, report))
        yield from (f"{code}/{group.uid}{what}" for what in found)


def _notes(report: Report, code: str, paragraphs: Sequence[str]) -> Iterator[str]:
    """Compare the paragraphs that are not of a group; a note is said in one of them, all of it together."""
    rest = [f" {paragraph} " for paragraph in paragraphs]
    for note in notes(report, code):
        for position, text in enumerate(rest):
            taken, missing = _take_all(text, note)
            if not missing:
                rest[position] = taken
                break
        else:
            yield f"{code}: a critical finding or note is not said"
    for text in rest:
        yield from (f"{code}{what}" for what in _unexplained(text, report.template))


def _take_all(text: str, words: Sequence[str]) -> tuple[str, list[str]]:
    missing = []
    for spelling in words:
        text, taken = _take(text, Claim("", (spelling,)))
        missing += [] if taken else [spelling]
    return text, missing


def _identifiers(report: Report, narrative: Narrative, only: Collection[str] | None) -> Iterator[str]:
    """Compare the list of identifiers: each is in a line of its own, in text and HTML, and there are no others."""
    html = re.sub(r"</?b>", "", narrative.html)
    wanted = list(identifier_lines(report, only))
    for where, line in wanted:
        if not (re.search(rf"(?m)^{line}$", narrative.text) and re.search(rf"<p>{line}</p>", html)):
            yield f"{where}: not listed as answered"
    if len(re.findall(r"(?m)^Key image \d+ ", narrative.text)) != sum("Key image" in line for _, line in wanted):
        yield "key images: an image that no answer explains"


def _around(report: Report, narrative: Narrative) -> Iterator[str]:
    """Compare the document around its sections."""
    text = squeezed(narrative.text).casefold()
    for what, words in around(report):
        if squeezed(words).casefold() not in text:
            yield f"{what}: not said"


def compare(group: ReportGroup, paragraph: str, template: Template, named: str, bracketed: str = "") -> Iterator[str]:
    """Return what is wrong with the paragraph of one group instance, as ``/field: what``.

    The paragraph starts with ``named``; empty where the answers themselves say what it is about. ``bracketed`` stands
    in it too.
    """
    stated, gaps = claims(group)
    rest = f" {paragraph} "
    if bracketed:
        rest, taken = _take(rest, Claim("", (bracketed,)))
        if not taken:
            yield ": does not say what differs"
    if named:
        if not re.match(rf" {re.escape(named)}(?!\w)", rest):
            yield ": not named as it should be"
        rest = re.sub(rf"^ {re.escape(named)}(?!\w)", f" {TAKEN}", rest)
    for claim in sorted(stated, key=_priority):
        rest, taken = _take(rest, claim)
        if claim.needed and not taken:
            yield f"/{claim.field_id}: not said as answered"
    for reason in dict.fromkeys(gap.reason for gap in gaps):
        alike = [gap for gap in gaps if gap.reason == reason]
        rest, missing = _take_gaps(rest, reason, alike, named or place_of(group, Role.ORGAN))
        yield from (f"/{field_id}: {reason} is not said" for field_id in missing)
    yield from _unexplained(rest, template)


def _priority(claim: Claim) -> tuple[bool, int]:
    return not claim.sentence, -len(claim.spellings[0])


def _take(text: str, claim: Claim) -> tuple[str, bool]:
    """Take the first occurrence of a claim out of ``text``; its first letter may be a capital."""
    for spelling in claim.spellings:
        variants = {spelling, spelling[:1].upper() + spelling[1:], spelling[:1].lower() + spelling[1:]}
        starts = [start for words in variants if (start := _find(text, words, sentence=claim.sentence)) >= 0]
        if starts:
            return f"{text[: min(starts)]}{TAKEN}{text[min(starts) + len(spelling) :]}", True
    return text, False


def _find(text: str, words: str, *, sentence: bool) -> int:
    start = text.find(words)
    while start >= 0:
        end = start + len(words)
        if _is_whole(text, start, end) and (not sentence or _is_sentence(text, start, end)):
            return start
        start = text.find(words, start + 1)
    return -1


def _is_whole(text: str, start: int, end: int) -> bool:
    """Whether words stand alone: neither part of a longer word nor of a longer number, range or compound."""
    first, last, before, after = text[start], text[end - 1], text[start - 1], text[end]
    if first.isalnum() and (before.isalnum() or (before in JOINERS and text[start - 2].isalnum())):
        return False
    if first.isdigit() and before == "-":
        return False
    return not (last.isalnum() and (after.isalnum() or (after in JOINERS and text[end + 1 : end + 2].isalnum())))


def _is_sentence(text: str, start: int, end: int) -> bool:
    before, after = text[:start].rstrip(), text[end]
    return (not before or before[-1] in f".:!?;{TAKEN}") and (after in ".!?:;" or text[end - 1] in ".!?:;")


def _take_gaps(text: str, reason: str, gaps: Sequence[Gap], named: str) -> tuple[str, list[str]]:
    """Take "Fat and iron not evaluable." out of ``text``; return the fields it does not name.

    Where the paragraph is ``named`` by its only gap, the reason follows the name: "Underlying cause: unknown."
    """
    if len(gaps) == 1 and f" {named}".casefold().endswith(f" {gaps[0].label.casefold()}"):
        text, taken = _take(text, Claim("", (f"{TAKEN}: {reason}",)))
        if taken:
            return text, []
    gaps = list(gaps)
    for gap in list(gaps):  # "Known since: unknown."
        text, taken = _take(text, Claim(gap.field_id, (f"{gap.label}: {reason}",), sentence=True))
        if taken:
            gaps.remove(gap)
    if not gaps:
        return text, []
    for end in re.finditer(rf" {re.escape(reason)}(?=\.)", text):
        starts = [0, *(stop.end() for stop in re.finditer(r"[.:] ", text[: end.start()]))]
        for start in reversed(starts):  # a label may have a full stop of its own
            rest, missing = f" {text[start : end.start()]} ", []
            for gap in sorted(gaps, key=lambda gap: -len(gap.label)):
                rest, taken = _take(rest, Claim(gap.field_id, (gap.label,)))
                missing += [] if taken else [gap.field_id]
            if not missing:
                return f"{text[:start]}{rest}{TAKEN}{text[end.end() :]}", []
    return text, [gap.field_id for gap in gaps]


def _unexplained(rest: str, template: Template) -> Iterator[str]:
    """Report what remains when everything that was answered is taken out."""
    words = [word for word in re.findall(r"[^\W_]+", rest) if word != "and"]
    if not words:
        return
    terms = sorted(
        f"{field.vocabulary.id}/{term.code}"
        for field in {id(f.vocabulary): f for g in template.groups.values() for f in g.fields.values()}.values()
        if field.vocabulary
        for term in field.vocabulary.terms.values()
        if _take(f" {rest} ", Claim("", (term.phrase,)))[1]
    )
    if any(word[0].isdigit() for word in words):
        yield ": a number that no answer explains"
    elif terms:
        yield f": says {', '.join(terms[:3])}, which was not answered"
    else:
        yield f": {len(words)} words that no answer explains"

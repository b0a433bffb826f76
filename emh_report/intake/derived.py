"""What this program derives from answers and context, and somebody changed: nothing of it is read, so that is said."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from html import escape, unescape
from typing import Final

from emh_report.export.fhir.composition import NOTHING
from emh_report.intake.content import Json
from emh_report.intake.leftovers import codes_of
from emh_report.intake.versions import reach
from emh_report.intake.view import View, is_ours
from emh_report.issues import Issue, Severity, Where
from emh_report.own_codes import STATEMENTS
from emh_report.vocabulary import code_system_url

TIME: Final = "another time than that of the images, or of the report; it is not in the draft"
WORDS: Final = "words that the report as it was presented does not have; they are not in the draft"
LESS: Final = "lacks words that the report as it was presented has; the draft has the answers"
BYTES: Final = "not the bytes that hash and size were made of; what it says is not in the draft"
EXAMINED: Final = "effectiveDateTime"
ISSUED: Final = (
    ("Composition", ("date",)),
    ("Composition", ("attester", "time")),
    ("ServiceRequest", ("authoredOn",)),
    ("Task", ("authoredOn",)),
)
"""Elements that say when the report was issued, by type of what is born in it."""

_BODY: Final = "</head>"
"""Behind it a page has what it shows."""
_ENDS: Final = re.compile(r"</(?:p|h\d|li|div|td|th|tr)>|<br ?/?>|\n")
IMPRESSION: Final = (code_system_url("section"), "impression")
_HEADING: Final = "<h2>"
_TAG: Final = re.compile(r"<[^<>]*>")
"""Ends at the next tag, too: of tags that never end the first would else be looked for again from each."""
_NUMBER: Final = re.compile(r"\A\d+\. ")
"""Ahead of a line of the impression, which is an item of a list where the report is presented."""
_LACKING: Final = re.compile(
    r"INCOMPLETE REPORT: (\d+ required answer\(s\) missing)?(, )?(\d+ answer\(s\) not accepted and kept as typed)?\."
)
"""A line that is worded otherwise where the report is presented (export/fhir/incomplete.py)."""


def derived(found: View) -> Iterator[Issue]:
    """Yield a warning for every time and text that is not the one that follows.

    Of several reports nothing follows, and that there are several is an error (conflicts.py).
    """
    reports = list(found.of_type("DiagnosticReport"))
    if len(reports) == 1:
        yield from _times(found, *reports[0])
        yield from _texts(found, *reports[0])


def _times(found: View, report_url: str, report: Json) -> Iterator[Issue]:
    begun = {one["started"] for _, one in found.of_type("ImagingStudy") if "started" in one}
    stated = report.get(EXAMINED)
    if begun and stated and stated not in begun:
        yield _warning(found, report_url, "effective.ofType(dateTime)", TIME)
    known = {*begun, stated} - {None}  # where the report has another one, that was said, and its answers have it too
    for url, resource in found.of_type("Observation"):
        mine = (url in found.used or is_ours(resource)) and url not in found.negated
        if mine and resource.get(EXAMINED, stated) not in {*known, None}:
            yield _warning(found, url, "effective.ofType(dateTime)", TIME)
    for type_, path in ISSUED:
        for url, resource in found.of_type(type_):
            born = url not in found.negated and (type_ == "Composition" or is_ours(resource))
            moments = {*reach(resource, path)} - {report.get("issued")} if born and "issued" in report else ()
            if moments:
                yield _warning(found, url, path[0], TIME)


def _texts(found: View, url: str, report: Json) -> Iterator[Issue]:
    """Yield what was changed in the report as presented, else every text with a line that it does not have."""
    shown = ""
    for position, form in enumerate(report.get("presentedForm", ())):
        data = base64.b64decode(form.get("data", ""))
        if data and form.get("hash") not in (None, _sha1(data)):
            yield _warning(found, url, f"presentedForm[{position}]", BYTES)
            return
        if form.get("contentType") == "text/html":
            shown = shown or data.decode("utf-8", "replace")
    page = shown.partition(_BODY)[2] or shown
    said = EMPTY.union(_lines(page))
    told: set[str] = set()
    for home, element, text in _said(found, url, report) if shown else ():
        if any(not {line, _NUMBER.sub("", line)} & said and not _LACKING.fullmatch(line) for line in _lines(text)):
            told.add(f"{found.paths[home]}.{element}")
            yield _warning(found, home, element, WORDS)
    yield from (one for one in _lacking(found, url, report, page) if one.where.path not in told)


def _said(found: View, url: str, report: Json) -> Iterator[tuple[str, str, str]]:
    """Yield where else the words of the report stand: resource, element and text."""
    yield url, "text", report.get("text", {}).get("div", "")
    yield url, "conclusion", escape(report.get("conclusion", ""))
    for home, composition in found.of_type("Composition"):
        for position, section in enumerate(composition.get("section", ())):
            if STATEMENTS not in reach(section, ("code", "coding", "system")):  # they are read, and presented otherwise
                yield home, f"section[{position}].text", section.get("text", {}).get("div", "")
                for words in reach(section, ("extension", "valueAnnotation", "text")):  # a document has them twice
                    yield home, f"section[{position}].extension", escape(words)


def _lacking(found: View, url: str, report: Json, page: str) -> Iterator[Issue]:
    """Yield a warning for every section of the page that the report has in other places without some of its lines.

    Sections go by their headings; those of one heading are taken together. What has no words at all was stripped.
    """
    presented = _headed(page)
    narrative = _headed(report.get("text", {}).get("div", ""))
    listed: dict[str, set[str]] = {}
    places: dict[str, str] = {}
    concluded: set[str] = set()
    home = next((one for one, _ in found.of_type("Composition")), "")
    stripped: set[str] = set()
    for position, section in enumerate(found.resources.get(home, {}).get("section", ())):
        heading = section.get("title", "")
        if "text" not in section:
            stripped.add(heading)
        else:
            listed.setdefault(heading, set()).update(_numberless(section["text"].get("div", "")))
            places.setdefault(heading, f"section[{position}].text")
            if IMPRESSION in codes_of(section.get("code", {})):
                concluded = presented.get(heading, set())
    known = dict.fromkeys(heading for heading in (*narrative, *listed) if heading in presented)
    for heading in known if known.keys() & listed.keys() else ():
        if heading not in stripped and presented[heading] - listed.get(heading, set()):
            yield _warning(found, home, places.get(heading, "section"), LESS)
    if known.keys() & narrative.keys() and any(presented[one] - narrative.get(one, set()) for one in known):
        yield _warning(found, url, "text", LESS)
    if "conclusion" in report and concluded - {*_numberless(escape(report["conclusion"]))}:
        yield _warning(found, url, "conclusion", LESS)


def _headed(html: str) -> dict[str, set[str]]:
    """Return the lines below each heading, those of one heading together; a table ends what is below one."""
    found: dict[str, set[str]] = {}
    for part in html.split(_HEADING)[1:]:
        heading, _, rest = part.partition("</h2>")
        found.setdefault(" ".join(_lines(heading)), set()).update(_numberless(rest.partition("<table")[0]))
    return found


def _numberless(html: str) -> Iterator[str]:
    return (_NUMBER.sub("", line) for line in _lines(html))


def _lines(html: str) -> Iterator[str]:
    """Yield each line in words alone."""
    for part in _ENDS.split(html):
        if line := " ".join(unescape(_TAG.sub(" ", part)).split()):
            yield line


def _sha1(data: bytes) -> str:
    return base64.b64encode(hashlib.sha1(data, usedforsecurity=False).digest()).decode()


def _warning(found: View, url: str, element: str, message: str) -> Issue:
    return Issue("fhir-not-read", Severity.WARNING, Where(f"{found.paths[url]}.{element}"), message)


EMPTY: Final = frozenset(_lines(NOTHING))

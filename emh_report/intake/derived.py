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
from emh_report.intake.versions import reach
from emh_report.intake.view import View
from emh_report.issues import Issue, Severity, Where
from emh_report.own_codes import STATEMENTS

TIME: Final = "another time than that of the images, or of the report; it is not in the draft"
WORDS: Final = "words that the report as it was presented does not have; they are not in the draft"
BYTES: Final = "not the bytes that hash and size were made of; what it says is not in the draft"
EXAMINED: Final = "effectiveDateTime"

_BODY: Final = "</head>"
"""Behind it a page has what it shows."""
_ENDS: Final = re.compile(r"</(?:p|h\d|li|div|td|th|tr)>|<br ?/?>|\n")
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
        if url in found.used and url not in found.negated and resource.get(EXAMINED, stated) not in {*known, None}:
            yield _warning(found, url, "effective.ofType(dateTime)", TIME)
    for url, composition in found.of_type("Composition"):
        if composition.get("date") != report.get("issued", composition.get("date")):
            yield _warning(found, url, "date", TIME)


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
    said = EMPTY.union(_lines(shown.partition(_BODY)[2] or shown))
    for home, element, text in _said(found, url, report) if shown else ():
        if any(not {line, _NUMBER.sub("", line)} & said and not _LACKING.fullmatch(line) for line in _lines(text)):
            yield _warning(found, home, element, WORDS)


def _said(found: View, url: str, report: Json) -> Iterator[tuple[str, str, str]]:
    """Yield where else the words of the report stand: resource, element and text."""
    yield url, "text", report.get("text", {}).get("div", "")
    yield url, "conclusion", escape(report.get("conclusion", ""))
    for home, composition in found.of_type("Composition"):
        for position, section in enumerate(composition.get("section", ())):
            if STATEMENTS not in reach(section, ("code", "coding", "system")):  # they are read, and presented otherwise
                yield home, f"section[{position}].text", section.get("text", {}).get("div", "")


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

"""Why an answer cannot be read, in the language of the page. What rules say is clinical, and stays as the rule says it.

Reading says its reasons in English, wherever it is asked. Those that a form can meet are phrases here, word by word, so
that a page can say them; a test holds them against what reading says.
"""

from __future__ import annotations

from typing import Final

from emh_report.issues import Issue
from emh_report.phrases import Line, Phrase, found, phrase, together
from emh_report.template import Field, Kind
from emh_report.web.language import Figure

READING: Final = (
    phrase("not a decimal number: digits with at most one decimal point, no exponent, no grouping"),
    phrase(
        "ambiguous: a comma before three digits may group thousands; write the decimal point or leave the comma out"
    ),
    phrase("more than 18 digits"),
    phrase("weeks and days were read as {days} days"),
    phrase("the unit is missing"),
    phrase("not a unit of this field (UCUM)"),
    phrase("{label} takes one to three axes"),
    phrase("{label}: an axis is larger than zero"),
    phrase("{label} is outside {limits}"),
    phrase("not a vertebral level"),
    phrase("a disc space is not a vertebral level: name the vertebra above it and the one below"),
    phrase("not a way of counting levels"),
    phrase("the upper level must be cranial to the lower one"),
    phrase("frames are counted from 1"),
    phrase("needs a SOP Instance UID, or series and image number"),
    phrase("text has control characters or bidirectional overrides"),
    phrase("{label} takes one answer"),
    phrase("{label}: an absent reason stands alone"),
    phrase("{label}: the same answer is given twice"),
    phrase("{label} is not asked here, since its condition is not met"),
    phrase("this template is meant for other modalities than those read"),
    phrase("an override needs a reason"),
    phrase("only warnings can be overridden"),
    phrase("not a DICOM UID (PS3.5 section 9.1)"),
    phrase("series and image numbers are not negative"),
    phrase("{term}: say what in text"),
    phrase("{label}: {names} cannot stand beside another answer"),
    phrase("{title}: at least {number} needed"),
    phrase("{title}: a statement about {subject} is needed"),
    phrase("{label} needs an answer (unknown and not evaluable are answers)"),
)
"""What reading says; ``{label}`` is the label of the question, ``{limits}`` what it accepts."""

STORING: Final = (
    phrase("{count} elements, at most {limit} are accepted"),
    phrase("{count} characters, at most {limit} are accepted"),
    phrase("control characters, bidirectional overrides or code points that nobody can store"),
)
"""Why an answer cannot be stored."""

PRIORS: Final = (
    phrase(
        "a report that is on file is of a later date than this examination, and is not compared with: correct the date"
    ),
    phrase(
        "an earlier report says otherwise about the patient with this identifier: make sure that it is the same person"
    ),
    phrase("an earlier report is about the fetus, this one about the patient: no lesion of one is the other's"),
    phrase("an earlier report is about the patient, this one about the fetus: no lesion of one is the other's"),
    phrase("an earlier report is not compared with: the template it was made with is not installed"),
)
"""What is doubtful about an earlier report itself."""

MENDING: Final = (
    phrase("The report has too many answers or entries: take some out."),
    phrase("Shorten this text."),
    phrase("An invisible character came in, perhaps with pasted text: delete this text and type it."),
)
"""What to do about it, for each of `STORING`."""

COMMA: Final = phrase("the decimal comma was read as a decimal point")
GROUPED: Final = phrase("read as a decimal number: a point before three digits does not group thousands")

LEVELS: Final = phrase("levels such as T5-T11 or L2")

ACCEPTED: Final = (phrase("a decimal such as {number}", number=Figure("4.20")), phrase("1 to 3 axes"))
"""What would be accepted, where that is neither a term nor a unit nor a range."""

KINDS: Final = {
    Kind.INTEGER: phrase("needs a whole number"),
    Kind.BOOLEAN: phrase("needs yes or no"),
    Kind.IMAGE: phrase("needs series and image as 3/45, or a SOP Instance UID"),
}
"""What an answer of another kind is told, in place of the name of the kind."""

_TO: Final = " to "
"""Between the ends of a range, as a template's bounds say it."""

UNUSED: Final = phrase("a warning that was kept with a reason is not there any more")

DATE: Final = phrase("not a date that exists: write 2025-04-30, 30 Apr 2025, 2025-04 or 2025")
SLASHES: Final = phrase("day and month cannot be told apart: write 2025-04-30, 30 Apr 2025, 2025-04 or 2025")
MOMENT: Final = phrase("not a date, or date and time with zone: write 2025-04-30, or 2025-04-30 14:05 +02:00")


def reason(issue: Issue, definition: Field | None, typed: str) -> str:
    """Return what an issue says, as a phrase where it is about reading; ``typed`` is the answer that it is about."""
    if definition and issue.rule_id == "bad-date":
        return _dated(definition, typed)
    if definition and issue.rule_id == "wrong-type" and definition.kind in KINDS:
        return KINDS[definition.kind]
    if issue.rule_id == "override-unused":
        return UNUSED
    said = found(issue.message, READING)
    if said is None:
        return issue.message
    return said.given(limits=accepted(next(iter(issue.accepted), ""), definition)) if "limits" in said.values else said


def doubt(text: str) -> str:
    """Return what is doubtful about an earlier report, as a phrase where it is one of `PRIORS`."""
    return found(text, PRIORS) or text


def unstorable(text: str) -> str:
    """Return why an answer cannot be stored and what to do, as a phrase where it is one of `STORING`."""
    for known, mending in zip(STORING, MENDING, strict=True):
        said = found(text, [known])
        if said is not None:
            return together(said if said.endswith(".") else Line(said, "."), mending)
    return text


def accepted(text: str, definition: Field | None) -> str:
    """Return what would be accepted, as a phrase where it is words or a range."""
    if definition and definition.bounds and text == definition.bounds.text:
        low, _, high = text.partition(_TO)
        return phrase("{low} to {high}", low=Figure(low), high=Figure(high))
    return next((known for known in ACCEPTED if known == text), text)


def _dated(definition: Field, typed: str) -> Phrase:
    if "/" in typed:
        return SLASHES
    return MOMENT if definition.kind is Kind.DATE_TIME and ":" in typed else DATE

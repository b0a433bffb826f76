"""Codes of the project that no file of templates/ lists, since they say something about a report or about an answer.

A code that left once keeps its meaning forever: add, never change.
"""

from __future__ import annotations

from typing import Final

from emh_report.codes import Code
from emh_report.vocabulary import code_system_url

OBSERVABLES: Final = code_system_url("observable")
"""Questions: what the Observation of an answer is about."""
PARTS: Final = code_system_url("observable-part")
"""Parts of one answer: an axis, an end of a level range, a part of an image address."""
GROUPS: Final = code_system_url("group")
"""Groups of questions: what a root Observation is about."""
ABSENT: Final = code_system_url("absent-reason")
"""Absent reasons for which HL7 has no code."""
RULES: Final = code_system_url("rule")
"""Consistency rules: which one recognised an actionable finding, or gave a warning."""
STATEMENTS: Final = code_system_url("statement")
"""Statements about the report itself, and warnings that no rule gives."""
MODES: Final = code_system_url("report-mode")
"""Tag of resources that accompany a report made elsewhere."""
TEMPLATES: Final = code_system_url("template")
CONTENTS: Final = code_system_url("template-content")
"""Tags that say which template and version, and which content of it, a report was made with."""
DESIGNATIONS: Final = code_system_url("designation-use")

NOT_ANSWERED: Final = Code(ABSENT, "not-answered", "Not answered")
"""Nobody answered; it stands beside the ``unknown`` of HL7, which alone is an answer."""
ABSENT_REASONS: Final = (Code(ABSENT, "not-evaluable", "Not evaluable"), NOT_ANSWERED)

REPORT_STATEMENTS: Final = (
    Code(STATEMENTS, "incomplete", "Report is incomplete"),
    Code(STATEMENTS, "missing-answer", "Required question without an answer"),
    Code(STATEMENTS, "answer-not-accepted", "Answer that was not accepted, as typed"),
    Code(STATEMENTS, "results", "All results of the report"),
    Code(STATEMENTS, "kept-warning", "Warning kept by the author"),
    # warnings that come from no rule file
    Code(STATEMENTS, "critical-unflagged", "Critical finding that is not marked as critical"),
    Code(STATEMENTS, "critical-left-out", "Most urgent finding that is not among those named"),
    Code(STATEMENTS, "template-modality", "Modality that the template is not made for"),
)

COMPANION: Final = Code(MODES, "companion", "Accompanies a report made elsewhere")
REPORT_MODES: Final = (COMPANION,)

IMAGE_PARTS: Final = tuple(
    Code(PARTS, code, display)
    for code, display in (
        ("study-instance-uid", "Study Instance UID"),
        ("series-instance-uid", "Series Instance UID"),
        ("sop-class-uid", "SOP Class UID"),
        ("sop-instance-uid", "SOP Instance UID"),
        ("series-number", "Series Number"),
        ("instance-number", "Instance Number"),
        ("frame-number", "Frame Number"),
    )
)
"""Parts of the address of an image, named as DICOM names the attributes."""

LEVEL_PARTS: Final = (("upper", "upper level"), ("lower", "lower level"), ("numbering", "numbering"))
"""Parts of a level range: last part of the code, words."""

SEARCH_WORD: Final = Code(DESIGNATIONS, "search-word", "Word that finds the term")
PHRASE: Final = Code(DESIGNATIONS, "phrase", "Wording inside a sentence")
WORDING: Final = Code(DESIGNATIONS, "wording", "Wording of the question in a template")
DESIGNATION_USES: Final = (SEARCH_WORD, PHRASE, WORDING)
"""HL7 and SNOMED CT have no uses for these: a word that finds a term need not be a name of it."""

TAKEN: Final = frozenset(
    url.rpartition("/")[2]
    for url in (GROUPS, RULES, TEMPLATES, CONTENTS, PARTS, ABSENT, STATEMENTS, MODES, DESIGNATIONS)
) | {"unit", "answer-absent-reason"}
"""Ids of code systems and value sets that no vocabulary may have: its codes would mix with these."""

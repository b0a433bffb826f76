"""What texts in the TOML files may be: words, ids, versions, numbers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, StringConstraints

from emh_report.suggestions import WORD


def _words(text: str) -> str:
    """Return ``text``. Raises ValueError where people would read nothing, or a broken line; codes have no space."""
    if not text.strip() or min(text) < " ":
        msg = "words on one line are needed"
        raise ValueError(msg)
    if text != text.strip():
        msg = "no space at the start or end"
        raise ValueError(msg)
    return text


def _group(text: str) -> str:
    """Return ``text``. Raises ValueError for a name that rules have for something else."""
    if text in ("context", "report"):
        msg = "rules call what RIS and PACS know 'context' and the whole report 'report': another id is needed"
        raise ValueError(msg)
    return text


def _word(text: str) -> str:
    """Return ``text``. Raises ValueError where it is not a single word, as which descriptions are searched."""
    if not WORD.fullmatch(text):
        msg = "one word of letters is needed"
        raise ValueError(msg)
    return text


Words = Annotated[str, AfterValidator(_words)]
OptionalWords = Annotated[str, AfterValidator(lambda text: text and _words(text))]
"""Words, or none."""
Word = Annotated[str, AfterValidator(_word)]
Kebab = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
GroupId = Annotated[Kebab, AfterValidator(_group)]
TermCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$", max_length=80)]
Sided = Annotated[str, StringConstraints(pattern=r"\{side\}")]
Version = Annotated[str, StringConstraints(pattern=r"^\d+\.\d+\.\d+$")]
DecimalText = Annotated[str, StringConstraints(pattern=r"^-?\d+(\.\d+)?$")]
Modality = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{2,16}$")]
Uri = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9+.-]*:[^\s]+$")]
Operator = Literal["exists", "=", "!=", ">", "<", ">=", "<="]

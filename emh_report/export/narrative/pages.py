"""Layout: paragraphs and lines into plain text and XHTML by the jinja2 templates in templates/narrative.

Nothing here or in the templates words anything. What was typed only ever reaches jinja2 as data.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple, Protocol

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from emh_report.catalog.source import builtin_root
from emh_report.export.narrative.frame import Lines
from emh_report.export.narrative.paragraphs import Paragraph

INDENT = "\n  "
"""Further lines of free text are indented: nothing that was typed can look like a heading or an item."""


Block = tuple[str, str, Sequence[str]]
"""A paragraph ready for layout: what it is about, its running text, or else the lines of its list."""


class Page(NamedTuple):
    """A whole document; ``critical`` and the contents of ``sections`` are laid out already."""

    language: str
    title: str
    banners: Sequence[str]
    header: Lines
    critical_heading: str
    critical: str
    sections: Sequence[tuple[str, str]]
    signature: Lines


class Macros(Protocol):
    """The macros that each layout defines."""

    def paragraphs(self, items: Sequence[Block]) -> str:
        """Lay out blocks as a fragment without a heading."""

    def page(self, *page: object) -> str:
        """Lay out the parts of a page, in order."""


class Layout(NamedTuple):
    """One output: its macros, and its way to break a line."""

    macros: Macros
    line: Callable[[str], str]

    def paragraphs(self, paragraphs: Sequence[Paragraph]) -> str:
        """Lay out paragraphs as a fragment without a heading."""
        return self.macros.paragraphs(blocks(paragraphs, self.line))

    def page(self, page: Page) -> str:
        """Lay out a document."""
        return str(self.macros.page(*page))

    def lines(self, lines: Lines) -> Lines:
        """Break the lines of a header or signature."""
        return [(label, self.line(text)) for label, text in lines]


@lru_cache(maxsize=1)
def layouts() -> tuple[Layout, Layout]:
    """Return the layouts for plain text and for HTML, compiled once."""
    text = _environment(autoescape=False).get_template("narrative.txt.j2").module
    html = _environment(autoescape=True).get_template("narrative.html.j2").module
    return Layout(text, indented), Layout(html, broken)  # type: ignore[arg-type]  # its macros are attributes


def _environment(*, autoescape: bool) -> SandboxedEnvironment:
    return SandboxedEnvironment(
        loader=FileSystemLoader(builtin_root() / "narrative"),
        autoescape=autoescape,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def indented(text: str) -> str:
    """Return text for plain layout: further lines are indented."""
    return text.replace("\n", INDENT) if "\n" in text else text


def broken(text: str) -> str:
    """Return text for HTML layout: line breaks become markup, everything else is escaped by jinja2."""
    return Markup("<br/>").join(text.split("\n")) if "\n" in text else text


def blocks(paragraphs: Sequence[Paragraph], line: Callable[[str], str]) -> list[Block]:
    """Return paragraphs ready for layout with ``line`` as the way to break lines; a list of one is no list."""
    return [
        (line(head), "", [line(sentence) for sentence in sentences])
        if listed and (head or len(sentences) > 1)
        else (line(head), line(" ".join(sentences)), ())
        for head, sentences, listed in paragraphs
    ]

"""One question of the form: what it offers, what was typed, and whether it is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from typing import Final

from emh_report.conditions import Clause
from emh_report.draft import Absent
from emh_report.phrases import Phrase, phrase
from emh_report.template import Field, Kind, Role
from emh_report.web.messages import Message
from emh_report.web.sheet import Entry
from emh_report.web.typed import ABSENT, Words, marked

MAX_SEGMENTS: Final = 5
MAX_SEGMENT_LETTERS: Final = 46
"""A list of choices that is shorter than this is shown whole, the others open when something is typed."""

NARROW: Final = 21
"""Letters of choices that fit into the room of one question."""

ROOM: Final = 30
"""Letters of one answer that fit there."""

SHORT: Final = {Absent.UNKNOWN: "?", Absent.NOT_EVALUABLE: "n/e", Absent.NOT_APPLICABLE: "n/a"}
"""Labels of reasons for having no value, where there is little room; their full name goes with them."""

CORE: Final = frozenset(
    {
        Role.SITE,
        Role.LATERALITY,
        Role.LEVELS,
        Role.PRESENCE,
        Role.CERTAINTY,
        Role.BASIS,
        Role.CAUSE,
        Role.ORGAN,
        Role.COMPLICATION,
        Role.IMPRESSION,
        Role.RECOMMENDATION,
        Role.COMMUNICATION,
        Role.CRITICAL,
        Role.REMARK,
    }
)
"""Questions of these roles are always shown; others when they are needed, answered, or asked for."""

HINTS: Final[dict[Kind, Phrase]] = {
    Kind.QUANTITY: Phrase("{units}", {}),
    Kind.MEASUREMENT: phrase("1–3 axes, {units}"),
    Kind.LEVELS: Phrase("T5-T11", {}),
    Kind.DATE: phrase("YYYY-MM-DD, or less"),
    Kind.DATE_TIME: phrase("YYYY-MM-DD, now"),
    Kind.IMAGE: phrase("series/image: 3/45"),
}


@dataclass(frozen=True, slots=True)
class Question:
    """One question of one entry."""

    name: str
    field: Field
    texts: tuple[str, ...]
    widget: str
    options: tuple[tuple[str, str], ...] = ()
    checked: str = ""
    off: bool = False
    needed: bool = False
    quiet: bool = False
    messages: tuple[Message, ...] = ()
    every: bool = False
    """Whether also the answers that are seldom given are offered."""
    first: bool = False
    """Whether the page opens here."""

    @property
    def wide(self) -> bool:
        """Whether it takes the room of two."""
        letters = sum(len(label) for value, label in self.options if not value.startswith("("))
        several = self.field.repeats and self.field.kind is Kind.CODED
        long = self.widget == "line" and any(len(text) > ROOM for text in self.texts)
        return several or long or self.widget == "text" or (self.widget == "segments" and letters > NARROW)

    @property
    def answered(self) -> bool:
        """Whether anything was typed."""
        return any(text.strip() for text in self.texts)

    @property
    def hint(self) -> str:
        """What an answer looks like, where that is not obvious."""
        if self.field.kind not in HINTS:
            return phrase("several possible") if self.field.repeats and self.field.kind is Kind.CODED else ""
        names = [unit.display or unit.code for unit in (self.field.units or {}).values()]
        units = reduce(lambda one, other: phrase("{one} or {other}", one=one, other=other), names) if names else ""
        return HINTS[self.field.kind].given(units=units)


def question(  # noqa: PLR0913 - keywords
    entry: Entry,
    definition: Field,
    words: Words,
    *,
    off: bool,
    needed: bool,
    said: dict[str, list[Message]],
    every: bool,
) -> Question:
    """Return one question of an entry; ``said`` has the messages by target."""
    name = f"{entry.key}.{definition.id}"
    texts = entry.texts.get(definition.id, ())
    options = segments(definition)
    checked = _checked(definition, texts, options, words)
    widget = "text" if definition.kind is Kind.TEXT else "line"
    if options and checked is not None:
        widget = "segments"
    messages = tuple(said.get(name, ()))
    core = definition.role in CORE or (definition.kind is Kind.MEASUREMENT and bool(definition.required_when))
    quiet = not (needed or core) or _hangs(entry, definition)
    shown = tuple(marked(definition, text) for text in texts)
    return Question(name, definition, shown, widget, options, checked or "", off, needed, quiet, messages, every)


def _hangs(entry: Entry, definition: Field) -> bool:
    """Whether a side is that of another answer of the entry, "side of the edema", which is not there."""
    if definition.role is not Role.LATERALITY or entry.definition.role is not Role.OTHER or definition.when is None:
        return False
    names = [part.field for part in definition.when.parts if isinstance(part, Clause) and not part.group]
    return not any(text.strip() for name in names for text in entry.texts.get(name, ()))


@lru_cache(maxsize=8192)
def segments(definition: Field) -> tuple[tuple[str, str], ...]:
    """Return value and label of each choice of a question whose choices are few; nothing for others."""
    reasons = tuple((text, SHORT[reason]) for reason, text in ABSENT.items())
    if definition.kind is Kind.BOOLEAN:
        return (("yes", phrase("Yes")), ("no", phrase("No")), *reasons)
    terms = tuple(definition.vocabulary.terms.values()) if definition.vocabulary and not definition.repeats else ()
    short = 0 < len(terms) <= MAX_SEGMENTS and sum(len(term.display) for term in terms) <= MAX_SEGMENT_LETTERS
    if not short or any(term.needs_text for term in terms):
        return ()
    return (*((term.display, term.display) for term in terms), *reasons)


def _checked(definition: Field, texts: Sequence[str], options: Sequence[tuple[str, str]], words: Words) -> str | None:
    """Return the choice that is made; None where what was typed is none of the choices, and has to stay visible."""
    said = [text for text in texts if text.strip()]
    if not said:
        return ""
    shown = words.shown(definition, words.read(definition, said[0]))
    return shown if len(said) == 1 and shown in {value for value, _ in options} else None

"""How a paragraph opens, by the role of its group: a lesion with its place, a complication with its presence."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from emh_report.draft import Absent, Integer
from emh_report.export.narrative.answers import Said, remarked
from emh_report.export.narrative.conclusions import concluded
from emh_report.export.narrative.joints import compounded
from emh_report.export.narrative.layout import PREVIOUSLY, layout_of
from emh_report.export.narrative.paragraphs import Paragraph, Running, compose, read_items
from emh_report.export.narrative.phrases import POLARITY, Form
from emh_report.export.narrative.places import is_both, parted, placed, sided
from emh_report.export.narrative.words import capitalized, inside, to_words
from emh_report.report import Choice, ReportGroup, Resolved
from emh_report.template import Kind, Role

NOT_STATED: Final = "presence not stated"
NOT_DESCRIBED: Final = "not described"
"""An organ that is named, and of which nothing is said yet."""
PRESENT: Final = "present"
SOLITARY: Final = "solitary"
ABSENT: Final = "absent"
BESIDE_IT: Final = frozenset({Role.OTHER, Role.IMAGE, Role.REMARK})
"""What is said beside a lesion, and not of it."""
INDETERMINATE: Final = "indeterminate"
AFTER_PROCEDURE: Final = "after-procedure"
AFTER: Final = "after"
"""The word by which a complication names the procedure that it came after: "bleeding after biopsy"."""
GRADED: Final[Mapping[str, str]] = {"enlarged": " enlargement"}
"""States that have a degree, and the noun by which the question for it calls them."""
DEGREES: Final[Mapping[str, str]] = {
    "mild": "mildly",
    "moderate": "moderately",
    "severe": "severely",
    "massive": "massively",
}
"""Degrees as adverbs; one that is not among them stays as it is."""
COMPOUND: Final = frozenset({"without", "severe"})
"""Words in the name of a complication that a "no" before it would be read with."""
ON_EITHER: Final = " on either side"
ON_BOTH: Final = " on both sides"
"""Where a complication is absent: "no bilateral hydronephrosis" might mean one side only."""
UNNAMED: Final = "unnamed"
"""What a complication is called that was not answered: "No complication." would deny them all."""
COUNTED: Final = "(1 counted)"
"""What "solitary" says."""

Opening = Mapping[Role, Said]


def paragraph(group: ReportGroup, name: str) -> Paragraph:
    """Return one group instance in words. ``name`` is what it is called; empty where it needs no name."""
    role, layout = group.definition.role, layout_of(group.definition)
    running = Running(name)
    opening, following = read_items(layout, group.items)
    if role in _OPENERS:
        _OPENERS[role](running, opening)
        if layout.asks_presence and Role.PRESENCE not in opening and role is Role.FINDING:
            running.add(NOT_STATED)
    if role is not Role.IMPRESSION:
        following = compounded(following, layout)
    if role is Role.COMPLICATION:
        following = _of_complication(opening, following)
    if role is Role.ORGAN:
        following = _graded(following)
    if role is Role.FINDING:
        following = _counted(following)
    listed = role is Role.IMPRESSION
    placed = len(running.sentences)
    sentences = compose(running, following, listed=listed)
    if role is Role.FINDING and not any(map(_tells_of_now, following)):
        sentences[placed:placed] = [capitalized(words) if placed else words for words in _bare_presence(opening)]
    if sentences:
        return Paragraph(running.head, sentences, listed)
    if running.head and role is Role.ORGAN:
        return Paragraph(running.head, [f"{NOT_DESCRIBED}."])
    return Paragraph("", [f"{running.head}."] if running.head else [])


def _bare_presence(opening: Opening) -> list[str]:
    """Say that something is there, where nothing else is said about it as it is now."""
    said = opening.get(Role.PRESENCE)
    return [f"{said.words} present."] if said and said.code == PRESENT and not remarked(said.value) else []


def _tells_of_now(said: Said) -> bool:
    """Whether an answer describes a lesion: not how it was, what it is called, or why something is not known."""
    asked = said.place.field
    silent = isinstance(said.value, Absent) or asked.kind is Kind.TEXT or asked.role in BESIDE_IT
    return not silent and not said.words.startswith(PREVIOUSLY)


def _take(opening: Opening, role: Role, running: Running) -> Said | None:
    """Return what was answered for ``role``; an absent reason is noted instead."""
    said = opening.get(role)
    if said is None or said.form is not Form.ABSENT:
        return said
    running.note_absent(said)
    return None


def _bare(said: Said | None) -> str:
    return said.bare if said else ""


def _open_finding(running: Running, opening: Opening) -> None:
    side, site = _take(opening, Role.LATERALITY, running), _take(opening, Role.SITE, running)
    where = placed(side.value if side else None, site.value if site else None) or _bare(side)
    where = parted(where, _bare(_take(opening, Role.FEATURE, running)))
    place = ", ".join(filter(None, (where, _bare(_take(opening, Role.LEVELS, running)))))
    if place:
        running.add(place)
        running.close()
    presence = opening.get(Role.PRESENCE)
    if presence is not None and presence.form is Form.ABSENT:
        running.add(f"presence {presence.bare}")
    elif presence is not None and presence.code != PRESENT:
        doubtful = presence.code == INDETERMINATE and not remarked(presence.value)
        words = f"presence of {presence.place.phrase.subject} {INDETERMINATE}" if doubtful else presence.words
        running.add(words, presence.place.field)
    elif presence is not None and remarked(presence.value):
        running.add(f"{presence.place.phrase.subject} present{remarked(presence.value)}")


def _open_organ(running: Running, opening: Opening) -> None:
    """The name says organ and side (``organ_name``); a side alone is said by itself."""
    organ, side = _take(opening, Role.ORGAN, running), _take(opening, Role.LATERALITY, running)
    if organ is None and side is not None:
        running.say(side)


def organ_name(group: ReportGroup) -> str:
    """Return what an organ is called: "Right pleura", "Both kidneys"; empty when it is not known."""
    organ = side = None
    for field, value in group.items:
        if field.role is Role.ORGAN:
            organ = organ or value
        elif field.role is Role.LATERALITY:
            side = side or value
    return capitalized(placed(side, organ))


def complication_name(group: ReportGroup) -> str:
    """Return what a complication is called, with its presence: "Suspected hemothorax"; empty when it is not known."""
    what, presence = group.first(Role.COMPLICATION), group.first(Role.PRESENCE)
    if what is None or isinstance(what.value, Absent):
        return ""
    code = presence.value.term.code if presence and isinstance(presence.value, Choice) else ""
    if code == ABSENT and _is_compound(what.value):
        return f"{capitalized(to_words(what.value))}: {ABSENT}"
    return capitalized(POLARITY.get(code, "{}").format(to_words(what.value)))


def _is_compound(what: Resolved) -> bool:
    """Whether a name says "without" or "severe", so that "no" before it would be misread."""
    return isinstance(what, Choice) and not COMPOUND.isdisjoint(what.term.phrase.casefold().split())


def _of_complication(opening: Opening, following: Sequence[Said]) -> list[Said]:
    """Say a degree that the name holds only once, and a degree of what is absent in a sentence of its own."""
    what, presence = opening.get(Role.COMPLICATION), opening.get(Role.PRESENCE)
    absent = presence is not None and presence.code == ABSENT
    named = what.value.term.phrase.casefold().split() if what and isinstance(what.value, Choice) else []
    found = []
    for said in following:
        field = said.place.field
        if said.code == AFTER_PROCEDURE and AFTER in named and not remarked(said.value):
            continue
        if field.role is not Role.FEATURE or field.repeats or not isinstance(said.value, Choice):
            found.append(said)
        elif absent:
            found.append(said._replace(form=Form.SENTENCE, words=f"{field.label}: {said.bare}"))
        elif said.bare not in named:
            found.append(said)
    return found


def _is_one(value: Resolved) -> bool:
    return isinstance(value, Integer) and value.value == 1


def _counted(following: list[Said]) -> list[Said]:
    """Leave out "1 counted" beside "solitary", which says it."""
    if not any(said.code == SOLITARY for said in following):
        return following
    return [said for said in following if not (_is_one(said.value) and said.words == COUNTED)]


def _graded(following: list[Said]) -> list[Said]:
    """Say a degree with what it is of: "moderately enlarged", not "enlarged, ..., moderate enlargement"."""
    for state in following:
        noun = GRADED.get(state.code) if state.place.phrase.one == ("", "") else None
        degree = next((said for said in following if said.place.phrase.one == ("", noun)), None) if noun else None
        if degree and degree.code in DEGREES and not remarked(degree.value):
            graded = state._replace(words=f"{DEGREES[degree.code]} {state.words}")
            return [graded if said is state else said for said in following if said is not degree]
    return following


def _open_complication(running: Running, opening: Opening) -> None:
    what, side = _take(opening, Role.COMPLICATION, running), _take(opening, Role.LATERALITY, running)
    levels = _take(opening, Role.LEVELS, running)
    presence = opening.get(Role.PRESENCE)
    either = presence is not None and presence.code == ABSENT and side is not None and is_both(side.value)
    name = _bare(what) or inside(running.head)
    name = name if side is None or either else sided(side.value, what.value if what else None, name)
    if levels is not None:
        name = f"{name}{' ' if levels.form is Form.CONTINUATION else ', '}{levels.words}"
    running.head = ""
    if presence is None:
        running.add(f"{name}: {NOT_STATED}")
    elif presence.code == ABSENT and (what is None or _is_compound(what.value)):
        name = name if what else f"{UNNAMED} {name}"
        running.add(f"{name}: {ABSENT}{ON_BOTH if either else ''}{remarked(presence.value)}")
    elif presence.code in POLARITY:
        running.add(POLARITY[presence.code].format(name) + (ON_EITHER if either else "") + remarked(presence.value))
    else:
        running.add(f"{name}: {presence.bare}")


def _open_cause(running: Running, opening: Opening) -> None:
    status = _take(opening, Role.CAUSE_STATUS, running)
    if status is not None:
        running.head = f"{running.head}, {status.bare}"


def _open_impression(running: Running, opening: Opening) -> None:
    """Open with conclusion and certainty in one sentence; ``running.head`` is of which lesions they are."""
    of, running.head = running.head, ""
    conclusion, certainty = _take(opening, Role.IMPRESSION, running), _take(opening, Role.CERTAINTY, running)
    if certainty is not None:
        running.add(concluded(of, conclusion, certainty))
    elif conclusion is not None and conclusion.place.phrase.polar and conclusion.code == PRESENT:
        running.add(f"{conclusion.place.phrase.subject} present{remarked(conclusion.value)}")
    elif conclusion is not None and conclusion.code == INDETERMINATE and _is_plain(conclusion):
        running.add(f"presence of {conclusion.place.phrase.subject} {INDETERMINATE}")
    elif conclusion is not None:
        running.say(conclusion)
    running.close()


def _is_plain(said: Said) -> bool:
    """Whether an answer only says that something is there, or may be, with nothing written beside it."""
    return said.place.phrase.polar and not remarked(said.value)


_OPENERS: Final[Mapping[Role, Callable[[Running, Opening], None]]] = {
    Role.FINDING: _open_finding,
    Role.ORGAN: _open_organ,
    Role.COMPLICATION: _open_complication,
    Role.CAUSE: _open_cause,
    Role.IMPRESSION: _open_impression,
}

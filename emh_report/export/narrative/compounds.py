"""Answers of one group that make one phrase: "small, measuring 6 mm on ultrasound", "low signal on T1 and T2"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import takewhile
from typing import Final

from emh_report.draft import Boolean
from emh_report.export.narrative.answers import DETERMINER, Said, remarked
from emh_report.export.narrative.layout import Place
from emh_report.export.narrative.phrases import Form
from emh_report.export.narrative.words import capitalized, enumerate_words
from emh_report.report import Amount, Axes, Choice
from emh_report.template import Role

SIZE_IN_WORDS: Final = "size-descriptor"
"""Vocabulary of sizes that are no numbers."""
ADJECTIVES: Final = frozenset({"tiny", "small", "large", "huge", "extensive"})
"""Sizes that stand before what they are of."""
MASSES: Final = frozenset({"focal-mass", "multifocal-masses"})
"""Patterns that a size in words stands before: "large focal mass"."""
ABSENCES: Final = frozenset({DETERMINER, "not", "absent"})
NEGATIONS: Final = frozenset({DETERMINER, "not"})
MEASURING: Final = "measuring "
MEASURED: Final = "measured "
MEASURES: Final[Mapping[str, str]] = {"on": "length", "in": "hounsfield"}
"""What is measured on an examination, and in a phase of it: dimensions of units."""
ON: Final = " on "
AMOUNT: Final = " of fluid"
FLUID: Final = " fluid"
PATTERN: Final = " pattern "
QUALIFIED: Final = " without "
"""What is no adjective: "hypervascular without washout"."""
DIFFUSE: Final = "diffuse"
NUMBER: Final = "lesion-number"
"""Vocabulary of how many lesions an entry stands for."""
BIOPSY: Final = "biopsy"
ON_ONE: Final = (" on the right", " on the left")
EXPANSION: Final = " rib expansion"
DEGREES: Final = frozenset({"mild", "moderate", "severe", "massive"})
IN_RIBS: Final = "in the ribs"
"""Where rib expansion is, without saying more."""
ALIKE: Final = 3
"""From so many words on two sentences start alike."""

Answers = list[Said]


def _follow(one: Said, other: Said) -> bool:
    """Whether two answers stand in one sentence, one behind the other."""
    return one.place.part is other.place.part and one.form is not Form.SENTENCE and other.form is not Form.SENTENCE


def is_size(said: Said) -> bool:
    """Whether an answer is a number with its unit, or axes."""
    return isinstance(said.value, Amount | Axes)


def sized(found: Answers) -> Answers:
    """Say a size in words before the mass or the number: "large focal mass", "small, measuring 6 mm"."""
    size = next((said for said in found if _is_adjective(said)), None)
    if size is None:
        return found
    rest = [said for said in found if said is not size]
    for position, said in enumerate(rest):
        if said.code in MASSES and not remarked(said.value):
            rest[position] = said._replace(words=f"{size.words} {said.words}")
            return rest
        if said.words.startswith(MEASURING):
            return [*rest[:position], size, *rest[position:]]
    return found


def _is_adjective(said: Said) -> bool:
    value = said.value
    if not isinstance(value, Choice) or value.text or value.term.code not in ADJECTIVES:
        return False
    return is_of(said, SIZE_IN_WORDS) and said.words == said.bare


def measured(found: Answers) -> Answers:
    """Say what a single number was measured on with it: "measuring 6 mm on ultrasound"."""
    rest: Answers = []
    for said in found:
        if said.words.startswith(MEASURED) and said.form is Form.CLAUSE and _is_single(rest, said):
            rest[-1] = rest[-1]._replace(words=f"{rest[-1].words} {said.words.removeprefix(MEASURED)}")
        else:
            rest.append(said)
    return rest


def _is_single(before: Answers, said: Said) -> bool:
    """Whether the answer before ``said`` is a number that nothing stands behind, and no other number before that."""
    if not before or not _follow(before[-1], said) or not is_size(before[-1]):
        return False
    several = len(before) > 1 and _follow(before[-2], before[-1]) and is_size(before[-2])
    if before[-1].value.unit.dimension != MEASURES.get(said.words.split(" ", 2)[1]):  # type: ignore[union-attr]  # a size
        return False
    return before[-1].form is Form.CLAUSE and before[-1].words.endswith(before[-1].bare) and not several


def imaged(found: Answers) -> Answers:
    """Say one signal on several images once: "low signal on T1 and T2 relative to muscle"."""
    rest: Answers = []
    runs: list[tuple[Said, str, list[str]]] = []
    position = 0
    while position < len(found):
        said, after = found[position], found[position].place.phrase.one[1]
        image = after.removeprefix(ON) if after.startswith(ON) and _is_plain(said) else ""
        goes_on = found[position + 1 : position + 2] if image else []
        goes_on = [one for one in goes_on if one.form is Form.CONTINUATION and one.place.antecedent is said.place.field]
        reference = goes_on[0].words if goes_on else ""
        if image and runs and _is_same(runs[-1], said, reference):
            first, _, images = runs[-1]
            images.append(image)
            where = next(index for index in range(len(rest) - 1, -1, -1) if rest[index].place is first.place)
            before = first.place.phrase.one[0]
            rest[where] = first._replace(words=f"{before}{first.bare}{ON}{enumerate_words(images)}")
        else:
            runs = [(said, reference, [image])] if image else []
            rest += [said, *goes_on]
        position += 1 + len(goes_on)
    return rest


def _is_plain(said: Said) -> bool:
    return said.form is Form.CLAUSE and isinstance(said.value, Choice) and not remarked(said.value)


def _is_same(run: tuple[Said, str, list[str]], said: Said, reference: str) -> bool:
    first, other, _ = run
    alike = first.bare == said.bare and first.place.phrase.one[0] == said.place.phrase.one[0]
    return alike and reference == other and first.place.part is said.place.part


def shared_noun(found: Answers) -> Answers:
    """Say a noun once that adjectives behind an answer stand before: "FDG uptake above liver, mild and focal"."""
    rest: Answers = []
    position = 0
    while position < len(found):
        said = found[position]
        rest.append(said)
        position += 1
        noun = f" {said.place.phrase.one[0].strip()}".rpartition(" ")[2]
        if not noun or said.form is not Form.CLAUSE or not ABSENCES.isdisjoint(said.words.split()):
            continue
        adjectives: Answers = []
        for other in found[position:]:
            if other.place.phrase.one != ("", f" {noun}") or not _is_plain(other) or _denies(other):
                break
            adjectives.append(other)
        if adjectives:
            rest.append(adjectives[0]._replace(words=enumerate_words([one.bare for one in adjectives])))
            position += len(adjectives)
    return rest


def _denies(said: Said) -> bool:
    return said.bare.split(" ", 1)[0] == DETERMINER


def of_fluid(found: Answers) -> Answers:
    """Say how much fluid of which sort there is in one: "large amount of hemorrhagic fluid"."""
    amount = next((said for said in found if _is_plain(said) and said.words.endswith(AMOUNT)), None)
    sort = next((said for said in found if said.place.phrase.one == ("", FLUID) and _is_plain(said)), None)
    if amount is None or sort is None:
        return found
    fluid = amount._replace(words=f"{amount.words.removesuffix(FLUID)} {sort.words}")
    return [fluid if said is amount else said for said in found if said is not sort]


def said_before(found: Answers) -> Answers:
    """Leave out a number that the pattern before it says: "diffuse" behind "diffuse organ enlargement"."""
    for position, said in enumerate(found):
        if said.words == DIFFUSE and position and _is_plain(found[position - 1]) and is_of(said, NUMBER):
            whole = found[position - 1].words.startswith(f"{DIFFUSE} ")
            return [*found[:position], *found[position + 1 :]] if whole else found
    return found


def is_of(said: Said, vocabulary: str) -> bool:
    """Whether an answer is a term of this vocabulary."""
    return isinstance(said.value, Choice) and said.value.term.vocabulary_id == vocabulary


def patterned(found: Answers) -> Answers:
    """Say a pattern with the noun that the answer before ends with: "mild heterogeneous enhancement"."""
    rest: Answers = []
    for said in found:
        noun = said.place.phrase.one[0].removesuffix(PATTERN)
        before = rest[-1] if rest and noun != said.place.phrase.one[0] and said.form is Form.CLAUSE else None
        plain = before is not None and _is_plain(before) and _is_plain(said) and not _denies(before)
        if before is None or not plain or not before.words.endswith(f" {noun}"):
            rest.append(said)
            continue
        words = f"{before.words.removesuffix(noun)}{said.bare} {noun}"
        rest[-1] = before._replace(words=f"{before.words}, {said.bare}" if QUALIFIED in said.bare else words)
    return rest


def guided(found: Answers) -> Answers:
    """Say by what a biopsy is guided: "cautious biopsy guided by CT"."""
    rest: Answers = []
    for said in found:
        biopsy = rest and rest[-1].words.endswith(BIOPSY) and said.form is Form.CONTINUATION
        guided = biopsy and said.words == f"with {said.bare}"
        rest.append(said._replace(words=f"guided by {said.bare}") if guided else said)
    return rest


def extents(found: Answers) -> Answers:
    """Say two yes or two no in one sentence where they start alike: "No signs of tamponade or constriction."."""
    rest: Answers = []
    for said in found:
        before = rest[-1] if rest else None
        if before and isinstance(said.value, Boolean) and before.value == said.value:
            words = said.words.split()
            pairs = zip(before.words.split(), words, strict=False)
            alike = len(list(takewhile(lambda pair: pair[0] == pair[1], pairs)))
            if alike >= ALIKE:
                link = "and" if said.value.value else "or"
                rest[-1] = before._replace(words=" ".join([before.words.rstrip("."), link, *words[alike:]]))
                continue
        rest.append(said)
    return rest


def with_earlier(found: Answers) -> Answers:
    """Say what a number was before with the number: "sum of diameters 26 mm, smallest previous sum ..."."""
    for earlier in found:
        before = earlier.place.phrase.one[0]
        if earlier.place.field.role is not Role.CHANGE or not isinstance(earlier.value, Amount):
            continue
        now = next((said for said in found if is_size(said) and before.endswith(f" {said.place.phrase.one[0]}")), None)
        if now and now.form is Form.CLAUSE and now.place.phrase.one[0] and earlier.form is Form.CLAUSE:
            moved = earlier._replace(place=replace(earlier.place, part=now.place.part, rank=now.place.rank))
            rest = [said for said in found if said is not earlier]
            position = rest.index(now) + 1
            return [*rest[:position], moved, *rest[position:]]
    return found


def dated(found: Answers) -> Answers:
    """Say a yes by its date where the next answers have it: "Splenectomy in 2019, 5 years ago."."""
    yes = Boolean(value=True)
    for position, said in enumerate(found):
        if said.value != yes:
            continue
        noun = f"{said.words.rstrip('.').rpartition(' ')[2]} "
        dates = list(takewhile(lambda one: names_it(one.place, noun), found[position + 1 :]))  # noqa: B023 - used at once
        if dates:
            words = ", ".join([dates[0].words, *(one.words.removeprefix(noun) for one in dates[1:])])
            told = said._replace(words=capitalized(words))
            return [*found[:position], told, *found[position + 1 + len(dates) :]]
    return found


def names_it(place: Place, noun: str) -> bool:
    """Whether a question starts with the noun of a yes: "splenectomy in 2019"."""
    return place.phrase.form is Form.CLAUSE and noun != " " and place.phrase.one[0].startswith(noun)


def by_side(found: Answers) -> Answers:
    """Leave out the size of the largest lesion where a side has it: "measuring 62 mm on the right"."""
    sides = {said.words[: -len(side)] for said in found for side in ON_ONE if said.words.endswith(side)}
    return [said for said in found if not (isinstance(said.value, Axes) and said.words in sides)]


def expanded(found: Answers) -> Answers:
    """Leave out a change that its degree says: "rib expansion in the ribs" beside "severe rib expansion"."""
    for position, said in enumerate(found):
        degree = next((one for one in found if one.place.phrase.one == ("", f" {said.words}")), None)
        if not _is_plain(said) or degree is None or not _is_plain(degree) or degree.code not in DEGREES:
            continue
        where = [one for one in found[position + 1 : position + 2] if one.form is Form.CONTINUATION]
        if all(one.words == IN_RIBS for one in where):
            return [*found[:position], *found[position + 1 + len(where) :]]
    return found

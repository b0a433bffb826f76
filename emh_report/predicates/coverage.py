"""What this examination can have shown: levels of the spine, and what its modalities rule out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from emh_report.conditions import Fact, Facts, Row, Span, Test, Truth
from emh_report.predicates.examinations import stated_modalities
from emh_report.predicates.parameters import Factory, Params, known, names, text

_IMAGED: Final = (("spine", "spine-coverage"), ("procedure", "body-region"))
"""Questions of what was imaged, the more exact one first."""

Reach = Mapping[str, range]
"""What an examination of a part of the spine shows, as positions of levels (C1 is 1)."""


def _reach(params: Params) -> Reach:
    """Return ``reach``, a list of "part:first:last"."""
    parts = (part.split(":") for part in names(params, "reach", ()))
    return {name: range(int(first), int(last) + 1) for name, first, last in parts}


def _is_unseen(levels: Fact | None, facts: Facts, reach: Reach) -> Truth:
    """Whether ``levels`` are not all within what was imaged; unknown where they, parts or their reach are not known.

    The parts are those of the spine that are answered, else the body regions.
    """
    answered = (row.get(field) for group, field in _IMAGED for row in facts.get(group, ()))
    parts = next((fact for fact in answered if isinstance(fact, frozenset)), None)
    if not isinstance(levels, Span) or parts is None or not parts <= reach.keys():
        return None
    return not all(any(level in reach[part] for part in parts) for level in range(levels.upper, levels.lower + 1))


def levels_unseen(params: Params) -> Test:
    """Whether the levels in ``field`` are not all within what was imaged (``reach``)."""
    known(params, "field", "reach")
    field, reach = text(params, "field"), _reach(params)

    def test(row: Row, facts: Facts) -> Truth:
        return _is_unseen(row.get(field), facts, reach)

    return test


def seen_on(params: Params) -> Callable[[Facts], bool]:
    """Return whether this examination is of ``modalities`` and not of ``others`` too, as answered and by its studies.

    Beside others it is where a single region was examined that is one of ``regions``: all of them show that one.
    """
    modalities, others, regions = (names(params, name, ()) for name in ("modalities", "others", "regions"))

    def test(facts: Facts) -> bool:
        examined = next((row.get("body-region") for row in facts.get("procedure", ())), None)
        same = isinstance(examined, frozenset) and len(examined) == 1 and examined <= regions
        stated = stated_modalities(facts)
        return bool(stated) and all(
            not one.isdisjoint(modalities) and (same or one.isdisjoint(others)) for one in stated
        )

    return test


def not_ruled_out(params: Params) -> Test:
    """Whether a lesion may be there that ``denied`` does not rule out: a no does, seen as `seen_on` has it.

    Where the answer and the studies differ, the no may come from either. It rules out nothing where ``nearer`` is
    answered with yes, nor at ``levels`` that were not imaged (``reach``).
    """
    known(params, "denied", "nearer", "levels", "reach", "modalities", "others", "regions")
    denied, nearer, levels = text(params, "denied"), text(params, "nearer"), text(params, "levels", "")
    reach, seen = _reach(params), seen_on(params)

    def test(row: Row, facts: Facts) -> Truth:
        apart = row.get(denied) is False and row.get(nearer) is not True
        imaged = _is_unseen(row.get(levels), facts, reach) is not True
        return row.get("presence") != "absent" and not (apart and imaged and seen(facts))

    return test


PREDICATES: Final[dict[str, Factory]] = {"levels-unseen": levels_unseen, "not-ruled-out": not_ruled_out}

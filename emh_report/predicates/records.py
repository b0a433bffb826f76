"""Several answers of one record: any entry that has them all, and answers nothing stands for."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from emh_report.conditions import UNKNOWN, Fact, Facts, Gap, Row, Test, Truth
from emh_report.predicates.causes import has_cause
from emh_report.predicates.coverage import seen_on
from emh_report.predicates.parameters import (
    Factory,
    Params,
    all_of,
    any_of,
    both,
    codes_by_field,
    is_one_of,
    known,
    measured,
    names,
    number,
    text,
)


def some_record(params: Params) -> Test:
    """Whether one entry of ``group`` answers every other parameter (field id = codes) with one of its codes.

    ``either``: alternatives "field=code", of which it answers one so. Without any entry there is nothing that could, so
    the answer is no.
    """
    return _some(params, lambda _: True)


def some_there(params: Params) -> Test:
    """As `some_record`, of entries that are not said to be absent: what is unknown denies nothing."""
    return _some(params, lambda row: row.get("presence") != "absent")


def _some(params: Params, counts: Callable[[Row], bool]) -> Test:
    group = text(params, "group")
    wanted = [[(name, names(params, name))] for name in params if name not in ("group", "either")]
    pairs = [one.partition("=") for one in sorted(names(params, "either", ()))]
    wanted += [[(name, frozenset({code})) for name, _, code in pairs]] if pairs else []
    if not wanted:
        msg = "at least one field with its codes"
        raise KeyError(msg)

    def answers(row: Row) -> Truth:
        return all_of([any_of([is_one_of(worded(row.get(name)), codes) for name, codes in one]) for one in wanted])

    def test(_: Row, facts: Facts) -> Truth:
        return any_of([answers(row) for row in facts.get(group, ()) if counts(row)])

    return test


def no_record(params: Params) -> Test:
    """Whether no entry of ``group`` answers every other parameter with one of its codes."""
    some = some_record(params)

    def test(row: Row, facts: Facts) -> Truth:
        truth = some(row, facts)
        return None if truth is None else not truth

    return test


def undocumented(params: Params) -> Test:
    """Whether nothing in the entry stands for a statement: parameters are field id = codes, or a number.

    ``above`` and ``below`` name the numbers: ``"hu-mean above" = "70"``. An answer that is left out
    documents nothing; one that could not be judged leaves it open.
    """
    limits = [_limit(params, name) for name, value in params.items() if " " in name or isinstance(value, str)]
    codes = {name: names(params, name) for name, value in params.items() if " " not in name and isinstance(value, list)}
    if not params:
        msg = "at least one field with its codes, or a number"
        raise KeyError(msg)

    def stands(row: Row) -> bool:
        return any(is_one_of(row.get(name), wanted) for name, wanted in codes.items()) or any(
            (value := measured(row.get(name))) is not None and (value > limit if above else value < limit)
            for name, above, limit in limits
        )

    fields = (*codes, *(name for name, _, _ in limits))

    def test(row: Row, _: Facts) -> Truth:
        if stands(row):
            return False
        return None if any(row.get(name) is UNKNOWN for name in fields) else True

    return test


def repeated(params: Params) -> Test:
    """Whether another entry of ``group`` gives the same answers to all ``fields``.

    What is not answered is not known to be the same.
    """
    known(params, "group", "fields")
    group, fields = text(params, "group"), sorted(names(params, "fields"))

    def same(one: Fact | None, other: Fact | None) -> Truth:
        if one is None or other is None or one is UNKNOWN or other is UNKNOWN:
            return None
        return one == other

    def test(row: Row, facts: Facts) -> Truth:
        others = [other for other in facts.get(group, ()) if other is not row]
        return any_of([all_of([same(row.get(name), other.get(name)) for name in fields]) for other in others])

    return test


def _limit(params: Params, key: str) -> tuple[str, bool, Decimal]:
    name, _, side = key.partition(" ")
    if side not in ("above", "below"):
        msg = f"{key!r}: a number is given for a field as 'FIELD above' or 'FIELD below'"
        raise ValueError(msg)
    return name, side == "above", number(params, key)


def not_stated(params: Params) -> Test:
    """Whether ``field`` of ``group`` is not known to be one of ``codes``; two-valued, for what silence does not say."""
    known(params, "group", "field", "codes")
    group, field, codes = text(params, "group"), text(params, "field"), names(params, "codes")

    def test(_: Row, facts: Facts) -> Truth:
        return not any(is_one_of(worded(row.get(field)), codes) for row in facts.get(group, ()))

    return test


def not_elsewhere(params: Params) -> Test:
    """Whether the regions examined are not known to be all among ``body-region``; two-valued.

    What is unknown may be any region.
    """
    regions = names(params, "body-region")

    def test(_: Row, facts: Facts) -> Truth:
        examined = [row.get("body-region") for row in facts.get("procedure", ())]
        return not any(isinstance(fact, frozenset) and fact <= regions for fact in examined)

    return test


def no_organ(params: Params) -> Test:
    """Whether no organ answers one of the parameters (field id = codes); one that is not answered counts as none."""
    wanted = codes_by_field(params)

    def test(_: Row, facts: Facts) -> Truth:
        found = any_of(
            is_one_of(row[name], codes)
            for row in facts.get("organ", ())
            for name, codes in wanted.items()
            if name in row
        )
        return None if found is None else not found

    return test


def unanswered(params: Params) -> Test:
    """Whether every one of ``fields`` of the entry is not answered, or does not apply; "unknown" is an answer."""
    known(params, "fields")
    fields = names(params, "fields")

    def test(row: Row, _: Facts) -> Truth:
        return all(row.get(field, Gap.NOT_APPLICABLE) is Gap.NOT_APPLICABLE for field in fields)

    return test


def without_value(params: Params) -> Test:
    """Whether none of ``fields`` has a value, in the entry or (``group.field``) in any entry of a group; two-valued.

    What is unknown or does not apply is an answer, and says nothing.
    """
    known(params, "fields")
    places = [field.rpartition(".") for field in names(params, "fields")]

    def test(row: Row, facts: Facts) -> Truth:
        found = (one.get(name) for group, _, name in places for one in (facts.get(group, ()) if group else (row,)))
        return all(fact is None or isinstance(fact, Gap) for fact in found)

    return test


def answers_none(params: Params) -> Test:
    """Whether no field of the entry (field id = codes) has one of its codes as answer; two-valued.

    What is unknown or could not be evaluated denies nothing: a lesion whose presence is unknown may be there.
    """
    wanted = codes_by_field(params)

    def test(row: Row, _: Facts) -> Truth:
        return not any(is_one_of(worded(row.get(name)), codes) for name, codes in wanted.items())

    return test


def not_settled(params: Params) -> Test:
    """Whether a deficit may have to do with the entry; two-valued.

    It does not where ``deficit`` (group.field) was answered with no, and every other field of the entry (field id =
    codes) has one of its codes as answer. What is unknown settles nothing.
    """
    deficit = text(params, "deficit")
    wanted = {name: names(params, name) for name in params if name != "deficit"}

    def test(row: Row, facts: Facts) -> Truth:
        return not (
            _is_denied(deficit, facts)
            and all(is_one_of(worded(row.get(name)), codes) for name, codes in wanted.items())
        )

    return test


def _is_denied(question: str, facts: Facts) -> bool:
    """Whether a question (group.field) was answered with no."""
    group, _, field = question.partition(".")
    return any(row.get(field) is False for row in facts.get(group, ()))


def worded(fact: Fact | None) -> Fact | None:
    """Return an answer as parameters write it: "true" and "false" for yes and no."""
    return str(fact).lower() if isinstance(fact, bool) else fact


def unplaced(params: Params) -> Test:
    """Whether ``group`` has no entry that may be there, or one that does not answer ``field``; two-valued.

    An entry with presence = absent is none. Without any, an entry of the group ``cleared`` that is known to answer
    every other parameter (field id = codes) says so for all, seen as `seen_on` has it; and a ``deficit`` (group.field)
    that was answered with no is old, where every entry has resolved.
    """
    group, field, cleared = text(params, "group"), text(params, "field"), text(params, "cleared", "")
    deficit, seen = text(params, "deficit", ""), seen_on(params)
    own = ("group", "field", "cleared", "modalities", "others", "regions", "deficit")
    wanted = {name: names(params, name) for name in params if name not in own}

    def clears(row: Row) -> bool:
        return all(is_one_of(worded(row.get(name)), codes) for name, codes in wanted.items())

    def test(_: Row, facts: Facts) -> Truth:
        rows = facts.get(group, ())
        there = [row for row in rows if row.get("presence") != "absent"]
        if there:
            return any(isinstance(row.get(field, UNKNOWN), Gap) for row in there)
        if rows and _is_denied(deficit, facts) and all(row.get("change-status") == "resolved" for row in rows):
            return False
        return not (any(map(clears, facts.get(cleared, ()))) and seen(facts))

    return test


PREDICATES: Final[dict[str, Factory]] = {
    "some-record": some_record,
    "some-there": some_there,
    "no-record": no_record,
    "no-record-nor-organ": both(no_record, no_organ, "organ-pattern", "liver-pattern"),
    "unanswered": unanswered,
    "without-value": without_value,
    "answers-none": answers_none,
    "answers-none-nor-said": both(answers_none, without_value, "fields"),
    "answers-none-nor-settled": both(answers_none, not_settled, "deficit", "cord-compression", "change-status"),
    "unplaced": unplaced,
    "undocumented": undocumented,
    "not-stated": not_stated,
    "repeated": repeated,
    "has-cause-not-stated-nor-elsewhere": both(
        both(has_cause, not_stated, "group", "field", "codes"), not_elsewhere, "body-region"
    ),
}

"""What came before what, and which examinations were made how."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final

from emh_report.conditions import Fact, Facts, Row, Test, Truth
from emh_report.dates import bounds, is_before, is_instant
from emh_report.predicates.parameters import (
    Factory,
    Params,
    all_of,
    amount,
    any_of,
    is_one_of,
    known,
    measured,
    names,
    text,
)

_HOURS_PER_DAY = 24
_LENGTH_OF_DAY = 10
_UTC: Final = ("Z", "+00:00", "-00:00")
_FIRST_ZONE: Final = timedelta(hours=14)
"""How far the zone where a day begins first is ahead of UTC."""


def _first(facts: Facts, group: str, field: str) -> Fact | None:
    for row in facts.get(group, ()):
        if field in row:
            return row[field]
    return None


def _exam_date(facts: Facts) -> str:
    """Return the date of this examination: as answered, else of the first study; empty when neither is known."""
    for group in ("procedure", "context"):
        fact = _first(facts, group, "exam-date")
        if isinstance(fact, str):
            return fact
    return ""


def stated_modalities(facts: Facts) -> list[frozenset[str]]:
    """Return the modalities of this examination as answered, and those of all its studies, as far as stated."""
    stated = (_first(facts, group, "modality") for group in ("procedure", "context"))
    return [fact for fact in stated if isinstance(fact, frozenset)]


def _modality(facts: Facts) -> Fact | None:
    """Return the modalities of this examination: as answered and of all studies together; None when unknown."""
    found = stated_modalities(facts)
    return frozenset[str]().union(*found) if found else None


def _is_earlier(one: str, other: str) -> Truth:
    """Whether a date is before another; days as they are written, instants and parts of dates with care."""
    if min(len(one), len(other)) == _LENGTH_OF_DAY:
        return one[:_LENGTH_OF_DAY] < other[:_LENGTH_OF_DAY]
    return is_before(one, other)


def _last_day(limit: str) -> str:
    """Return an instant of a clock that runs in UTC as the last day that it is anywhere: people write their own day."""
    if not limit.endswith(_UTC) or not is_instant(limit):
        return limit
    return (datetime.fromisoformat(limit) + _FIRST_ZONE).date().isoformat()


def date_after(params: Params) -> Test:
    """Whether the date in ``field`` is later than this examination, or than ``than`` of the context."""
    known(params, "field", "than")
    field, than = text(params, "field"), text(params, "than", "exam")

    def test(row: Row, facts: Facts) -> Truth:
        fact = row.get(field)
        limit = _exam_date(facts) if than == "exam" else _first(facts, "context", than)
        if not isinstance(fact, str) or not isinstance(limit, str):
            return None
        written = than != "exam" and len(fact) <= _LENGTH_OF_DAY
        return _is_earlier(_last_day(limit) if written else limit, fact)

    return test


def date_before(params: Params) -> Test:
    """Whether the date in ``field`` is earlier than this examination."""
    known(params, "field")
    field = text(params, "field")

    def test(row: Row, facts: Facts) -> Truth:
        fact, exam = row.get(field), _exam_date(facts)
        return _is_earlier(fact, exam) if isinstance(fact, str) and exam else None

    return test


def days_apart(params: Params) -> Test:
    """Whether the date in ``field`` is more than ``days`` from that of the study, earlier or later."""
    known(params, "field", "days")
    field, days = text(params, "field"), int(amount(params, "days"))

    def test(row: Row, facts: Facts) -> Truth:
        answered, study = row.get(field), _first(facts, "context", "exam-date")
        if not isinstance(answered, str) or not isinstance(study, str):
            return None
        try:
            one, other = (date.fromisoformat(day[:_LENGTH_OF_DAY]) for day in (answered, study))
        except ValueError:  # a month or a year
            return None
        return abs((one - other).days) > days

    return test


def interval_differs(params: Params) -> Test:
    """Whether the time in ``interval`` is not that between the date in ``field`` and this examination.

    ``unit`` is the length of its first unit in days. An interval is a rounded number: it may be off by ``percent`` of
    what it says, and by ``days`` in any case.
    """
    known(params, "field", "interval", "unit", "percent", "days")
    field, interval, unit = text(params, "field"), text(params, "interval"), amount(params, "unit")
    percent, days = amount(params, "percent"), amount(params, "days")

    def test(row: Row, facts: Facts) -> Truth:
        stated, units, exam = row.get(field), measured(row.get(interval)), bounds(_exam_date(facts))
        earlier = bounds(stated) if isinstance(stated, str) else None
        if earlier is None or exam is None or units is None:
            return None
        said = units * unit
        off = max(days, said * percent / 100)
        shortest, longest = (exam[0] - earlier[1]).days, (exam[1] - earlier[0]).days
        return not shortest - off <= said <= longest + off

    return test


def own_study(params: Params) -> Test:
    """Whether the Study Instance UID in ``field`` is that of a study of this report."""
    known(params, "field")
    field = text(params, "field")

    def test(row: Row, facts: Facts) -> Truth:
        answered, studied = row.get(field), _first(facts, "context", "study-instance-uid")
        if not isinstance(answered, str) or not isinstance(studied, frozenset):
            return None
        return answered.strip() in studied

    return test


def _within(earlier: Fact | None, exam: str, days: int) -> Truth:
    """Whether ``earlier`` is at most ``days`` before ``exam``; unknown where precision does not decide it."""
    last = exam[:_LENGTH_OF_DAY]
    if not isinstance(earlier, str):
        return None
    try:
        first = (date.fromisoformat(last) - timedelta(days)).isoformat()
    except ValueError:  # a month or a year; or a context that has an issue of its own
        return None
    if len(earlier) >= _LENGTH_OF_DAY:
        return first <= earlier[:_LENGTH_OF_DAY] <= last
    early, late = is_before(earlier, first), is_before(last, earlier)
    return all_of(None if truth is None else not truth for truth in (early, late))


def compared_within(params: Params) -> Test:
    """Whether every previous examination is less than ``days`` before this one; no when there is none."""
    known(params, "days")
    days = int(amount(params, "days")) - 1

    def test(_: Row, facts: Facts) -> Truth:
        rows, exam = facts.get("comparison", ()), _exam_date(facts)
        return all_of(_within(row.get("prior-date"), exam, days) for row in rows) if rows else False

    return test


def technique_differs(params: Params) -> Test:
    """Whether every previous examination is of another technique or modality; no when there is none."""
    known(params)

    def differs(row: Row, facts: Facts) -> Truth:
        same = row.get("prior-same-technique")
        if isinstance(same, bool):
            return not same
        modality = _modality(facts)
        shared = is_one_of(row.get("prior-modality"), modality) if isinstance(modality, frozenset) else None
        return True if shared is False else None

    def test(_: Row, facts: Facts) -> Truth:
        rows = facts.get("comparison", ())
        return all_of(differs(row, facts) for row in rows) if rows else False

    return test


def other_modality(params: Params) -> Test:
    """Whether the modalities answered and those of the studies have none in common."""
    known(params)

    def test(_: Row, facts: Facts) -> Truth:
        answered, studied = _first(facts, "procedure", "modality"), _first(facts, "context", "modality")
        shared = is_one_of(answered, studied) if isinstance(studied, frozenset) else None
        return None if shared is None else not shared

    return test


def no_dated_study(params: Params) -> Test:
    """Whether neither this examination nor a dated previous one is of ``modalities``."""
    known(params, "modalities")
    modalities = names(params, "modalities")

    def test(_: Row, facts: Facts) -> Truth:
        dated = (row for row in facts.get("comparison", ()) if isinstance(row.get("prior-date"), str))
        found = any_of(is_one_of(fact, modalities) for fact in (_modality(facts), *_prior_modalities(dated)))
        return None if found is None else not found

    return test


def _prior_modalities(rows: Iterator[Row]) -> Iterator[Fact | None]:
    return (row.get("prior-modality") for row in rows)


def drug_before_exam(params: Params) -> Test:
    """Whether one of ``drugs`` was given within ``days`` before this examination.

    Read from the medication list and from the growth factor questions of PET.
    """
    known(params, "drugs", "days")
    drugs, days = names(params, "drugs"), int(amount(params, "days"))

    def listed(row: Row, exam: str) -> Truth:
        taken, status = is_one_of(row.get("drug"), drugs), row.get("drug-status")
        if taken is not True or status in ("planned", "current"):
            return taken if status != "planned" else False
        return _within(row.get("drug-last"), exam, days)

    def asked(row: Row, exam: str) -> Truth:
        given, hours = row.get("gcsf-recent"), measured(row.get("gcsf-interval"))
        if given is not True:
            return given if given is False else None
        return hours <= days * _HOURS_PER_DAY if hours is not None else _within(row.get("gcsf-date"), exam, days)

    def test(_: Row, facts: Facts) -> Truth:
        exam = _exam_date(facts)
        answers = [asked(row, exam) for row in facts.get("pet", ())] or [None]
        return any_of((*answers, *(listed(row, exam) for row in facts.get("medication", ()))))

    return test


PREDICATES: Final[dict[str, Factory]] = {
    "date-after": date_after,
    "date-before": date_before,
    "days-apart": days_apart,
    "interval-differs": interval_differs,
    "own-study": own_study,
    "compared-within": compared_within,
    "technique-differs": technique_differs,
    "other-modality": other_modality,
    "no-dated-study": no_dated_study,
    "drug-before-exam": drug_before_exam,
}

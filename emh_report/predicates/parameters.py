"""Reading the parameters of a predicate at load, and joining truths.

Every reader raises KeyError for a parameter that is missing and ValueError for one it cannot use;
the catalog turns both into an error that names file and rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

from emh_report.conditions import UNKNOWN, Fact, Test, Truth, every

Params = Mapping[str, str | list[str]]
Factory = Callable[[Params], Test]


def known(params: Params, *names: str) -> None:
    """Refuse a parameter that nobody reads, so that a typing error is not ignored."""
    for name in params:
        if name not in names:
            msg = f"no such parameter: {name!r}"
            raise ValueError(msg)


def text(params: Params, name: str, default: str | None = None) -> str:
    """Return a parameter that is one text."""
    value = params[name] if default is None else params.get(name, default)
    if not isinstance(value, str):
        msg = f"{name} is one text"
        raise ValueError(msg)  # noqa: TRY004 - the catalog reports ValueError
    return value


def names(params: Params, name: str, default: tuple[str, ...] | None = None) -> frozenset[str]:
    """Return a parameter that is a list of codes or field ids."""
    value = params[name] if default is None else params.get(name, list(default))
    if not isinstance(value, list) or not (value or default is not None):
        msg = f"{name} is a list of texts"
        raise ValueError(msg)
    return frozenset(value)


def number(params: Params, name: str) -> Decimal:
    """Return a parameter that is a decimal, written as text."""
    value = text(params, name)
    if not value.removeprefix("-").replace(".", "", 1).isdecimal():
        msg = f"{name} is a decimal such as 20 or 1.5"
        raise ValueError(msg)
    return Decimal(value)


def amount(params: Params, name: str) -> Decimal:
    """Return a number that is not below 0, such as days or percent."""
    value = number(params, name)
    if value < 0:
        msg = f"{name} is not below 0"
        raise ValueError(msg)
    return value


def codes_by_field(params: Params, *others: str) -> dict[str, frozenset[str]]:
    """Return the parameters that are a field and its codes: all but ``others``, and at least one."""
    wanted = {name: names(params, name) for name in params if name not in others}
    if not wanted:
        msg = "at least one field with its codes"
        raise KeyError(msg)
    return wanted


def scale(params: Params, name: str) -> tuple[tuple[Decimal, Decimal], ...]:
    """Return a parameter that is a list of ``x:y`` points, sorted by x."""
    points = []
    for point in sorted(names(params, name)):
        x, colon, y = point.partition(":")
        if not colon:
            msg = f"{name} is a list of points such as 12:70"
            raise ValueError(msg)
        points.append((amount({name: x}, name), amount({name: y}, name)))
    return tuple(sorted(points))


def is_one_of(fact: Fact | None, codes: frozenset[str]) -> Truth:
    """Whether an answer is one of ``codes``; None where it is not known."""
    if fact is None or fact is UNKNOWN:
        return None
    if isinstance(fact, frozenset):
        return not fact.isdisjoint(codes)
    return fact in codes


def measured(fact: Fact | None) -> Decimal | None:
    """Return a number as measured, of a measurement its longest axis; None where there is none."""
    if isinstance(fact, Decimal):
        return fact
    if isinstance(fact, tuple) and fact and isinstance(fact[0], Decimal):
        return max(fact)  # a Span starts with an integer
    return None


def any_of(truths: Iterable[Truth]) -> Truth:
    """Kleene's or: true when one is, unknown when none is true and one is unknown."""
    result: Truth = False
    for truth in truths:
        if truth is True:
            return True
        if truth is None:
            result = None
    return result


def all_of(truths: Iterable[Truth]) -> Truth:
    """Kleene's and: false when one is, unknown when none is false and one is unknown."""
    result: Truth = True
    for truth in truths:
        if truth is False:
            return False
        if truth is None:
            result = None
    return result


def both(first: Factory, second: Factory, *of_second: str) -> Factory:
    """Return a predicate that holds when two hold; ``of_second`` are the parameters of the second one."""

    def factory(params: Params) -> Test:
        one = first({name: value for name, value in params.items() if name not in of_second})
        two = second({name: value for name, value in params.items() if name in of_second})
        return every((one, two))

    return factory

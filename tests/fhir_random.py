"""Random reports from a seed: thousands of drawn values are more than Hypothesis holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from random import Random

from emh_report.context import Focus
from emh_report.draft import (
    Absent,
    Boolean,
    Coded,
    Date,
    DateTime,
    Draft,
    Group,
    Image,
    Integer,
    Item,
    Levels,
    Measurement,
    Override,
    Quantity,
    ReportMode,
    Text,
    Value,
)
from emh_report.report import Report
from emh_report.template import Field, Kind
from emh_report.validation import assess, build_report
from tests.fhir_reports import context
from tests.strategies import TRAPS, asked_only, catalog


def _value(field: Field, chance: Random) -> Value:
    """Any accepted value of a question, or a reason why there is none."""
    if chance.random() < 0.1:
        return chance.choice(list(Absent))
    return VALUES[field.kind](field, chance)


def _coded(field: Field, chance: Random) -> Value:
    term = chance.choice(list(field.vocabulary.terms.values() if field.vocabulary else []))
    return Coded(term.code, text=chance.choice(TRAPS) if term.needs_text or chance.random() < 0.1 else "")


def _number(field: Field, chance: Random) -> str:
    low, high = (field.bounds.low, field.bounds.high) if field.bounds else (Decimal(0), Decimal(1000))
    places = chance.randrange(3)
    return f"{chance.randint(int(low * 10**places), int(high * 10**places)) * Decimal(10) ** -places:f}"


def _unit(field: Field) -> str:
    return field.reference_unit.code if field.reference_unit else ""


def _measurement(field: Field, chance: Random) -> Value:
    return Measurement(tuple(_number(field, chance) for _ in range(chance.randint(1, 3))), _unit(field))


def _levels(_: Field, chance: Random) -> Value:
    levels = list(catalog().vocabulary("vertebral-level").terms)
    upper, lower = sorted(chance.choices(range(len(levels)), k=2))
    return Levels(levels[upper], levels[lower], chance.choice(["", *catalog().vocabulary("level-numbering").terms]))


def _image(_: Field, chance: Random) -> Value:
    if chance.random() < 0.5:
        return Image(series_number=chance.randrange(9), instance_number=chance.randint(1, 400))
    frames = tuple(chance.sample(range(1, 50), chance.randrange(3)))
    return Image("1.2.840.1", "1.2.840.2", "1.2.840.3", f"1.2.840.{chance.randrange(10**6)}", frames)


VALUES: Mapping[Kind, Callable[[Field, Random], Value]] = {
    Kind.CODED: _coded,
    Kind.QUANTITY: lambda field, chance: Quantity(_number(field, chance), _unit(field)),
    Kind.INTEGER: lambda field, chance: Integer(int(Decimal(_number(field, chance)))),
    Kind.BOOLEAN: lambda _, chance: Boolean(value=chance.random() < 0.5),
    Kind.DATE: lambda _, chance: Date(chance.choice(["2019", "2019-03", "2019-03-31"])),
    Kind.DATE_TIME: lambda _, chance: DateTime(chance.choice(["2019-03", "2026-05-04T09:12:00+02:00"])),
    Kind.TEXT: lambda _, chance: Text(chance.choice(TRAPS)),
    Kind.LEVELS: _levels,
    Kind.MEASUREMENT: _measurement,
    Kind.IMAGE: _image,
}


def random_report(seed: int, *, honest: bool = True) -> Report:
    """A preliminary report of any template."""
    chance = Random(seed)  # noqa: S311 - repeatable on purpose
    plan = catalog().plan(chance.choice(catalog().templates).id)
    groups = []
    for definition in plan.template.groups.values():
        for number in range(chance.randint(0, 2 if definition.repeats else 1)):
            fields = [field for field in definition.fields.values() if chance.random() < 0.4]
            items = [Item(field.id, _value(field, chance)) for field in fields]
            items += [Item(field.id, _value(field, chance)) for field in fields if field.repeats and not honest]
            items += [item for field in fields if field.repeats for item in _more(field, items, chance)]
            groups.append(Group(definition.id, f"{definition.id}-{number}", tuple(items)))
    draft = Draft(plan.template.id, plan.template.version, tuple(groups), mode=chance.choice(list(ReportMode)))
    known = context(focus=chance.choice(list(Focus)), test_data=chance.random() < 0.5)
    draft = asked_only(plan, draft, known) if honest else draft
    kept = [issue for issue in assess(plan, draft, known).issues if issue.overridable and chance.random() < 0.5]
    overrides = tuple(Override(one.rule_id, one.where.group_uid, chance.choice(TRAPS)) for one in kept)
    return build_report(assess(plan, draft._replace(overrides=overrides), known))


def _more(field: Field, items: list[Item], chance: Random) -> list[Item]:
    """A second answer to a question that takes several."""
    (first,) = [item.value for item in items if item.field_id == field.id][:1]
    second = VALUES[field.kind](field, chance)
    alike = isinstance(first, Coded) and isinstance(second, Coded) and first.code == second.code
    return [] if isinstance(first, Absent) or alike else [Item(field.id, second)]

"""Random drafts and contexts for property tests, made from a template of the catalog.

`drafts` answers what it likes, `asked_only` takes back what is not asked, and `reports` gives the report
of such a draft in a state that needs no completeness.
"""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Final

from hypothesis import strategies as st

from emh_report.catalog import Catalog, load_catalog
from emh_report.context import (
    Context,
    Focus,
    Identifier,
    Order,
    Organization,
    Patient,
    Practitioner,
    ReportIdentity,
    ReportStatus,
    Sex,
    Study,
)
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
    Quantity,
    ReportMode,
    Text,
    Value,
)
from emh_report.plan import Plan
from emh_report.report import Report
from emh_report.template import Field, GroupDefinition, Kind
from emh_report.text import is_unsafe
from emh_report.validation import assess, build_report
from emh_report.values import level_position

TRAPS: Final = (
    "{{ 7*7 }}",
    "{% if x %}",
    "{value}",
    "<b>bold</b>",
    "a & b < c > d \"e\" 'f'",
    "]]>",
    "first line\nsecond line",
    "IMPRESSION\nNo lesion.",
    "1.25 cm, right",
    "Ödem – größer; 脾臓",
    "ends with a question?",
)
"""Texts that break what takes text for something else."""


@cache
def catalog() -> Catalog:
    """Return the catalog of this installation, loaded once."""
    return load_catalog()


def plans() -> st.SearchStrategy[Plan]:
    """Any template of the catalog, as its plan."""
    return st.sampled_from([catalog().plan(template.id) for template in catalog().templates])


def texts() -> st.SearchStrategy[str]:
    """Free text that a report may contain."""
    return st.sampled_from(TRAPS) | st.text(_LETTERS, min_size=1, max_size=20).map(_readable)


_LETTERS: Final = st.characters(exclude_categories=("Cs", "Cc", "Cf", "Cn")) | st.sampled_from("\n\t {}<>&%")


def _readable(text: str) -> str:
    return text if text.strip() and not is_unsafe(text) else "plain"


def numbers(low: Decimal, high: Decimal) -> st.SearchStrategy[str]:
    """Decimals as typed within limits, with up to two decimal places that may be zeros."""

    def places(count: int) -> st.SearchStrategy[str]:
        scale = 10**count
        first, last = int((low * scale).to_integral_value("ROUND_CEILING")), int(high * scale)
        return st.integers(first, last).map(lambda scaled: f"{Decimal(scaled).scaleb(-count):f}")

    fitting = [count for count in range(3) if (low * 10**count).to_integral_value("ROUND_CEILING") <= high * 10**count]
    return st.sampled_from(fitting or [2]).flatmap(places)


def _in_unit(field: Field, unit: str) -> tuple[Decimal, Decimal]:
    """Limits of ``field`` in one of its units."""
    units, reference = field.units or {}, field.reference_unit
    if field.bounds is None or reference is None:
        return Decimal(0), Decimal(10_000)
    factor = reference.factor / units[unit].factor
    return field.bounds.low * factor, field.bounds.high * factor


def _quantities(field: Field) -> st.SearchStrategy[Value]:
    def of(unit: str) -> st.SearchStrategy[Value]:
        return numbers(*_in_unit(field, unit)).map(lambda text: Quantity(text, unit))

    return st.sampled_from(sorted(field.units or {})).flatmap(of)


def _measurements(field: Field) -> st.SearchStrategy[Value]:
    def of(unit: str) -> st.SearchStrategy[Value]:
        axes = st.lists(numbers(*_in_unit(field, unit)), min_size=1, max_size=3)
        return axes.map(lambda texts: Measurement(tuple(texts), unit))

    return st.sampled_from(sorted(field.units or {})).flatmap(of)


def _coded(field: Field) -> st.SearchStrategy[Value]:
    def of(code: str) -> st.SearchStrategy[Value]:
        terms = field.vocabulary.terms if field.vocabulary else {}
        words = texts() if terms[code].needs_text else st.just("") | st.just("") | texts()
        return words.map(lambda text: Coded(code, text=text))

    return st.sampled_from(list(field.vocabulary.terms) if field.vocabulary else []).flatmap(of)


def _integers(field: Field) -> st.SearchStrategy[Value]:
    low, high = (int(field.bounds.low), int(field.bounds.high)) if field.bounds else (0, 99)
    return st.integers(low, high).map(Integer)


def _dates() -> st.SearchStrategy[str]:
    days = st.dates(date(1900, 1, 1), date(2030, 12, 31))
    return st.tuples(days, st.sampled_from([4, 7, 10])).map(lambda pair: pair[0].isoformat()[: pair[1]])


def moments() -> st.SearchStrategy[str]:
    """Return dates of any precision, and instants."""
    clock = st.sampled_from(["09:12:00+02:00", "23:59:59Z", "00:00:00-05:00", "07:05:30.250+00:00"])
    return _dates() | clock.map(lambda time: f"2026-05-04T{time}")


def _levels(_: Field) -> st.SearchStrategy[Value]:
    levels = sorted(catalog().vocabulary("vertebral-level").terms.values(), key=level_position)
    numberings = ["", *catalog().vocabulary("level-numbering").terms]
    ends = st.tuples(st.integers(0, len(levels) - 1), st.integers(0, len(levels) - 1)).map(sorted)
    return st.builds(
        lambda pair, numbering: Levels(levels[pair[0]].code, levels[pair[1]].code, numbering),
        ends,
        st.sampled_from(numberings),
    )


def _images(_: Field) -> st.SearchStrategy[Value]:
    numbered = st.builds(
        lambda series, image: Image(series_number=series, instance_number=image), st.integers(0, 9), st.integers(1, 400)
    )
    identified = st.builds(
        lambda last, frames: Image(sop_instance_uid=f"1.2.840.{last}", frames=tuple(frames)),
        st.integers(1, 10**6),
        st.lists(st.integers(1, 50), max_size=3),
    )
    return numbered | identified


_VALUES: Final[Mapping[Kind, Callable[[Field], st.SearchStrategy[Value]]]] = {
    Kind.CODED: _coded,
    Kind.QUANTITY: _quantities,
    Kind.MEASUREMENT: _measurements,
    Kind.INTEGER: _integers,
    Kind.BOOLEAN: lambda _: st.booleans().map(Boolean),
    Kind.DATE: lambda _: _dates().map(Date),
    Kind.DATE_TIME: lambda _: moments().map(DateTime),
    Kind.TEXT: lambda _: texts().map(Text),
    Kind.LEVELS: _levels,
    Kind.IMAGE: _images,
}


@cache
def values(field: Field) -> st.SearchStrategy[Value]:
    """Any accepted value of one field."""
    return _VALUES[field.kind](field)


@cache
def answers(field: Field) -> st.SearchStrategy[list[Item]]:
    """Accepted answers to one question: several where it takes several, or a reason why there is none."""
    one = values(field).map(lambda value: [Item(field.id, value)])
    absent = st.sampled_from(Absent).map(lambda reason: [Item(field.id, reason)])
    if not field.repeats:
        return one | one | one | absent

    def several(found: list[Value]) -> list[Item]:
        return [Item(field.id, value) for value in found]

    def identity(value: Value) -> object:
        return value.code if isinstance(value, Coded) else value

    return st.lists(values(field), min_size=1, max_size=3, unique_by=identity).map(several) | absent


@st.composite
def groups(draw: st.DrawFn, definition: GroupDefinition, number: int = 0) -> Group:
    """One instance of a group with some of its questions answered; required ones more often."""
    every = list(definition.fields.values())
    chosen = draw(st.sets(st.integers(0, len(every) - 1), min_size=1, max_size=8))
    needed = draw(st.booleans())
    items: list[Item] = []
    for position, field in enumerate(every):
        if position in chosen or (needed and field.required):
            items += draw(answers(field))
    return Group(definition.id, f"{definition.id}-{number}" if definition.repeats else definition.id, tuple(items))


@st.composite
def drafts(draw: st.DrawFn, plan: Plan, most: int = 7) -> Draft:
    """A draft with up to ``most`` group instances in the order of the template; conditions are not looked at."""
    template = plan.template
    definitions = list(template.groups.values())
    chosen = sorted(draw(st.lists(st.integers(0, len(definitions) - 1), min_size=1, max_size=most)))
    found = [
        draw(groups(definitions[position], number))
        for number, position in enumerate(chosen)
        if definitions[position].repeats or position not in chosen[:number]
    ]
    mode = draw(st.sampled_from(ReportMode))
    return Draft(template.id, template.version, tuple(found), mode=mode)


@st.composite
def contexts(draw: st.DrawFn, status: ReportStatus = ReportStatus.PRELIMINARY) -> Context:
    """A context that a report can be filed under."""
    person = st.builds(Practitioner, st.builds(Identifier, st.just("urn:example:staff"), texts()), texts())
    order = st.builds(
        Order, st.builds(Identifier, st.just("urn:example:acc"), texts()), description=texts(), reason=texts()
    )
    study = Study("1.2.840.99", ("CT", "MR"), "2026-05-04T08:00:00+02:00", draw(texts()))
    return Context(
        report=ReportIdentity(Identifier("urn:example:report", "R-1"), 1, status, "2026-05-04T12:00:00+02:00"),
        patient=Patient(
            (Identifier("urn:example:pid", "P-1"),), draw(texts()), (), "1980-02", draw(st.sampled_from(Sex))
        ),
        focus=draw(st.sampled_from(Focus)),
        orders=tuple(draw(st.lists(order, max_size=2))),
        studies=(study,),
        author=draw(person),
        supervisor=draw(st.none() | person),
        organization=Organization(Identifier("urn:example:org", "ORG"), draw(texts())),
        test_data=draw(st.booleans()),
    )


def asked_only(plan: Plan, draft: Draft, context: Context) -> Draft:
    """Return ``draft`` without the answers to questions that are not asked, and without groups left empty by that.

    An empty group says nothing, so it does not come back from a report; the issues of a report have its place.
    """
    while not_asked := assess(plan, draft, context).not_asked:
        draft = draft._replace(
            groups=tuple(
                group._replace(
                    items=tuple(
                        item for item in group.items if (f"draft.groups[{position}]", item.field_id) not in not_asked
                    )
                )
                for position, group in enumerate(draft.groups)
            )
        )
    return draft._replace(groups=tuple(group for group in draft.groups if group.items))


@st.composite
def reports(draw: st.DrawFn, *, honest: bool = True) -> Report:
    """A preliminary report of any template; with ``honest`` it only answers what is asked."""
    plan, context = draw(plans()), draw(contexts())
    draft = draw(drafts(plan))
    return build_report(assess(plan, asked_only(plan, draft, context) if honest else draft, context))

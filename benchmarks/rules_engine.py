"""Condition tables against CEL: speed, and what a missing answer means (docs/adr/0003).

    .venv/bin/python -m pip install cel-python cel-expr-python common-expression-language
    .venv/bin/python -m benchmarks.rules_engine

Engines that are not installed are left out. The condition has four terms; it holds for a lesion that is present, at one
of two sites, and either 50 mm or larger or denser than 40 HU. CEL has no decimals, so its rows carry doubles; rows are
converted before the clock starts, which favors CEL.
"""

import importlib
import time
from collections.abc import Callable, Mapping
from decimal import Decimal

import click

from emh_report.conditions import Clause, Condition, Fact, Gap, compile_condition

Truth = bool | None
Engine = Callable[[Mapping[str, Fact]], Callable[[], Truth]]

EXPRESSION = (
    'row.presence == "present" && row.site in ["paraspinal-thoracic", "presacral"] '
    "&& (row.diameter >= 50.0 || row.hu_mean > 40.0)"
)
PRESENT: Mapping[str, Fact] = {"presence": "present", "site": "presacral"}
ROWS: Mapping[str, tuple[Mapping[str, Fact], Truth]] = {
    "holds": ({**PRESENT, "diameter": Decimal("62.5"), "hu_mean": Decimal(35)}, True),
    "fails": ({**PRESENT, "site": "spleen", "diameter": Decimal("62.5"), "hu_mean": Decimal(35)}, False),
    "missing, decided": ({**PRESENT, "hu_mean": Decimal(55)}, True),
    "missing, open": ({**PRESENT, "hu_mean": Decimal(35)}, None),
    "answered unknown": ({**PRESENT, "site": Gap.UNKNOWN, "diameter": Decimal("62.5"), "hu_mean": Decimal(35)}, None),
}


def condition_table() -> Engine:
    """Return the engine of emh_report.conditions."""
    size = Condition("any", (Clause("", "diameter", ">=", (Decimal(50),)), Clause("", "hu_mean", ">", (Decimal(40),))))
    sites = Clause("", "site", "=", ("paraspinal-thoracic", "presacral"))
    test = compile_condition(Condition("all", (Clause("", "presence", "=", ("present",)), sites, size)))
    return lambda row: lambda: test(row, {})


def python_function() -> Engine:
    """Return the same condition written by hand, two-valued where Python is: what a predicate costs at least."""

    def holds(row: Mapping[str, Fact]) -> Truth:
        diameter, density = row.get("diameter"), row.get("hu_mean")
        if row.get("presence") != "present" or row.get("site") not in {"paraspinal-thoracic", "presacral"}:
            return False
        larger = isinstance(diameter, Decimal) and diameter >= Decimal(50)
        return larger or (isinstance(density, Decimal) and density > Decimal(40))

    return lambda row: lambda: holds(row)


def plain(row: Mapping[str, Fact]) -> dict[str, object]:
    """Return a row as CEL can take it: doubles for decimals, null for unknown."""
    return {
        name: None if isinstance(fact, Gap) else float(fact) if isinstance(fact, Decimal) else fact
        for name, fact in row.items()
    }


def cel_cpp() -> Engine:
    """Return cel-expr-python, the C++ runtime of the CEL project."""
    cel = importlib.import_module("cel_expr_python.cel")
    environment = cel.NewEnv(variables={"row": cel.Type.DYN})
    expression = environment.compile(EXPRESSION)

    def bind(row: Mapping[str, Fact]) -> Callable[[], Truth]:
        data = {"row": plain(row)}

        def evaluate() -> Truth:
            value = expression.eval(data=data).value()
            return value if isinstance(value, bool) else None  # an error is a value here

        return evaluate

    return bind


def cel_rust() -> Engine:
    """Return common-expression-language, bindings of the Rust crate."""
    program = importlib.import_module("cel").compile(EXPRESSION)

    def bind(row: Mapping[str, Fact]) -> Callable[[], Truth]:
        data = {"row": plain(row)}

        def evaluate() -> Truth:
            try:
                return bool(program.execute(data))
            except (KeyError, RuntimeError, TypeError, ValueError):
                return None

        return evaluate

    return bind


def cel_python() -> Engine:
    """Return cel-python, written in Python."""
    celpy = importlib.import_module("celpy")
    environment = celpy.Environment()
    program = environment.program(environment.compile(EXPRESSION))

    def bind(row: Mapping[str, Fact]) -> Callable[[], Truth]:
        data = {"row": celpy.json_to_cel(plain(row))}

        def evaluate() -> Truth:
            try:
                return bool(program.evaluate(data))
            except celpy.CELEvalError:
                return None

        return evaluate

    return bind


ENGINES: Mapping[str, Callable[[], Engine]] = {
    "condition table": condition_table,
    "Python function": python_function,
    "cel-expr-python": cel_cpp,
    "common-expression-language": cel_rust,
    "cel-python": cel_python,
}


def microseconds(engine: Engine, evaluations: int) -> float:
    """Return the time of one evaluation, averaged over the rows."""
    bound = [engine(row) for row, _ in ROWS.values()]
    start = time.perf_counter()
    for _ in range(evaluations // len(bound)):
        for evaluate in bound:
            evaluate()
    return (time.perf_counter() - start) / evaluations * 1e6


@click.command()
@click.option("--evaluations", default=100_000, show_default=True)
def main(evaluations: int) -> None:
    """Print one line per engine: time, ratio to the condition table, and the rows it answers differently."""
    base = microseconds(condition_table(), evaluations)
    print(f"{'engine':28}{'us':>8}{'ratio':>8}  rows answered otherwise")
    for name, load in ENGINES.items():
        try:
            engine = load()
        except ImportError:
            continue
        spent = base if name == "condition table" else microseconds(engine, evaluations)
        answers = {row: engine(facts)() for row, (facts, _) in ROWS.items()}
        wrong = [f"{row}: {answers[row]}" for row, (_, truth) in ROWS.items() if answers[row] is not truth]
        print(f"{name:28}{spent:8.2f}{spent / base:8.1f}  {'; '.join(wrong) or 'none'}")


if __name__ == "__main__":
    main()

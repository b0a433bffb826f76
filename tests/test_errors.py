"""The tree of exceptions that errors.py draws is the tree there is."""

import re
from collections.abc import Iterator

from emh_report import errors
from emh_report.client import errors as client_errors
from emh_report.fhir_http import outcomes
from emh_report.sources import found
from emh_report.web import troubles
from emh_report.wire import statuses

BRANCH = re.compile(r"^ {4}([ │]*)[├└]── (\w+) +(?:(\w+\.\w+): )?\S", re.MULTILINE)


def drawn() -> Iterator[tuple[int, str, str]]:
    """Yield depth, name and module of every exception of the drawing."""
    for indent, name, module in BRANCH.findall(errors.__doc__ or ""):
        yield len(indent) // 4 + 1, name, f"emh_report.{module or 'errors'}"


def real(kind: type[Exception], depth: int = 1) -> Iterator[tuple[int, str, str]]:
    for below in kind.__subclasses__():
        yield depth, below.__name__, below.__module__
        yield from real(below, depth + 1)


def test_the_drawing_has_every_exception_with_its_module() -> None:
    doors = {client_errors.__name__, outcomes.__name__, troubles.__name__, statuses.__name__, found.__name__}
    assert doors == {module for _, _, module in drawn()} - {errors.__name__}
    assert sorted(drawn()) == sorted(real(errors.EmhReportError))

"""The README's client code is run against a running service and must print what the README shows."""

import contextlib
import io
import re

import pytest

from tests.conftest import ROOT
from tests.service import address

README = (ROOT / "README.md").read_text(encoding="utf-8")
CODE, SHOWN = re.search(r"```python\n(.*?)```\n\n```text\n(.*?)```", README, re.DOTALL).groups()  # type: ignore[union-attr]


@pytest.fixture(scope="module")
def printed() -> str:
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(CODE.replace("localhost:50051", address()), {})  # noqa: S102 - the point of this test
    return output.getvalue()


def test_the_code_prints_what_is_shown(printed: str) -> None:
    assert printed == SHOWN


def test_the_code_is_short() -> None:
    lines = [line for line in CODE.splitlines() if line and not line.startswith(("from", "import"))]
    assert len(lines) <= 11

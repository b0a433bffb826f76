"""A program that calls, for tests without a door."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from emh_report.context import Identifier
from emh_report.program import CALLING

RIS: Final = Identifier("https://sso.hospital.test", "ris")


@contextmanager
def called_by(program: Identifier) -> Iterator[None]:
    """Do what is in the block as a call of this program."""
    token = CALLING.set(program)
    try:
        yield
    finally:
        CALLING.reset(token)

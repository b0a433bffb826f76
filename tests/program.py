"""A program that calls, for tests without a door."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from emh_report.context import Identifier
from emh_report.program import CALLING, NOBODY, ON_BEHALF_OF

RIS: Final = Identifier("https://sso.hospital.test", "ris")


@contextmanager
def called_by(program: Identifier, on_behalf_of: Identifier = NOBODY) -> Iterator[None]:
    """Do what is in the block as a call of this program."""
    token, other = CALLING.set(program), ON_BEHALF_OF.set(on_behalf_of)
    try:
        yield
    finally:
        CALLING.reset(token)
        ON_BEHALF_OF.reset(other)

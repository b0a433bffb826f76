"""What the Observation of an answer says, as elements and as JSON text."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from emh_report.decimals import Unit
from emh_report.export.fhir.datatypes import Json, quantity
from emh_report.export.fhir.json_text import members_of
from emh_report.template import Role


class Said(NamedTuple):
    """What the Observation of an answer is about and what it says, and both as JSON text where that is at hand."""

    code: Json
    value: Json
    text: bytes = b""

    def as_text(self) -> bytes:
        """Return both as members of a JSON object."""
        return self.text or members_of({"code": self.code, **self.value})


class Measured:
    """A number that answers a question, or one part of it, as `Said`; its text holds the digits as entered."""

    __slots__ = ("code", "number", "text", "unit")

    def __init__(self, code: Json, number: Decimal, unit: Unit, text: bytes) -> None:
        """Take the question, the number, and both as members of a JSON object."""
        self.code = code
        self.number = number
        self.unit = unit
        self.text = text

    @property
    def value(self) -> Json:
        """The number as value of an Observation."""
        return {"valueQuantity": quantity(self.number, self.unit)}

    def as_text(self) -> bytes:
        """Return question and number as members of a JSON object."""
        return self.text


Content = Said | Measured

Told = tuple[Role, str, bool, Content]
"""One Observation of an answer: role of its question, what its name ends in, whether it was obtained from the images of
this examination, and its content."""

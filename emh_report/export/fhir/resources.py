"""The bundle as objects of the library fhir.resources, for programs that go on working with it.

Nothing here is used to make the bundle. The library has no models of R4 4.0.1 but of R4B 4.3.0; what a
report consists of is the same in both. It is loaded on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emh_report.errors import MissingExtraError
from emh_report.export.fhir.datatypes import Json

if TYPE_CHECKING:
    from fhir.resources.R4B.bundle import Bundle


def as_resource(bundle: Json) -> Bundle:
    """Return what ``transaction`` made as a fhir.resources Bundle, which shares nothing with it.

    Decimals are ``decimal.Decimal`` with the digits as entered. JSON written by the library loses them (4.20 becomes
    4.2), since it writes binary numbers: send ``to_json`` of the bundle itself.

    Raises MissingExtraError where fhir.resources is not installed, and pydantic.ValidationError for a bundle that
    its models do not accept.
    """
    try:
        from fhir.resources.R4B.bundle import Bundle
    except ModuleNotFoundError as error:
        raise MissingExtraError("A FHIR bundle as objects", "fhir.resources") from error
    return Bundle.model_validate(bundle)

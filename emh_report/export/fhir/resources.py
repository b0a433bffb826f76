"""The bundle as objects of the library fhir.resources, for programs that go on working with it.

Nothing here is used to make the bundle. The library has no models of R4 4.0.1 but of R4B 4.3.0; what a
report consists of is the same in both. It is loaded on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, overload

from emh_report.errors import MissingExtraError
from emh_report.export.fhir.datatypes import Json
from emh_report.export.fhir.versions import Version

if TYPE_CHECKING:
    from fhir.resources.bundle import Bundle as BundleR5
    from fhir.resources.R4B.bundle import Bundle as BundleR4B


@overload
def as_resource(bundle: Json, version: Literal[Version.R4] = Version.R4) -> BundleR4B: ...
@overload
def as_resource(bundle: Json, version: Literal[Version.R5]) -> BundleR5: ...
@overload
def as_resource(bundle: Json, version: Version) -> BundleR4B | BundleR5: ...


def as_resource(bundle: Json, version: Version = Version.R4) -> BundleR4B | BundleR5:
    """Return a bundle of a FHIR version as a fhir.resources Bundle, which shares nothing with it.

    Decimals are ``decimal.Decimal`` with the digits as entered. JSON written by the library loses them (4.20 becomes
    4.2), since it writes binary numbers: send ``to_json`` of the bundle itself.

    Raises MissingExtraError where fhir.resources is not installed, and pydantic.ValidationError for a bundle that
    its models do not accept.
    """
    try:
        if version is Version.R5:
            from fhir.resources.bundle import Bundle as BundleR5

            return BundleR5.model_validate(bundle)
        from fhir.resources.R4B.bundle import Bundle as BundleR4B

        return BundleR4B.model_validate(bundle)
    except ModuleNotFoundError as error:
        raise MissingExtraError("A FHIR bundle as objects", "fhir.resources") from error

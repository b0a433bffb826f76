"""The options of FHIR over HTTP, and how it is served beside the rest."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import click

from emh_report.catalog import Catalog
from emh_report.cli.options import check_address, grouped
from emh_report.config import DEFAULT_FHIR, OFF, FhirOptions, Settings
from emh_report.errors import SettingError

if TYPE_CHECKING:
    from emh_report.metrics import Metrics
    from emh_report.store import Store

SHORTEST_TOKEN: Final = 32
"""Characters: 128 bits in hexadecimal."""


fhir_options: Final = grouped(
    "fhir",
    FhirOptions,
    fhir=click.option(
        "--fhir",
        default="",
        metavar="HOST:PORT|off",
        callback=check_address,
        help=f"Where FHIR over HTTP is served, off for nowhere. [env: EMH_FHIR; default: {DEFAULT_FHIR}]",
    ),
    fhir_url=click.option(
        "--fhir-url",
        default="",
        metavar="URL",
        help="Where FHIR is found from outside, behind a proxy. [env: EMH_FHIR_URL; default: as it was asked]",
    ),
    fhir_tokens=click.option(
        "--fhir-tokens",
        default="",
        metavar="FILE",
        help="Bearer tokens that FHIR is open to, one a line. [env: EMH_FHIR_TOKENS; default: open]",
    ),
)
"""How FHIR over HTTP is served."""


@contextlib.contextmanager
def served(chosen: Settings, catalog: Catalog, store: Store | None, metrics: Metrics | None = None) -> Iterator[str]:
    """Serve FHIR while the block runs; gives its address, or nothing where it is not served.

    Raises ConnectionError where an address that was asked for cannot be listened on, SettingError, and OSError for a
    file of tokens that cannot be read.
    """
    if chosen.fhir.address == OFF:
        yield ""
        return
    from emh_report.fhir_http.server import Options, running

    options = Options(_tokens(chosen.fhir.tokens), _url(chosen.fhir.url), chosen.maps, chosen.security, metrics)
    with contextlib.ExitStack() as stack:
        try:
            place = stack.enter_context(running(catalog, chosen.fhir.address or DEFAULT_FHIR, store, options))
        except ConnectionError as error:
            if chosen.fhir.address:
                raise
            text = f"warning: FHIR is not served: {error}; --fhir HOST:PORT chooses another address"
            click.secho(text, fg="yellow", err=True)
            place = ""
        yield place


def _tokens(name: str) -> tuple[str, ...]:
    if not name:
        return ()
    lines = Path(name).read_text(encoding="utf-8").splitlines()
    found = tuple(line.strip() for line in lines if line.strip())
    if not found or any(len(token) < SHORTEST_TOKEN or not token.isascii() for token in found):
        raise SettingError(name, [f"tokens of at least {SHORTEST_TOKEN} characters, one a line"])
    return found


def _url(text: str) -> str:
    parts = urlsplit(text)
    if text and (parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment):
        raise SettingError("--fhir-url (EMH_FHIR_URL)", ["an address such as https://fhir.hospital.example"])
    return text

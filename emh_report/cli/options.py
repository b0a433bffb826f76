"""Options that several commands share, and what they turn into."""

from __future__ import annotations

import difflib
import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar, cast

import click

from emh_report.catalog import Catalog, load_catalog
from emh_report.cli.output import progress
from emh_report.cli.variables import ignored
from emh_report.config import MOST_DAYS, OFF, WARN_DAYS, FormOptions, Security, Settings, StoreOptions, read_settings
from emh_report.vocabulary import OPTIONAL_MAPS

Command = TypeVar("Command", bound=Callable[..., Any])
ReadSettings = Callable[..., Settings]


class Adding(Protocol):
    """A decorator that adds options to a command."""

    def __call__(self, command: Command, /) -> Command:
        """Return the command with the options."""
        ...


NUMBER: Final = click.IntRange(0, 2**63 - 1)
"""Number of a version or of an entry: what every database can hold."""

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")


def check_address(_context: click.Context, option: click.Parameter, value: str) -> str:
    """Return an address as it was given; ``off`` for what need not be served. Raises click.BadParameter."""
    if option.name != "address" and value == OFF:
        return value
    host, _, port = value.rpartition(":")
    if value and not (host and port.isascii() and port.isdigit() and int(port) < 2**16):
        raise click.BadParameter("HOST:PORT is needed, such as localhost:50051 or [::1]:0")
    return value


def grouped(name: str, make: Callable[..., object], **options: Adding) -> Adding:
    """Return a decorator that adds ``options``, each under the name of its parameter.

    The command gets one argument ``name`` for all of them: what ``make`` makes of their values, in this order.
    """

    def add(command: Command) -> Command:
        @functools.wraps(command)
        def with_group(**given: Any) -> None:  # noqa: ANN401 - of any type
            made = make(*(given.pop(option) for option in options))
            command(**{name: made}, **given)

        return cast(
            "Command", functools.reduce(lambda made, option: option(made), [*options.values()][::-1], with_group)
        )

    return add


_SITE: Final = click.option(
    "--site",
    multiple=True,
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="Folder of own templates, vocabularies and rules. May be repeated. [env: EMH_SITE]",
)
_MAP: Final = click.option(
    "--map",
    "maps",
    multiple=True,
    metavar="NAME",
    help="Code map this site is licensed for. May be repeated. [env: EMH_MAPS]",
)


def catalog_options(command: Command) -> Command:
    """Add --site and --map."""
    return _SITE(_MAP(command))


def _read_later(site: tuple[Path, ...], maps: tuple[str, ...], create_patient: bool | None) -> ReadSettings:  # noqa: FBT001 - as click gives it
    return functools.partial(read_settings, site=site, maps=maps, create_patient=create_patient)


export_options: Final = grouped(
    "settings",
    _read_later,
    site=_SITE,
    maps=_MAP,
    create_patient=click.option(
        "--create-patient/--no-create-patient",
        default=None,
        help="Send the patient in FHIR bundles, for receivers without a patient index. "
        "[env: EMH_CREATE_PATIENT; default: the patient is looked up]",
    ),
)
"""What exports are made by. Reading the settings raises SettingError, so it is left to the command.

Arguments of ``settings`` are those of read_settings.
"""

store_options: Final = grouped(
    "store",
    StoreOptions,
    store=click.option(
        "--store",
        default="",
        metavar="URL",
        help="Database that reports are kept in: sqlite:///FILE, postgresql://USER@HOST/NAME, or none. "
        "[env: EMH_STORE; default: a file in the data folder of the user]",
    ),
    store_keys=click.option(
        "--store-keys",
        default="",
        metavar="FILE",
        help="Keys that encrypt what is stored. [env: EMH_STORE_KEYS; default: it is not encrypted]",
    ),
    signing_keys=click.option(
        "--signing-keys",
        default="",
        metavar="FILE",
        help="Keys that sign what is released. [env: EMH_SIGNING_KEYS; default: a key for trying out]",
    ),
    peers=click.option(
        "--peers",
        default="",
        metavar="FILE",
        help="Peers that get what is signed. [env: EMH_PEERS; default: nobody]",
    ),
)
"""Where reports are kept."""

security_options: Final = grouped(
    "security",
    Security,
    tls_certificate=click.option(
        "--tls-certificate",
        default="",
        metavar="FILE",
        help="Certificate chain that every door shows, PEM. [env: EMH_TLS_CERTIFICATE; default: no encryption]",
    ),
    tls_key=click.option(
        "--tls-key",
        default="",
        metavar="FILE",
        help="Private key of the certificate, PEM without password. [env: EMH_TLS_KEY]",
    ),
    client_ca=click.option(
        "--client-ca",
        default="",
        metavar="FILE",
        help="Callers of gRPC show a certificate of this authority, PEM. [env: EMH_CLIENT_CA; default: none]",
    ),
    issuers=click.option(
        "--issuers",
        default="",
        metavar="FILE",
        help="Callers of gRPC and FHIR send a token of these issuers. [env: EMH_ISSUERS; default: open]",
    ),
    tls_warn_days=click.option(
        "--tls-warn-days",
        default=None,
        metavar="DAYS",
        type=click.IntRange(1, MOST_DAYS),
        help=f"Warn so long before a certificate ends. [env: EMH_TLS_WARN_DAYS; default: {WARN_DAYS}]",
    ),
)
"""How doors are locked."""

form_options: Final = grouped(
    "form",
    FormOptions,
    web_host=click.option(
        "--web-host",
        multiple=True,
        metavar="NAME",
        help="Name the form is reached by, behind a proxy. May be repeated. [env: EMH_WEB_HOSTS]",
    ),
    web_staff=click.option(
        "--web-staff",
        default="",
        metavar="FILE",
        help="People who use the form, with rank and supervisor. [env: EMH_WEB_STAFF; default: nobody]",
    ),
    web_user=click.option(
        "--web-user",
        default="",
        metavar="HEADER",
        help="Header in which the proxy that signs people in names them. [env: EMH_WEB_USER]",
    ),
    embed_origin=click.option(
        "--embed-origin",
        multiple=True,
        metavar="ORIGIN",
        help="Viewer that may show the form in a frame, such as https://viewer.hospital.example. May be repeated. "
        "[env: EMH_EMBED_ORIGINS; default: nobody]",
    ),
    studies=click.option(
        "--studies",
        default="",
        metavar="FILE",
        help="PACS and RIS whose studies the form's worklist shows. [env: EMH_STUDIES; default: none]",
    ),
    web_language=click.option(
        "--web-language",
        default="",
        metavar="CODE",
        help="Language of the form where a browser asks for none it has: en, de. [env: EMH_WEB_LANGUAGE; default: en]",
    ),
)
"""Who uses the form, and how."""


def load(site: tuple[Path, ...], maps: tuple[str, ...]) -> Catalog:
    """Return the catalog that options and environment describe. Raises CatalogError, click.UsageError."""
    return load_settings(read_settings(site=site, maps=maps))


def load_settings(settings: Settings) -> Catalog:
    """Return the catalog of ``settings``. Raises CatalogError, and click.UsageError for a map nobody uses.

    Warns of variables of the environment that look like settings and are none.
    """
    _warn_of_ignored(settings)
    for name in sorted(settings.maps - OPTIONAL_MAPS):
        near = difflib.get_close_matches(name, OPTIONAL_MAPS, n=1) or sorted(OPTIONAL_MAPS)
        raise click.UsageError(f"no such code map: {name!r}; known are {', '.join(near)}")
    with progress("loading templates"):
        return load_catalog(settings.site, settings.maps, settings.cache)


def _warn_of_ignored(settings: Settings) -> None:
    studies = Path(settings.form.studies) if settings.form.studies else None
    for name, near in ignored(os.environ, (settings.peers, settings.signing_keys, studies)):
        hint = f"; did you mean {near}?" if near else ""
        click.secho(f"warning: {name} is no setting of this program and is ignored{hint}", fg="yellow", err=True)

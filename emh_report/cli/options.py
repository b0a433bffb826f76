"""Options that several commands share, and what they turn into."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from emh_report.catalog import Catalog, load_catalog
from emh_report.cli.output import progress
from emh_report.config import OFF, FormOptions, Security, Settings, StoreOptions, read_settings
from emh_report.vocabulary import OPTIONAL_MAPS

Command = TypeVar("Command", bound=Callable[..., Any])
ReadSettings = Callable[..., Settings]

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")


def check_address(_context: click.Context, option: click.Parameter, value: str) -> str:
    """Return an address as it was given; ``off`` for what need not be served. Raises click.BadParameter."""
    if option.name != "address" and value == OFF:
        return value
    host, _, port = value.rpartition(":")
    if value and not (host and port.isascii() and port.isdigit() and int(port) < 2**16):
        raise click.BadParameter("HOST:PORT is needed, such as localhost:50051 or [::1]:0")
    return value


def catalog_options(command: Command) -> Command:
    """Add --site and --map."""
    site = click.option(
        "--site",
        multiple=True,
        metavar="FOLDER",
        type=click.Path(path_type=Path),
        help="Folder of own templates, vocabularies and rules. May be repeated. [env: EMH_SITE]",
    )
    maps = click.option(
        "--map",
        "maps",
        multiple=True,
        metavar="NAME",
        help="Code map this site is licensed for. May be repeated. [env: EMH_MAPS]",
    )
    return site(maps(command))


def export_options(command: Command) -> Command:
    """Add --site, --map and --create-patient; the command gets them as ``settings``, which reads them.

    Reading raises SettingError, so it is left to the command. Arguments of ``settings`` are those of read_settings.
    """

    @functools.wraps(command)
    def with_settings(
        *,
        site: tuple[Path, ...],
        maps: tuple[str, ...],
        create_patient: bool | None,
        **options: Any,  # noqa: ANN401 - of any type
    ) -> None:
        settings = functools.partial(read_settings, site=site, maps=maps, create_patient=create_patient)
        command(settings=settings, **options)

    create = click.option(
        "--create-patient/--no-create-patient",
        default=None,
        help="Send the patient in FHIR bundles, for receivers without a patient index. "
        "[env: EMH_CREATE_PATIENT; default: the patient is looked up]",
    )
    return cast("Command", catalog_options(create(with_settings)))


def store_options(command: Command) -> Command:
    """Add --store, --store-keys, --signing-keys and --peers; the command gets them as ``store``."""

    @functools.wraps(command)
    def with_store(*, store: str, store_keys: str, signing_keys: str, peers: str, **options: Any) -> None:  # noqa: ANN401 - of any type
        command(store=StoreOptions(store, store_keys, signing_keys, peers), **options)

    url = click.option(
        "--store",
        default="",
        metavar="URL",
        help="Database that reports are kept in: sqlite:///FILE, postgresql://USER@HOST/NAME, or none. "
        "[env: EMH_STORE; default: a file in the data folder of the user]",
    )
    secrets = click.option(
        "--store-keys",
        default="",
        metavar="FILE",
        help="Keys that encrypt what is stored. [env: EMH_STORE_KEYS; default: it is not encrypted]",
    )
    signing = click.option(
        "--signing-keys",
        default="",
        metavar="FILE",
        help="Keys that sign what is released. [env: EMH_SIGNING_KEYS; default: a key for trying out]",
    )
    peers = click.option(
        "--peers",
        default="",
        metavar="FILE",
        help="Peers that get what is signed. [env: EMH_PEERS; default: nobody]",
    )
    return cast("Command", url(secrets(signing(peers(with_store)))))


def security_options(command: Command) -> Command:
    """Add --tls-certificate, --tls-key, --client-ca and --issuers; the command gets them as ``security``."""

    @functools.wraps(command)
    def with_security(*, tls_certificate: str, tls_key: str, client_ca: str, issuers: str, **options: Any) -> None:  # noqa: ANN401 - of any type
        command(security=Security(tls_certificate, tls_key, client_ca, issuers), **options)

    certificate = click.option(
        "--tls-certificate",
        default="",
        metavar="FILE",
        help="Certificate chain that every door shows, PEM. [env: EMH_TLS_CERTIFICATE; default: no encryption]",
    )
    key = click.option(
        "--tls-key",
        default="",
        metavar="FILE",
        help="Private key of the certificate, PEM without password. [env: EMH_TLS_KEY]",
    )
    authority = click.option(
        "--client-ca",
        default="",
        metavar="FILE",
        help="Callers of gRPC show a certificate of this authority, PEM. [env: EMH_CLIENT_CA; default: none]",
    )
    issuers = click.option(
        "--issuers",
        default="",
        metavar="FILE",
        help="Callers of gRPC and FHIR send a token of these issuers. [env: EMH_ISSUERS; default: open]",
    )
    return cast("Command", certificate(key(authority(issuers(with_security)))))


def form_options(command: Command) -> Command:
    """Add the options of the form: --web-host, --web-staff, --web-user, --embed-origin, --studies, --web-language."""

    @functools.wraps(command)
    def with_form(
        *,
        web_host: tuple[str, ...],
        web_staff: str,
        web_user: str,
        embed_origin: tuple[str, ...],
        studies: str,
        web_language: str,
        **options: Any,  # noqa: ANN401 - of any type
    ) -> None:
        command(form=FormOptions(web_host, web_staff, web_user, embed_origin, studies, web_language), **options)

    hosts = click.option(
        "--web-host",
        multiple=True,
        metavar="NAME",
        help="Name the form is reached by, behind a proxy. May be repeated. [env: EMH_WEB_HOSTS]",
    )
    staff = click.option(
        "--web-staff",
        default="",
        metavar="FILE",
        help="People who use the form, with rank and supervisor. [env: EMH_WEB_STAFF; default: nobody]",
    )
    user = click.option(
        "--web-user",
        default="",
        metavar="HEADER",
        help="Header in which the proxy that signs people in names them. [env: EMH_WEB_USER]",
    )
    origins = click.option(
        "--embed-origin",
        multiple=True,
        metavar="ORIGIN",
        help="Viewer that may show the form in a frame, such as https://viewer.hospital.example. May be repeated. "
        "[env: EMH_EMBED_ORIGINS; default: nobody]",
    )
    sources = click.option(
        "--studies",
        default="",
        metavar="FILE",
        help="PACS and RIS whose studies the form's worklist shows. [env: EMH_STUDIES; default: none]",
    )
    language = click.option(
        "--web-language",
        default="",
        metavar="CODE",
        help="Language of the form where a browser asks for none it has: en, de. [env: EMH_WEB_LANGUAGE; default: en]",
    )
    return cast("Command", hosts(staff(user(origins(sources(language(with_form)))))))


def load(site: tuple[Path, ...], maps: tuple[str, ...]) -> Catalog:
    """Return the catalog that options and environment describe. Raises CatalogError, click.UsageError."""
    return load_settings(read_settings(site=site, maps=maps))


def load_settings(settings: Settings) -> Catalog:
    """Return the catalog of ``settings``. Raises CatalogError, and click.UsageError for a map nobody uses."""
    for name in sorted(settings.maps - OPTIONAL_MAPS):
        near = difflib.get_close_matches(name, OPTIONAL_MAPS, n=1) or sorted(OPTIONAL_MAPS)
        raise click.UsageError(f"no such code map: {name!r}; known are {', '.join(near)}")
    with progress("loading templates"):
        return load_catalog(settings.site, settings.maps, settings.cache)

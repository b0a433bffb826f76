"""emh-report serve: the gRPC service, and the first thing a newcomer sees of it."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from emh_report import __version__
from emh_report.catalog import Catalog
from emh_report.cli.exits import reported
from emh_report.cli.fhir import fhir_options, served
from emh_report.cli.metrics import counting, metrics_option
from emh_report.cli.options import (
    ReadSettings,
    check_address,
    export_options,
    form_options,
    load_settings,
    security_options,
    store_options,
)
from emh_report.cli.options import as_json as json_option
from emh_report.config import (
    DEFAULT_ADDRESS,
    DEFAULT_WEB,
    NO_STORE,
    OFF,
    FhirOptions,
    FormOptions,
    Security,
    Settings,
    StoreOptions,
)
from emh_report.errors import SettingError
from emh_report.opening import configured, opened

if TYPE_CHECKING:
    from emh_report.metrics import Metrics
    from emh_report.store import Store

LOOPBACK = ("localhost:", "127.", "[::1]:")


@click.command()
@click.option(
    "--address",
    default="",
    metavar="HOST:PORT",
    callback=check_address,
    help=f"Where to listen; port 0 takes a free one. [env: EMH_ADDRESS; default: {DEFAULT_ADDRESS}]",
)
@click.option(
    "--web",
    default="",
    metavar="HOST:PORT|off",
    callback=check_address,
    help=f"Where the radiologist's form is served, off for nowhere. [env: EMH_WEB; default: {DEFAULT_WEB}]",
)
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Server processes.")
@click.option("--no-deliver", is_flag=True, help="Leave what is to be delivered to emh-report deliver.")
@click.option(
    "--audit-reads/--no-audit-reads",
    default=None,
    help="Have the audit say who read which report. [env: EMH_AUDIT_READS; default: changes only]",
)
@click.option("--demo", is_flag=True, help="Send a published case through the running service and show the result.")
@json_option
@form_options
@fhir_options
@security_options
@metrics_option
@store_options
@export_options
def serve(  # noqa: PLR0913 - one parameter for each option
    settings: ReadSettings,
    address: str,
    web: str,
    *,
    form: FormOptions,
    fhir: FhirOptions,
    security: Security,
    metrics: str,
    store: StoreOptions,
    workers: int,
    no_deliver: bool,
    audit_reads: bool | None,
    demo: bool,
    as_json: bool,
) -> None:
    """Run the gRPC service, the radiologist's form and FHIR over HTTP until they are stopped (Ctrl-C, SIGTERM).

    Reports that are stored are kept in the database of --store; with --demo in a file that is gone afterwards.
    Without --tls-certificate there is no encryption, without --client-ca or --issuers no authentication of programs:
    listen on the loopback then, or behind something that has both.
    """
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # what gRPC's core has to say is said again below, in words
    with reported(as_json=as_json), _place(store, demo=demo) as kept:
        chosen = settings(
            address=address,
            store=kept,
            web=web,
            form=form,
            fhir=fhir,
            security=security,
            metrics=metrics,
            audit_reads=audit_reads,
        )
        if demo and any(chosen.security):
            raise SettingError("--demo", ["a service without certificate and issuers: it calls itself"])
        catalog = load_settings(chosen)
        from emh_report.grpc_server import access, logs, run

        logs.configure()
        access.check(chosen.security)
        _warn(chosen)
        with (
            _signing(chosen, catalog) as open_store,
            _delivering(chosen, open_store, wanted=not no_deliver),  # one process is enough, however many serve
            counting(chosen, open_store, workers) as (counts, shown, ends),
            _form(chosen, open_store, counts, demo=demo) as page,
            served(chosen, catalog, open_store, counts) as place,
        ):

            def ready(bound: list[str]) -> None:
                _announce(bound, Places(page, place, shown, *ends), catalog, chosen, as_json=as_json)
                if demo:
                    from emh_report.cli.demo import show

                    show(bound[0])

            if workers == 1:
                patient = chosen.create_patient
                run.serve(
                    catalog,
                    chosen.address,
                    ready,
                    create_patient=patient,
                    store=open_store,
                    security=chosen.security,
                    metrics=counts,
                )
            else:
                from emh_report.grpc_server import workers as processes  # only here: it brings multiprocessing

                processes.serve_workers(chosen, workers, ready)


@contextlib.contextmanager
def _signing(chosen: Settings, catalog: Catalog) -> Iterator[Store | None]:
    """Open the store, and see that its key signs. Raises what `opened` does, and SignerUnavailableError."""
    with opened(chosen, catalog, create=True) as store:
        if store is not None:
            store.ledger.signer.check()
        yield store


@contextlib.contextmanager
def _delivering(chosen: Settings, store: Store | None, *, wanted: bool = True) -> Iterator[None]:
    """Deliver to the peers of the installation while the block runs, where it has any and that is wanted here."""
    peers = configured(chosen)
    if not peers or store is None or not wanted:
        yield
        return
    from emh_report.delivery import delivering

    with delivering(store, peers):
        yield


@contextlib.contextmanager
def _place(options: StoreOptions, *, demo: bool) -> Iterator[StoreOptions]:
    """Keep what a demonstration stores in a file of its own, unless it was told where."""
    if not demo or options.url or os.environ.get("EMH_STORE"):
        yield options
        return
    with tempfile.TemporaryDirectory(prefix="emh-report-") as folder:
        yield options._replace(url=f"sqlite:///{folder}/reports.db")


def _warn(chosen: Settings) -> None:
    """Say which doors beyond this machine lack a lock: gRPC, the form (a proxy says who uses it), FHIR."""
    plain, tokens = not chosen.security.certificate, bool(chosen.security.issuers)
    doors = (
        (chosen.address, "what is sent", tokens or bool(chosen.security.client_ca)),
        (chosen.web, "and write reports", False),
        (chosen.fhir.address, "all reports", tokens or bool(chosen.fhir.tokens)),
    )
    for address, what, known in doors:
        lacking = [*(["encryption"] if plain else []), *([] if known else ["authentication"])]
        if lacking and address not in ("", OFF) and not address.startswith(LOOPBACK):
            text = f"warning: whoever reaches {address} can read {what}: no {', no '.join(lacking)}"
            click.secho(text, fg="yellow", err=True)


@contextlib.contextmanager
def _form(chosen: Settings, store: Store | None, counts: Metrics | None = None, *, demo: bool) -> Iterator[str]:
    """Serve the form while the block runs; gives its address, or nothing where it is not served.

    Raises ConnectionError where an address that was asked for cannot be listened on.
    """
    if chosen.web == OFF:
        yield ""
        return
    if store is None:
        click.secho(
            "warning: the form is not served, since it keeps reports and --store is none", fg="yellow", err=True
        )
        yield ""
        return
    from emh_report.sources import Board, read_sources
    from emh_report.web.language import named
    from emh_report.web.people import Staff, demo_people
    from emh_report.web.samples import samples
    from emh_report.web.server import running
    from emh_report.web.staff import read_staff

    hosts, file, user, origins, studies, code = chosen.form
    people = read_staff(Path(file)) if file else demo_people() if demo else {}
    staff = Staff(people, user, hosts=hosts, origins=origins, language=named(code))
    if not staff.people:
        text = "warning: nobody can sign in at the form: --web-staff and --web-user say who may, or --demo shows it"
        click.secho(text, fg="yellow", err=True)
    with contextlib.ExitStack() as stack:
        board = stack.enter_context(Board(read_sources(Path(studies)), store.catalog)) if studies else None
        try:
            found = samples() if demo else {}
            page = stack.enter_context(
                running(store, chosen.web or DEFAULT_WEB, found, staff, board, security=chosen.security, metrics=counts)
            )
        except ConnectionError as error:
            if chosen.web:
                raise
            text = f"warning: the form is not served: {error}; --web HOST:PORT chooses another address"
            click.secho(text, fg="yellow", err=True)
            page = ""
        yield page


class Places(NamedTuple):
    """Where each door is over HTTP, and until when certificates are valid; empty where there is none."""

    web: str
    fhir: str
    metrics: str
    certificate_ends: str
    client_ca_ends: str


def _announce(bound: list[str], places: Places, catalog: Catalog, settings: Settings, *, as_json: bool) -> None:
    terms = sum(len(vocabulary.terms) for vocabulary in catalog.vocabularies.values())
    if as_json:
        event = {
            "event": "listening",
            "addresses": bound,
            **places._asdict(),
            "templates": len(catalog.templates),
        }
        click.echo(json.dumps(event))
        return
    click.secho(f"emh_report {__version__} is listening on {' and '.join(bound)}", bold=True)
    if places.web:
        click.secho(f"the radiologist's form: {places.web}", bold=True)
    if places.fhir:
        click.secho(f"FHIR: {places.fhir}/R4 and {places.fhir}/R5", bold=True)
    if places.metrics:
        click.secho(f"metrics: {places.metrics}/metrics", bold=True)
    if places.certificate_ends:
        click.echo(f"the certificate is valid until {places.certificate_ends}")
    if places.client_ca_ends:
        click.echo(f"the first of the authorities of callers is valid until {places.client_ca_ends}")
    click.echo(
        f"{len(catalog.templates)} templates, {len(catalog.vocabularies)} vocabularies with {terms} terms, "
        f"{len(catalog.rules)} rules; stop it with Ctrl-C"
    )
    click.echo(_kept(settings))
    if peers := configured(settings):
        click.echo(f"what is signed is delivered to {', '.join(one.peer.name for one in peers)}")


def _kept(settings: Settings) -> str:
    """Say where reports are kept and how well, and never the password of a database."""
    if settings.store == NO_STORE:
        return "reports are not kept"
    place = settings.store if settings.store.startswith("sqlite:") else "PostgreSQL"
    how = "encrypted" if settings.store_keys else "not encrypted"
    by = "your keys" if settings.signing_keys else "a key for trying out, which proves nothing to others"
    return f"reports are kept in {place}, {how}; signed with {by}"

"""emh-report serve: the gRPC service, and the first thing a newcomer sees of it."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator

import click

from emh_report import __version__
from emh_report.catalog import Catalog
from emh_report.cli.exits import reported
from emh_report.cli.options import ReadSettings, export_options, load_settings, store_options
from emh_report.cli.options import as_json as json_option
from emh_report.config import DEFAULT_ADDRESS, NO_STORE, Settings, StoreOptions
from emh_report.opening import opened

LOOPBACK = ("localhost:", "127.", "[::1]:")


def _check_address(_context: click.Context, _option: click.Parameter, value: str) -> str:
    host, _, port = value.rpartition(":")
    if value and not (host and port.isascii() and port.isdigit() and int(port) < 2**16):
        raise click.BadParameter("HOST:PORT is needed, such as localhost:50051 or [::1]:0")
    return value


@click.command()
@click.option(
    "--address",
    default="",
    metavar="HOST:PORT",
    callback=_check_address,
    help=f"Where to listen; port 0 takes a free one. [env: EMH_ADDRESS; default: {DEFAULT_ADDRESS}]",
)
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Server processes.")
@click.option("--demo", is_flag=True, help="Send a published case through the running service and show the result.")
@json_option
@store_options
@export_options
def serve(
    settings: ReadSettings, address: str, *, store: StoreOptions, workers: int, demo: bool, as_json: bool
) -> None:
    """Run the gRPC service until it is stopped (Ctrl-C, SIGTERM).

    Reports that are stored are kept in the database of --store; with --demo in a file that is gone afterwards.
    There is no encryption and no authentication: listen on the loopback, or behind something that has both.
    """
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # what gRPC's core has to say is said again below, in words
    with reported(as_json=as_json), _place(store, demo=demo) as kept:
        chosen = settings(address=address, store=kept)
        catalog = load_settings(chosen)
        from emh_report.grpc_server import logs, run

        logs.configure()
        if not chosen.address.startswith(LOOPBACK):
            click.secho(
                "warning: whoever reaches this address can read what is sent: no encryption", fg="yellow", err=True
            )

        def ready(bound: list[str]) -> None:
            _announce(bound, catalog, chosen, as_json=as_json)
            if demo:
                from emh_report.cli.demo import show

                show(bound[0])

        if workers == 1:
            with opened(chosen, catalog) as open_store:
                run.serve(catalog, chosen.address, ready, create_patient=chosen.create_patient, store=open_store)
        else:
            from emh_report.grpc_server import workers as processes  # only here: it brings multiprocessing

            processes.serve_workers(chosen, workers, ready)


@contextlib.contextmanager
def _place(options: StoreOptions, *, demo: bool) -> Iterator[StoreOptions]:
    """Keep what a demonstration stores in a file of its own, unless it was told where."""
    if not demo or options.url or os.environ.get("EMH_STORE"):
        yield options
        return
    with tempfile.TemporaryDirectory(prefix="emh-report-") as folder:
        yield options._replace(url=f"sqlite:///{folder}/reports.db")


def _announce(bound: list[str], catalog: Catalog, settings: Settings, *, as_json: bool) -> None:
    terms = sum(len(vocabulary.terms) for vocabulary in catalog.vocabularies.values())
    if as_json:
        click.echo(json.dumps({"event": "listening", "addresses": bound, "templates": len(catalog.templates)}))
        return
    click.secho(f"emh_report {__version__} is listening on {' and '.join(bound)}", bold=True)
    click.echo(
        f"{len(catalog.templates)} templates, {len(catalog.vocabularies)} vocabularies with {terms} terms, "
        f"{len(catalog.rules)} rules; stop it with Ctrl-C"
    )
    click.echo(_kept(settings))


def _kept(settings: Settings) -> str:
    """Say where reports are kept and how well, and never the password of a database."""
    if settings.store == NO_STORE:
        return "reports are not kept"
    place = settings.store if settings.store.startswith("sqlite:") else "PostgreSQL"
    how = "encrypted" if settings.store_keys else "not encrypted"
    by = "your keys" if settings.signing_keys else "a key for trying out, which proves nothing to others"
    return f"reports are kept in {place}, {how}; signed with {by}"

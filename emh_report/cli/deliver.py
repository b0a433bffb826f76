"""emh-report deliver and deliveries: reports on their way to peers."""

from __future__ import annotations

import functools
import getpass
import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from emh_report.cli.exits import reported
from emh_report.cli.options import as_json as json_option
from emh_report.cli.options import catalog_options, load_settings, store_options
from emh_report.cli.output import print_json, table, tell_of_more
from emh_report.config import Settings, StoreOptions, read_settings
from emh_report.context import Identifier, Practitioner
from emh_report.deliveries import Delivery, DeliveryQuery, DeliveryState
from emh_report.lifecycle import Actor, Rank
from emh_report.opening import configured, opened

if TYPE_CHECKING:
    from emh_report.store import Store

Command = TypeVar("Command", bound=Callable[..., Any])

OPERATOR = "urn:emh-report:operator"
"""System of the identifier of an operator: the name of the account on this machine."""


def _with_store(command: Command) -> Command:
    """Add the options that name the store; the command gets it opened, and the settings."""

    @functools.wraps(command)
    def run(
        *,
        store: StoreOptions,
        site: tuple[Path, ...],
        maps: tuple[str, ...],
        as_json: bool,
        **options: Any,  # noqa: ANN401
    ) -> None:
        with reported(as_json=as_json):
            settings = read_settings(site=site, maps=maps, store=store)
            with opened(settings, load_settings(settings)) as found:
                if found is None:
                    raise click.UsageError("--store none: nothing is kept there")
                command(found, settings, as_json=as_json, **options)

    return cast("Command", store_options(catalog_options(json_option(run))))


@click.command()
@click.option("--once", is_flag=True, help="End when nothing is due and nothing is on its way.")
@_with_store
def deliver(store: Store, settings: Settings, *, once: bool, as_json: bool) -> None:
    """Deliver what is signed to the peers of --peers, until stopped (Ctrl-C, SIGTERM).

    Any number of these may work on one store, beside any number of servers. With --once it ends when nothing is due and
    nothing is on its way; what waits for its next try is left.
    """
    from emh_report.delivery import Worker
    from emh_report.grpc_server import logs

    peers = configured(settings)
    if not peers:
        raise click.UsageError("no peers: name their file with --peers")
    logs.configure()
    worker = Worker(store, peers)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stop())
    if as_json:
        click.echo(json.dumps({"event": "delivering", "peers": [one.peer.name for one in peers]}))
    else:
        click.echo(f"delivering to {', '.join(one.peer.name for one in peers)}; stop it with Ctrl-C")
    worker.run(once=once)


@click.group()
def deliveries() -> None:
    """Look at what goes to peers, and decide about what they refuse."""


HEAD = ("delivery", "report", "version", "peer", "state", "attempts", "next_try", "error")


@deliveries.command("list")
@click.option("--report", default="", metavar="ID", help="Of this report.")
@click.option("--peer", default="", metavar="NAME", help="To this peer.")
@click.option("--state", "states", multiple=True, type=click.Choice([one.value for one in DeliveryState]))
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000), help="At most so many.")
@_with_store
def list_deliveries(
    store: Store, _: Settings, *, report: str, peer: str, states: tuple[str, ...], limit: int, as_json: bool
) -> None:
    """List deliveries, newest first; what a peer said about a refused one stands below it."""
    query = DeliveryQuery(report, peer, tuple(DeliveryState(state) for state in states))
    found, more = _found(store, query, limit)
    if as_json:
        print_json([{**one._asdict(), "state": one.state.value} for one in found])
    elif found:
        table([name.upper() for name in HEAD], [_row(one) for one in found], [one.details for one in found])
    if more:
        tell_of_more(limit)


def _found(store: Store, query: DeliveryQuery, limit: int) -> tuple[list[Delivery], bool]:
    """Return at most so many deliveries, and whether there are more."""
    found: list[Delivery] = []
    token = ""
    while len(found) < limit:
        page = store.deliveries.list(query, size=min(limit - len(found), 200), token=token)
        found += page.deliveries
        token = page.next_token
        if not token:
            break
    return found, bool(token)


def _row(one: Delivery) -> tuple[str, ...]:
    waits = one.state is DeliveryState.PENDING
    error = f"waits for version {one.waits_for}" if one.waits_for else one.error
    when = one.next_try if waits and not one.waits_for else ""
    report = (one.delivery_id, one.report_id, str(one.version), one.peer)
    return (*report, one.state.value, str(one.attempts), when, error)


@deliveries.command()
@_with_store
def peers(store: Store, _: Settings, *, as_json: bool) -> None:
    """List peers, and how many deliveries to each are in which state."""
    found = store.deliveries.peers()
    if as_json:
        print_json([{"peer": one.name, "configured": one.peer is not None, **_counts(one.counts)} for one in found])
    elif found:
        rows = [(one.name, one.peer.target if one.peer else "not configured", *_texts(one.counts)) for one in found]
        table(("PEER", "TARGET", *(state.value.upper() for state in DeliveryState)), rows)


def _counts(counts: dict[DeliveryState, int]) -> dict[str, int]:
    return {state.value: counts.get(state, 0) for state in DeliveryState}


def _texts(counts: dict[DeliveryState, int]) -> list[str]:
    return [str(number) for number in _counts(counts).values()]


def _operator() -> Actor:
    return Actor(Practitioner(Identifier(OPERATOR, getpass.getuser())), Rank.RECORDS)


@deliveries.command()
@click.argument("delivery_ids", nargs=-1, metavar="[DELIVERY]...")
@click.option("--peer", default="", metavar="NAME", help="All that this peer has refused.")
@_with_store
def resend(store: Store, _: Settings, *, delivery_ids: tuple[str, ...], peer: str, as_json: bool) -> None:
    """Send deliveries again, made anew: those named, or all that a peer has refused."""
    if bool(delivery_ids) == bool(peer):
        raise click.UsageError("name deliveries, or a peer with --peer")
    if peer:
        refused, _more = _found(store, DeliveryQuery(peer=peer, states=(DeliveryState.REFUSED,)), 1_000_000)
        delivery_ids = tuple(one.delivery_id for one in reversed(refused))
    done = [store.deliveries.resend(id_, _operator()).delivery_id for id_ in delivery_ids]
    click.echo(json.dumps({"resent": done}) if as_json else f"{len(done)} will be sent again")


@deliveries.command()
@click.argument("delivery_id", metavar="DELIVERY")
@click.option("--reason", required=True, help="Why this peer does not get this version; kept in the store.")
@_with_store
def skip(store: Store, _: Settings, *, delivery_id: str, reason: str, as_json: bool) -> None:
    """Decide that a peer does not get a version, so that later ones go on."""
    done = store.deliveries.skip(delivery_id, _operator(), reason)
    click.echo(json.dumps({"skipped": done.delivery_id}) if as_json else "skipped; later versions go on")


@deliveries.command()
@click.argument("peer")
@_with_store
def backfill(store: Store, _: Settings, *, peer: str, as_json: bool) -> None:
    """Note for a new PEER of the file every version that was signed before. May be repeated."""
    number = store.deliveries.backfill(peer)
    click.echo(json.dumps({"noted": number}) if as_json else f"{number} versions will be delivered to {peer}")

"""emh-report deliver and deliveries: reports on their way to peers."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING

import click

from emh_report.cli.output import print_json, table, tell_of_more
from emh_report.cli.storing import note, operator, record, with_store
from emh_report.config import Settings
from emh_report.deliveries import Delivery, DeliveryQuery, DeliveryState
from emh_report.opening import configured
from emh_report.reads import OperatorAction, Read, ReadAction

if TYPE_CHECKING:
    from emh_report.store import Store


@click.command()
@click.option("--once", is_flag=True, help="End when nothing is due and nothing is on its way.")
@with_store
@click.pass_obj
def deliver(settings: Settings, store: Store, *, once: bool, as_json: bool) -> None:
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
@with_store
def list_deliveries(
    store: Store, *, report: str, peer: str, states: tuple[str, ...], limit: int, as_json: bool
) -> None:
    """List deliveries, newest first; what a peer said about a refused one stands below it."""
    query = DeliveryQuery(report, peer, tuple(DeliveryState(state) for state in states))
    found, more = _found(store, query, limit)
    note(store, Read(ReadAction.SEARCH, found=len(found)))
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
@with_store
def peers(store: Store, *, as_json: bool) -> None:
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


@deliveries.command()
@click.argument("delivery_ids", nargs=-1, metavar="[DELIVERY]...")
@click.option("--peer", default="", metavar="NAME", help="All that this peer has refused.")
@with_store
def resend(store: Store, *, delivery_ids: tuple[str, ...], peer: str, as_json: bool) -> None:
    """Send deliveries again, made anew: those named, or all that a peer has refused."""
    if bool(delivery_ids) == bool(peer):
        raise click.UsageError("name deliveries, or a peer with --peer")
    if peer:
        refused, _more = _found(store, DeliveryQuery(peer=peer, states=(DeliveryState.REFUSED,)), 1_000_000)
        delivery_ids = tuple(one.delivery_id for one in reversed(refused))
    done = [store.deliveries.resend(id_, operator()).delivery_id for id_ in delivery_ids]
    click.echo(json.dumps({"resent": done}) if as_json else f"{len(done)} will be sent again")


@deliveries.command()
@click.argument("delivery_id", metavar="DELIVERY")
@click.option("--reason", required=True, help="Why this peer does not get this version; kept in the store.")
@with_store
def skip(store: Store, *, delivery_id: str, reason: str, as_json: bool) -> None:
    """Decide that a peer does not get a version, so that later ones go on."""
    done = store.deliveries.skip(delivery_id, operator(), reason)
    click.echo(json.dumps({"skipped": done.delivery_id}) if as_json else "skipped; later versions go on")


@deliveries.command()
@click.argument("peer")
@with_store
def backfill(store: Store, *, peer: str, as_json: bool) -> None:
    """Note for a new PEER of the file every version that was signed before. May be repeated."""
    record(store, OperatorAction.BACKFILL)
    number = store.deliveries.backfill(peer)
    click.echo(json.dumps({"noted": number}) if as_json else f"{number} versions will be delivered to {peer}")

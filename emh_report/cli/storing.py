"""The store that a command works on, who works on it, and what the audit says of that."""

from __future__ import annotations

import contextvars
import functools
import getpass
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from emh_report.cli.exits import reported
from emh_report.cli.options import as_json as json_option
from emh_report.cli.options import catalog_options, load_settings, store_options
from emh_report.config import StoreOptions, read_settings
from emh_report.context import Identifier, Practitioner
from emh_report.lifecycle import Actor, Rank
from emh_report.opening import opened
from emh_report.program import CALLING, OWN
from emh_report.reads import OperatorAction, Read

if TYPE_CHECKING:
    from emh_report.store import Store

Command = TypeVar("Command", bound=Callable[..., Any])

OPERATOR = "urn:emh-report:operator"
"""System of the identifier of an operator: the name of the account on this machine."""


def with_store(command: Command) -> Command:
    """Add the options that name the store; the command gets it as ``store``, opened, and the settings by pass_obj.

    What it writes in the audit names it as the program.
    """

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
                context = click.get_current_context()
                context.obj = settings
                here = contextvars.copy_context()
                here.run(CALLING.set, _program(context))
                here.run(functools.partial(command, found, as_json=as_json, **options))

    return cast("Command", store_options(catalog_options(json_option(run))))


def _program(context: click.Context) -> Identifier:
    names: list[str] = []
    while context.parent is not None:  # the last one has what the program was called by
        names.insert(0, str(context.info_name))
        context = context.parent
    return Identifier(OWN, " ".join(("emh-report", *names)))


def operator() -> Actor:
    """Return who gives this command: the account that it runs under, which no variable of the environment changes."""
    return Actor(Practitioner(Identifier(OPERATOR, _account())), Rank.RECORDS)


def _account() -> str:
    if sys.platform == "win32":
        return getpass.getuser()
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # as in a container that was given a number
        return str(os.getuid())


def note(store: Store, read: Read) -> None:
    """Tell the audit what this command reads, where it has reads. Raises StoreUnavailableError; then show nothing."""
    if store.note:
        store.note(read._replace(actor=operator()))


def record(store: Store, action: OperatorAction, found: int = 0) -> None:
    """Tell the audit what this command does to all reports. Raises StoreUnavailableError; then leave it."""
    store.noted(Read(action, found=found, actor=operator()))

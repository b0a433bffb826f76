"""What people read: tables, colour where there is a terminal, a sign of life where something takes long."""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
import textwrap
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click

SLOW_SECONDS = 2.0
GAP = "  "
WIDTH = 120
"""Columns of lines that are wrapped, where the terminal has more or there is none."""


def colour_wanted() -> bool | None:
    """None: where there is a terminal. False: never (https://no-color.org)."""
    return False if os.environ.get("NO_COLOR") else None


def speak_utf8() -> None:
    """Print UTF-8 into files and pipes, whatever the locale; a terminal shows the number of what it has no sign for."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="backslashreplace")


def print_json(data: object) -> None:
    """Print ``data`` for machines."""
    click.echo(json.dumps(data, ensure_ascii=False, indent=1))


def table(head: Sequence[str], rows: Sequence[Sequence[str]], notes: Sequence[Sequence[str]] = ()) -> None:
    """Print rows below a head, columns as wide as their widest cell; the last one is not padded.

    ``notes`` are sentences for each row, printed below it from the second column on.
    """
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    click.secho(_line(head, widths), bold=True)
    for position, row in enumerate(rows):
        click.echo(_line(row, widths))
        for note in notes[position] if notes else ():
            click.echo(_wrapped(note, widths[0] + len(GAP)))


def print_rows(names: Sequence[str], rows: Sequence[Sequence[str | int]], *, as_json: bool) -> None:
    """Print rows for machines, numbers as numbers, or as a table where there are any."""
    if as_json:
        print_json([dict(zip(names, row, strict=True)) for row in rows])
    elif rows:
        head = [name.removesuffix("_id").upper() for name in names]
        table(head, [[str(cell) for cell in row] for row in rows])


def tell_of_more(limit: int) -> None:
    """Say on stderr that a list is longer than what is shown of it."""
    click.secho(f"only the newest {limit} are listed; --limit N lists more", fg="yellow", err=True)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return GAP.join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def _wrapped(text: str, indent: int) -> str:
    columns = min(WIDTH, shutil.get_terminal_size((WIDTH, 0)).columns)
    margin = " " * indent
    return textwrap.fill(
        text,
        max(columns, indent + 40),
        initial_indent=margin,
        subsequent_indent=f"{margin}{GAP}",
        break_long_words=False,
    )


@contextmanager
def progress(what: str) -> Iterator[None]:
    """Say on stderr what is being done, where it takes longer than two seconds, and again every two.

    Only where somebody looks on: in a log or a pipe such lines would be mistaken for errors.
    """
    if not sys.stderr.isatty():
        yield
        return
    done = threading.Event()

    def tell() -> None:
        seconds = SLOW_SECONDS
        while not done.wait(SLOW_SECONDS):
            click.echo(f"{what} … {seconds:.0f} s", err=True)
            seconds += SLOW_SECONDS

    thread = threading.Thread(target=tell, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()

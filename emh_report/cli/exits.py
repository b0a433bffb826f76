"""How a command ends: one exit code for each kind of trouble, and one place that turns errors into them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import Final

import click

from emh_report.cli.verdicts import print_issue
from emh_report.errors import (
    CatalogError,
    EmhReportError,
    InputError,
    InvalidReportError,
    IssuersError,
    MissingExtraError,
    NoStoreError,
    NotFoundError,
    NotStoredError,
    PeersError,
    SettingError,
    SourcesError,
)


class Exit(IntEnum):
    """Exit codes, also listed by ``emh-report --help``."""

    OK = 0
    REPORT_HAS_ERRORS = 1
    USAGE = 2
    FILE = 3
    CATALOG = 4
    SERVICE = 5


EXIT_CODES = """\b
Exit codes:
  0  done; for validate: the report has no errors
  1  the report has errors, or cannot be released in the state asked for; a check found damage
  2  wrong usage or setting, or a template, vocabulary, report or store that is not there
  3  a file cannot be read or written, or is not a draft
  4  a template, vocabulary or rule file of this installation is wrong
  5  the service cannot listen, or service or store cannot be reached
"""


NAMED_WRONG: Final = (
    NotFoundError,
    NotStoredError,
    NoStoreError,
    MissingExtraError,
    SettingError,
    PeersError,
    SourcesError,
    IssuersError,
)
"""Errors of what was named on the command line, in a variable or in a file of settings."""


def code_of(error: BaseException) -> Exit:
    """Return the exit code of ``error``."""
    match error:
        case InvalidReportError():
            return Exit.REPORT_HAS_ERRORS
        case InputError():
            return Exit.FILE
        case CatalogError():
            return Exit.CATALOG
        case _ if isinstance(error, NAMED_WRONG):
            return Exit.USAGE
        case EmhReportError() | ConnectionError():
            return Exit.SERVICE
        case _:
            return Exit.FILE


@contextmanager
def reported(*, as_json: bool) -> Iterator[None]:
    """End the program with message and exit code for every error that has one; others are bugs and pass."""
    try:
        yield
    except BrokenPipeError:  # the reader has seen enough, as `head` has: click ends the program in silence
        raise
    except (EmhReportError, OSError) as error:
        if as_json:
            click.echo(json.dumps({"error": _data(error)}, ensure_ascii=False), err=True)
        else:
            for issue in error.issues if isinstance(error, InvalidReportError) else ():
                print_issue(issue, err=True)
            click.echo(f"{click.style('error:', fg='red', bold=True)} {_text(error)}", err=True)
        sys.exit(code_of(error))


def _text(error: BaseException) -> str:
    if isinstance(error, InputError):
        text = "\n       ".join(f"{path}: {reason}" if path else reason for path, reason in error.violations)
        return f"{error.file}: {text}" if error.file else text
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return "\n       ".join((str(error), *getattr(error, "__notes__", ())))


def _data(error: BaseException) -> dict[str, object]:
    data: dict[str, object] = {"kind": type(error).__name__, "message": _text(error)}
    if isinstance(error, InputError):
        data["violations"] = [{"path": path, "reason": reason} for path, reason in error.violations]
    if isinstance(error, InvalidReportError):
        from emh_report.wire.json_form import json_form
        from emh_report.wire.verdict import write_issue

        data["issues"] = [json_form(write_issue(issue)) for issue in error.issues]
    return data

"""A catalog that was built before, in a file of the user, so that a command line starts in half the time.

It must never change an answer. The name of the file is the digest of all that a catalog is made from: every byte of
the TOML files and of the code that reads them, and the version of Python. Its content is behind a digest of its own.
A file that is damaged, or that others may write, is not read; one that cannot be written is done without.

Only data is revived, of the classes listed here and no other: functions of rules are compiled again.
"""

from __future__ import annotations

import contextlib
import copyreg
import dataclasses
import hashlib
import io
import os
import pickle
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from enum import Enum
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from emh_report.catalog.rule_tests import compile_tests
from emh_report.catalog.source import Source
from emh_report.codes import Code, Coding, Concept
from emh_report.conditions import Clause, Condition
from emh_report.decimals import Unit
from emh_report.issues import Severity
from emh_report.macros import Macro
from emh_report.plan import Plan
from emh_report.rules import Rule
from emh_report.suggestions import Suggestion, Suggestions
from emh_report.template import Bounds, Field, GroupDefinition, Kind, Renamed, Role, Says, Template
from emh_report.thresholds import Threshold, Thresholds
from emh_report.values import LevelTables
from emh_report.vocabulary import SystemInfo, Term, Vocabulary

KEPT: Final = 8
"""Snapshots that are kept: a person may work with several sites and versions."""
CODE: Final = ("*.py", "catalog/*.py", "predicates/*.py", "values/*.py")
"""Files of the package that a catalog is made by."""
DIGEST: Final = hashlib.sha256().digest_size
DAMAGED: Final = (
    pickle.UnpicklingError,
    ArithmeticError,
    AttributeError,
    EOFError,
    ImportError,
    LookupError,
    OSError,
    TypeError,
    ValueError,
)
"""What reading a file can raise that is not what was written."""


def file_of(folder: Path, source: Source, maps: frozenset[str]) -> Path:
    """Return the file for the catalog of ``source`` and ``maps``. Raises OSError for a source that cannot be read."""
    digest = hashlib.sha256(repr((sys.version, sorted(maps))).encode())
    for name, content in (*_code(), *source.files()):
        digest.update(f"\0{name}\0{len(content)}\0".encode())
        digest.update(content)
    return folder / f"catalog-{digest.hexdigest()}.bin"


def _code() -> Iterator[tuple[str, bytes]]:
    package = Path(__file__).resolve().parent.parent
    for pattern in CODE:
        yield from ((path.name, path.read_bytes()) for path in sorted(package.glob(pattern)))


def read(file: Path) -> object:
    """Return what a file keeps; None where there is none, or where it is not what was written."""
    try:
        with file.open("rb") as opened:
            if not _is_own(os.fstat(opened.fileno())):
                return None
            content = opened.read()
        known, data = content[:DIGEST], content[DIGEST:]
        return _Reader(io.BytesIO(data)).load() if hashlib.sha256(data).digest() == known else None
    except DAMAGED:
        return None


def _is_own(status: os.stat_result) -> bool:
    """Whether nobody but the user, or who runs the machine, can have written a file."""
    known = {0, os.getuid()} if hasattr(os, "getuid") else {status.st_uid}
    return status.st_uid in known and not status.st_mode & 0o022


def keep(file: Path, found: object) -> None:
    """Write a snapshot, all of it or nothing, and take away old ones; nothing where the folder cannot be written."""
    with contextlib.suppress(OSError):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        data = io.BytesIO()
        writer = pickle.Pickler(data, protocol=5)
        writer.dispatch_table = {**copyreg.dispatch_table, **_reducers()}
        writer.dump(found)
        _replace(file, hashlib.sha256(data.getvalue()).digest() + data.getvalue())
        others = sorted(file.parent.glob("catalog-*.bin"), key=lambda other: other.stat().st_mtime, reverse=True)
        for other in others[KEPT:]:
            other.unlink(missing_ok=True)


def _replace(file: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=file.parent)
    try:
        with os.fdopen(handle, "wb") as opened:
            opened.write(content)
        Path(name).replace(file)
    except BaseException:  # also when interrupted: no half file stays, and the error goes on
        Path(name).unlink(missing_ok=True)
        raise


Reduced = tuple[Callable[..., Any], tuple[Any, ...]]
"""What makes an object again, and from what."""


def _reducers() -> dict[type, Callable[[Any], Reduced]]:
    """Return how each class is written: as its constructor has it, which is quicker to read than what pickle does."""
    classes = [one for one in KNOWN.values() if isinstance(one, type)]
    plain = {one: _parts for one in classes if dataclasses.is_dataclass(one)}
    members = {one: _member for one in classes if issubclass(one, Enum)}
    return {**plain, **members, Rule: _rule_parts, MappingProxyType: lambda found: (revive_mapping, (dict(found),))}


def _member(found: Enum) -> Reduced:
    """Return a member of an enumeration by its value; Python 3.11.0 to 3.11.3 would write getattr and its name."""
    return type(found), (found.value,)


def _parts(found: Any) -> Reduced:  # noqa: ANN401 - any dataclass
    return type(found), tuple(getattr(found, field.name) for field in dataclasses.fields(found))


def _rule_parts(rule: Rule) -> Reduced:
    names = [field.name for field in dataclasses.fields(rule) if field.name not in ("tests", "test")]
    return revive_rule, ({name: getattr(rule, name) for name in names},)


def revive_rule(parts: Mapping[str, Any]) -> Rule:
    """Return a rule of its data, compiled again."""
    tests, test = compile_tests(parts["when"], parts["predicate"], parts["params"])
    return Rule(**parts, tests=tests, test=test)


def revive_mapping(found: dict[str, object]) -> Mapping[str, object]:
    """Return a mapping that cannot be changed."""
    return MappingProxyType(found)


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> object:
        return KNOWN[module, name]


def _known() -> Iterator[type | Callable[..., object]]:
    from emh_report.catalog import Catalog

    yield from (Catalog, Decimal, LevelTables, revive_mapping, revive_rule)
    yield from (Bounds, Clause, Code, Coding, Concept, Condition, Field, GroupDefinition, Kind, Plan, Renamed)
    yield from (Suggestion, Suggestions)
    yield from (Macro, Role, Says, Severity, SystemInfo, Template, Term, Threshold, Thresholds, Unit, Vocabulary)


KNOWN: Final = {(one.__module__, one.__qualname__): one for one in _known()}

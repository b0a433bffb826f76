"""The command line as tests call it: in this process, with catalogs loaded once."""

import functools
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from emh_report import demo
from emh_report.catalog import Catalog, load_catalog
from emh_report.cli import main, options
from tests.case_files import catalog

CASE = str(demo.case_file())
PROGRAM = str(Path(sys.executable).with_name("emh-report"))


@functools.cache
def load_once(site: tuple[Path, ...], maps: frozenset[str], _cache: Path | None) -> Catalog:
    return load_catalog(site, maps) if site or maps else catalog()


def run(*arguments: str, stdin: bytes | None = None, env: dict[str, str] | None = None) -> Result:
    """Run a command and return what it printed, and its exit code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(options, "load_catalog", load_once)
        return CliRunner().invoke(main, arguments, input=stdin, env=env)


def data(*arguments: str, code: int = 0, stdin: bytes | None = None) -> Any:  # noqa: ANN401 - JSON
    """Run a command with --json and return what it printed."""
    result = run(*arguments, "--json", stdin=stdin)
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)

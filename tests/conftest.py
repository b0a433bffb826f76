"""What every test may rely on.

`component` finds a program that `make setup` does not install. A test that needs one is skipped, with the reason, where
it is missing; where EMH_REQUIRE_COMPONENTS=1 is set (.ci/run), a skipped test fails the session instead.
"""

import atexit
import functools
import os
import pickle
import shutil
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

from tests.drawing import SHARE

if TYPE_CHECKING:
    from emh_report.store import Store

# `emh-report serve` keeps reports in the data folder of its user; that of whoever runs the tests is not for tests.
os.environ["XDG_DATA_HOME"] = tempfile.mkdtemp(prefix="emh-tests-")
atexit.register(shutil.rmtree, os.environ["XDG_DATA_HOME"], ignore_errors=True)
os.environ["XDG_CACHE_HOME"] = os.environ["XDG_DATA_HOME"]

ROOT = Path(__file__).resolve().parent.parent
REQUIRED = os.environ.get("EMH_REQUIRE_COMPONENTS") == "1"

# Shared cores make single examples slow at random; a gate must give the same answer twice.
hypothesis.settings.register_profile("local", deadline=None, max_examples=100 // SHARE)
hypothesis.settings.register_profile("ci", parent=hypothesis.settings.get_profile("local"), derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "local")

# Servers that tests start do not all want one port for the form; those that are about it ask for one.
os.environ["EMH_WEB"] = "off"
os.environ["EMH_FHIR"] = "off"

# All that tests call is on this machine, where no proxy leads that the environment of whoever runs them names.
for _name in ("no_proxy", "NO_PROXY"):
    os.environ[_name] = ",".join(filter(None, ("localhost,127.0.0.1,::1", os.environ.get(_name))))

# Tables are as wide as the terminal; that of whoever runs the tests is not for tests, nor what pytest-xdist sets.
os.environ.pop("COLUMNS", None)

# A hundred tests build a catalog of nearly the same two hundred files: each text is parsed once, a copy for everybody.
_parsed = functools.cache(lambda text, parse=tomllib.loads: pickle.dumps(parse(text)))
tomllib.loads = lambda text, **options: pickle.loads(_parsed(text, **options))  # noqa: S301 - of the line above

_skipped: list[str] = []


def find_component(name: str) -> Path | None:
    """Return the program called `name` from this environment, node_modules or PATH; None when there is none."""
    folders = [str(Path(sys.executable).parent), str(ROOT / "node_modules" / ".bin"), os.environ.get("PATH", "")]
    found = shutil.which(name, path=os.pathsep.join(folders))
    return Path(found) if found else None


@pytest.fixture(scope="session")
def component() -> Callable[[str], Path]:
    """Return a function from a program's name to its path, which skips the test when the program is missing."""

    def path_of(name: str) -> Path:
        found = find_component(name)
        if found is None:
            pytest.skip(f"{name} is not installed; .ci/run installs it")
        return found

    return path_of


@pytest.fixture(scope="session")
def node_packages(component: Callable[[str], Path]) -> Path:
    """Return node_modules with the packages of package.json; skips the test when node or they are missing."""
    component("node")
    folder = ROOT / "node_modules"
    if not (folder / "@grpc" / "grpc-js").is_dir():
        pytest.skip("the packages of package.json are not installed; `npm ci` installs them")
    return folder


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return where a new store is made: each test that asks runs on both databases."""
    from tests.postgresql import new_database

    return new_database() if request.param == "postgresql" else f"sqlite:///{tmp_path / 'reports.db'}"


@pytest.fixture
def store(store_url: str) -> "Iterator[Store]":
    """Open a new store, on both databases."""
    from emh_report.store import open_store
    from tests.case_files import catalog

    with open_store(store_url, catalog()) as opened:
        yield opened


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Remember what was skipped; expected failures are not skips."""
    if report.skipped and not hasattr(report, "wasxfail"):
        _skipped.append(report.nodeid)


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    """Fail the session for a skipped test where components are required."""
    yield
    if REQUIRED and _skipped and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the skipped tests that failed the session."""
    if REQUIRED and _skipped:
        terminalreporter.section("skipped although EMH_REQUIRE_COMPONENTS=1")
        for nodeid in _skipped:
            terminalreporter.line(nodeid)

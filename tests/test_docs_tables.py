"""Tables and commands of the pages for integrators and operators, held against what the program takes."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from emh_report.catalog.properties import NEEDED, PROPERTIES
from emh_report.cli import main
from emh_report.client import Client, secured
from emh_report.client.service_config import SERVICE_CONFIG
from emh_report.config import Security
from emh_report.grpc_server.run import running
from emh_report.v1 import stored_report_pb2
from tests.case_files import catalog
from tests.test_docs import BLOCKS, DOCS, EXAMPLES, integrator


def test_the_integrator_is_told_what_each_stored_call_takes() -> None:
    rows = re.findall(
        r"^\| ((?:`\w+`(?:, )?)+) \| (`(?:draft|context|action|actor|after)`.*?) \|", integrator(), re.MULTILINE
    )
    told = {name: re.findall(r"`(\w+)`", fields) for names, fields in rows for name in re.findall(r"`(\w+)`", names)}
    messages = stored_report_pb2.DESCRIPTOR.message_types_by_name
    taken = {name: {field.name for field in messages[f"{name}Request"].fields} - {"report_id"} for name in told}
    assert {name: set(fields) for name, fields in told.items()} == taken
    assert len(told) == 11
    quick, create = (
        json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8")) for name in ("quick", "create")
    )
    assert create["draft"] == quick["draft"]


def test_the_integrator_is_given_the_retries_and_timeouts_of_the_clients() -> None:
    shown = [json.loads(block.text) for block in BLOCKS if block.language == "json" and "methodConfig" in block.text]
    assert shown == [json.loads(SERVICE_CONFIG)]


def leaves(command: click.Command) -> Iterator[click.Command]:
    """Yield what is run: a command, or those of a group."""
    for one in command.commands.values() if isinstance(command, click.Group) else ():
        yield from leaves(one)
    if not isinstance(command, click.Group):
        yield command


def test_the_operator_is_told_which_commands_take_which_options() -> None:
    text = (DOCS / "operator.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| (`--[^|]*) \| (.*) \|$", text.partition("| Options | Commands |")[2], re.MULTILINE))
    assert len(rows) == 3
    for options, told in rows.items():
        named = set(re.findall(r"`([\w-]+)`", told))
        for option in re.findall(r"--[\w-]+", options):
            taking = {
                name
                for name, command in main.commands.items()
                if all(any(option in each.opts for each in one.params) for one in leaves(command))
            }
            assert taking == (set(main.commands) - named if told.startswith("all but") else named), option


def test_the_operator_is_told_of_the_options_of_subcommands() -> None:
    text = (DOCS / "operator.md").read_text(encoding="utf-8")
    parameters = [parameter for command in leaves(main) for parameter in command.params]
    options = {name for parameter in parameters for name in parameter.opts if name.startswith("--")}
    assert "--accession" in options  # of `reports list`
    assert {name for name in options if not re.search(rf"(?<![\w-]){name}(?![\w-])", text)} == set()


NAMED = re.compile(
    r'(?:Issue|Rejected|note|_issue)\(\s*"([a-z]+-[a-z-]+)"|"(context-[a-z]+|prior-(?:other|later|not)[a-z-]*)"'
)
"""Ids of issues as the source has them, where no rule of templates/ gives them."""


def test_the_integrator_is_told_which_issues_come_from_no_rule() -> None:
    package = DOCS.parent / "emh_report"
    sources = [path for path in package.rglob("*.py") if not path.is_relative_to(package / "intake")]
    found = {one or other for path in sources for one, other in NAMED.findall(path.read_text(encoding="utf-8"))}
    assert {"missing-required", "context-missing", "prior-other-subject", "bad-date"} <= found
    assert {name for name in found if f"`{name}`" not in integrator()} == set()


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")
def test_certificates_of_the_operator_are_those_the_service_takes(tmp_path: Path) -> None:
    made = next(block for block in BLOCKS if block.text.startswith("openssl req -x509"))
    subprocess.run(["sh", "-e", "-c", made.text], cwd=tmp_path, capture_output=True, check=True)  # noqa: S607
    files = Security(str(tmp_path / "server.pem"), str(tmp_path / "server.key"), str(tmp_path / "ca.pem"))
    with running(catalog(), security=files._replace(client_ca="")) as address:
        trusting = secured(authorities=(tmp_path / "ca.pem").read_bytes())
        with Client(address, credentials=trusting) as client:
            assert client.templates()


def test_the_template_author_is_told_of_properties_that_are_needed() -> None:
    table = (DOCS / "template-author.md").read_text(encoding="utf-8").partition("| Property |")[2].partition("\n\n")[0]
    told = {name for row in table.splitlines()[2:] for name in re.findall("`([a-z-]+)`", row.split("|")[1])}
    ours = {"vertebral-level"}  # no list that a department adds to
    needed = {name for vocabulary, names in NEEDED.items() if vocabulary not in ours for name in names}
    assert needed <= told <= PROPERTIES.keys()

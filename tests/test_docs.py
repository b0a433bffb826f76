"""The documentation: links resolve, commands print what is shown, quoted files say what is quoted, tables are complete.

A fenced block of docs/ is checked by what stands behind its fence:

- ``console``: lines after "$ " are run, and the lines below them compared with what they print.
- ``python`` with a ``text`` block right after it: the program is run, and the block is what it prints.
- any language and the path of a file: the block is quoted from that file.

Comparison is that of doctest: "..." stands for anything, and runs of white space are equal.
"""

import doctest
import functools
import itertools
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import grpc
import pytest
from click.testing import CliRunner

from emh_report import config, limits, pipeline
from emh_report.catalog import Catalog, load_catalog
from emh_report.cli import main
from emh_report.client.errors import CLASSES
from emh_report.errors import CatalogError
from emh_report.grpc_server.methods import Methods
from emh_report.template import Kind
from emh_report.wire.draft_file import read_draft_file
from emh_report.wire.statuses import TABLE
from tests import fhir_service
from tests.case_files import catalog
from tests.conftest import ROOT
from tests.service import CODES
from tests.stored_service import service

DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
AUDIENCES = [DOCS / f"{name}.md" for name in ("integrator", "operator", "radiologist", "template-author")]
EXAMPLES = DOCS / "examples"
SITE = EXAMPLES / "site"

FENCE = re.compile(r"^```(\w*)[ ]*(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!\w+:)([^)\s#]*)(?:#([^)\s]*))?\)")
PROGRAM = re.compile(r"grpcurl|curl")
FHIR = "http://localhost:8081/fhir"
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
ALIKE = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@functools.cache
def loaded(site: tuple[Path, ...] = (), maps: frozenset[str] = frozenset(), cache: Path | None = None) -> Catalog:
    """Load each catalog once: many commands are shown, and loading takes longer than the rest of them."""
    return load_catalog(site, maps, cache)


class Block(NamedTuple):
    """A fenced block: where it starts, the words behind its fence, and what it holds."""

    place: str
    language: str
    file: str
    text: str


def blocks(page: Path) -> list[Block]:
    content = page.read_text(encoding="utf-8")
    lines = [(found, content.count("\n", 0, found.start()) + 1) for found in FENCE.finditer(content)]
    return [Block(f"{page.name}:{line}", *found.groups()) for found, line in lines]


BLOCKS = [block for page in PAGES if page.is_relative_to(DOCS) for block in blocks(page)]


def some(wanted: Callable[[Block], bool]) -> pytest.MarkDecorator:
    """Run a test for each of these blocks."""
    return pytest.mark.parametrize("block", [pytest.param(one, id=one.place) for one in BLOCKS if wanted(one)])


def assert_alike(shown: str, real: str, place: str) -> None:
    if not doctest.OutputChecker().check_output(shown, real, ALIKE):
        pytest.fail(f"{place} shows\n\n{shown}\nbut there is\n\n{real}", pytrace=False)


# --- what is shown ---------------------------------------------------------------------------------------------------


def transcript(text: str) -> Iterator[tuple[str, str]]:
    """Yield each command of a console block with the output shown below it."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, shown = re.sub(r"\\\n\s*", " ", part).partition("\n")
        yield command, shown


def in_process(command: str) -> tuple[str, int]:
    """Run emh-report and return what a terminal would show, and the exit code."""
    environment = {name: None for name in os.environ if name.startswith("EMH_")}
    result = CliRunner().invoke(main, shlex.split(command)[1:], prog_name="emh-report", env=environment)
    return result.output, result.exit_code


def in_shell(command: str, program: Path) -> tuple[str, int]:
    """Run a command line that calls ``program``, against the running services."""
    paths = os.pathsep.join([str(program.parent), os.environ["PATH"]])
    if FHIR in command:
        fhir_service.various()  # there are reports
        command = command.replace(FHIR, fhir_service.service().base)
    script = f"exec 2>&1; {command.replace('localhost:50051', service().address)}"
    environment = {**os.environ, "PATH": paths}
    done = subprocess.run(["sh", "-c", script], env=environment, capture_output=True, text=True, check=False)  # noqa: S607
    return done.stdout, done.returncode


@some(lambda block: block.language == "console")
def test_commands_print_what_is_shown(
    block: Block, component: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr("emh_report.cli.options.load_catalog", loaded)
    code = 0
    assert block.text.startswith("$ ")
    for command, shown in transcript(block.text):
        if command == "echo $?":
            output = f"{code}\n"
        elif command.startswith("emh-report "):
            output, code = in_process(command)
        else:
            output, code = in_shell(command, component(PROGRAM.findall(command)[-1]))
        assert_alike(shown, output, block.place)


@some(lambda block: bool(block.file))
def test_quotations_are_in_their_files(block: Block) -> None:
    content = (ROOT / block.file).read_text(encoding="utf-8")
    assert_alike(f"...{block.text.strip()}...", content, f"{block.place}, quoting {block.file},")


PROGRAMS = [
    (block, following)
    for block, following in itertools.pairwise(BLOCKS)
    if block.language == "python" and not block.file
]


@pytest.mark.parametrize(("block", "shown"), [pytest.param(*pair, id=pair[0].place) for pair in PROGRAMS])
def test_programs_print_what_is_shown(block: Block, shown: Block) -> None:
    assert shown.language == "text"
    code = block.text.replace("localhost:50051", service().address)
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert_alike(shown.text, done.stdout + done.stderr, block.place)


# --- what is linked and listed ---------------------------------------------------------------------------------------


def anchors(page: Path) -> set[str]:
    """Names that headings get where the page is shown."""
    headings = HEADING.findall(FENCE.sub("", page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=[page.relative_to(ROOT).as_posix() for page in PAGES])
def test_links_resolve(page: Path) -> None:
    broken = []
    for name, anchor in LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
        target = (page.parent / name).resolve() if name else page
        if not (target.is_relative_to(ROOT) and target.exists()) or (anchor and anchor not in anchors(target)):
            broken.append(f"{name}#{anchor}" if anchor else name)
    assert broken == []


@pytest.mark.parametrize("page", AUDIENCES, ids=[page.stem for page in AUDIENCES])
def test_lines_fit_the_window(page: Path) -> None:
    lines = page.read_text(encoding="utf-8").splitlines()
    assert [number for number, line in enumerate(lines, 1) if len(line) > 120] == []


def test_the_operator_is_told_of_every_option_and_variable() -> None:
    text = (DOCS / "operator.md").read_text(encoding="utf-8")
    parameters = [parameter for command in main.commands.values() for parameter in command.params]
    options = {name for parameter in parameters for name in parameter.opts if name.startswith("-")}
    sources = [Path(config.__file__), *(ROOT / "emh_report" / "cli").glob("*.py")]
    code = "".join(path.read_text(encoding="utf-8") for path in sources)
    variables = set(re.findall(r"\bEMH_[A-Z_]+", code)) | {"NO_COLOR", "GRPC_VERBOSITY"}
    wanted = options | variables | set(main.commands)
    assert {name for name in wanted if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text)} == set()


def integrator() -> str:
    return (DOCS / "integrator.md").read_text(encoding="utf-8")


def test_the_integrator_is_told_of_every_limit() -> None:
    numbers = {name: value for name, value in vars(limits).items() if name.isupper() and isinstance(value, int)}
    rows = [f"| {value} | `{name}` |" for name, value in numbers.items()]
    rows += [f"| `{name}` | {value} |" for name, value in [*limits.TEXTS.items(), *limits.PARTS.items()]]
    text = integrator().replace(" bytes |", " |")
    assert [row for row in rows if row not in text] == []


def test_the_integrator_is_told_of_every_error() -> None:
    rows = [f"| {CODES[kind.code].name} | {kind.reason} |" for _, kind in TABLE]
    rows += [f"| `{kind.__name__}` | " for kind in CLASSES.values()]
    assert [row for row in (*rows, "| INTERNAL | INTERNAL |") if row not in integrator()] == []
    named = re.findall(r"^\| ([A-Z_]+) \| [A-Z_]+ \|", integrator(), re.MULTILINE)
    assert {name for name in named if name not in grpc.StatusCode.__members__} == set()


def test_the_integrator_is_shown_every_call() -> None:
    shown = "".join(block.text for block in BLOCKS if block.place.startswith("integrator.md"))
    calls = [
        f"emh_report.v1.{service}/{name}"
        for service, each in Methods(catalog(), store=service().store).table.items()
        for name in each
    ]
    assert [call for call in calls if call not in shown] == []


# --- examples --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["quick", "companion", "dept-spine-clinic"])
def test_example_drafts_can_be_signed(name: str) -> None:
    draft, context = read_draft_file((EXAMPLES / f"{name}.json").read_bytes())
    assert context.test_data
    assert pipeline.validate(loaded((SITE,)), draft, context).can_finalize


def test_the_example_of_a_department_does_what_its_page_says() -> None:
    site = loaded((SITE,))
    fields = site.plan("dept-spine-clinic").template.groups["dept-board"].fields
    assert {field.kind for field in fields.values()} == set(Kind)
    ours, theirs = ({rule.id: rule for rule in one.rules} for one in (catalog(), site))
    assert theirs.keys() ^ ours.keys() == {"DEPT-1", "DEPT-2", "S21c"}
    assert theirs["S07a"].message != ours["S07a"].message
    assert site.vocabulary("margins").terms.keys() > catalog().vocabulary("margins").terms.keys()
    assert "dept-encapsulated" in site.vocabulary("margins").terms


TEMPLATE, FRAGMENT = "dept-spine-clinic.toml", "fragments/dept-board.toml"
TERMS, RULES = "vocabulary/margins.toml", "rules/dept.toml"
MISTAKES = [
    (TERMS, "synonyms", "synonym"),
    ("vocabulary/dept-board-question.toml", "text =", "txt ="),
    (FRAGMENT, 'label = "Meeting of the board"', 'label = " "'),
    (FRAGMENT, 'label = "Meeting of the board"', 'label = "Meeting of the board "'),
    (RULES, 'high = "300"', 'high = "3"'),
    (RULES, 'on_unknown = "silent"\n', ""),
    (TEMPLATE, 'id = "dept-spine-clinic"', 'id = "dept-spine"'),
    (TEMPLATE, 'version = "1.0.0"', 'version = "1.0"'),
    (FRAGMENT, 'range = ["0", "200"]', "range = [0, 200]"),
    (TEMPLATE, 'use = ["dept-board"]', 'use = ["dept-bord"]'),
    (TEMPLATE, 'omit = ["palpable"]', 'omit = ["palpabel"]'),
    (TEMPLATE, ', "finding-paraspinal"', ""),
    (TEMPLATE, '"findings", "impression", ', '"impression", '),
    (TEMPLATE, 'id = "dept-seen-before"', 'id = "incidental"'),
    (FRAGMENT, 'vocabulary = "dept-board-question"', 'vocabulary = "dept-bord-question"'),
    (FRAGMENT, 'units = ["mL", "L"]', 'units = ["mL", "mm"]'),
    (FRAGMENT, 'units = ["mL", "L"]', 'units = ["mL", "pint"]'),
    (FRAGMENT, 'units = ["mL", "L"]\n', ""),
    (FRAGMENT, 'id = "dept-red-cells"', 'id = "spleen-length"'),
    (FRAGMENT, 'answer = "radiotherapy"', 'answer = "radiation"'),
    (FRAGMENT, "answer = true", 'answer = "yes"'),
    (RULES, "recommendation.bleeding-caution", "recommendation.caution"),
    (RULES, 'scope = "dept-board"', 'scope = "dept-bord"'),
    (FRAGMENT, 'id = "dept-board"\n', 'id = "report"\n'),
    (RULES, 'low = "20"', 'lower = "20"'),
    (RULES, 'params = { field = "dept-target-size"', 'params = { field = "dept-target-length"'),
    (RULES, 'id = "S21c"', 'id = "S21C"'),
    (FRAGMENT, "{value} of red cells", "{valeu} of red cells"),
]


def test_the_template_author_is_told_what_mistakes_lead_to(tmp_path: Path) -> None:
    listed = " ".join((DOCS / "template-author.md").read_text(encoding="utf-8").partition("## Mistakes")[2].split())
    messages = []
    for number, (name, right, wrong) in enumerate(MISTAKES):
        folder = shutil.copytree(SITE, tmp_path / str(number))
        content = (folder / name).read_text(encoding="utf-8")
        assert right in content, (name, right)
        (folder / name).write_text(content.replace(right, wrong, 1), encoding="utf-8")
        with pytest.raises(CatalogError) as caught:
            load_catalog([folder])
        messages.append(f"`{caught.value.key}: {caught.value.reason}`")
    assert [message for message in messages if message not in listed] == []
    assert listed.count("- ") == len(MISTAKES)

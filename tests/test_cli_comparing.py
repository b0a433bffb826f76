"""emh-report compare, and reports priors, compare, follow-up, print --course."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from emh_report.cli.exits import Exit
from emh_report.wire.draft_file import read_draft_file, write_draft_file
from emh_report.wire.request import write_request
from tests.cli_program import run
from tests.conftest import ROOT
from tests.prior_reports import L, report
from tests.store_reports import ATTENDING, created, fresh, new_id
from tests.test_store_priors import new, on, patient, signed


def written(file: Path, day: str, *lesions: L, volume: str, compared: str = "") -> str:
    """Write a draft file and return its name."""
    case = report(day, lesions, volume=volume, compared=compared)
    file.write_text(write_draft_file(write_request(*case)), encoding="utf-8")
    return str(file)


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    """Return an earlier and a later report."""
    prior = written(
        tmp_path / "prior.json", "2024-01-10", L("a", "40.0 mm"), L("b", "20 mm", side="right"), volume="900"
    )
    current = written(
        tmp_path / "now.json", "2024-06-10", L("c", "48 x 30 mm", status="stable"), compared="2024-01-10", volume="630"
    )
    return current, prior


def test_two_files_are_compared(files: tuple[str, str]) -> None:
    result = run("compare", *files)
    assert result.exit_code == 0
    lines = [line.split("  ") for line in result.stdout.splitlines()]
    cells = [[cell.strip() for cell in line if cell.strip()] for line in lines]
    assert cells[1] == [
        "Paraspinal, thoracic (posterior mediastinum), left, T8–T10",
        "40.0 mm", "48 × 30 mm", "increased, +8.0 mm (+20.0 %)", "same place (medium confidence)",
    ]  # fmt: skip
    assert cells[2][3] == "not comparable: not described" if len(cells[2]) > 4 else "not comparable" in result.stdout
    assert "900 mL" in result.stdout
    assert "−270 mL (−30.0 %)" in result.stdout
    assert "borrowed from RECIST 1.1 and not validated" in result.stdout
    assert "[S15-prior]" in result.stdout


def test_two_reports_of_one_study_are_not_compared(tmp_path: Path) -> None:
    names = []
    for number in ("R-1", "R-2"):
        case = report("2024-06-10", [L("a", "40.0 mm")], number=number)
        names.append(str(tmp_path / f"{number}.json"))
        Path(names[-1]).write_text(write_draft_file(write_request(*case)), encoding="utf-8")
    refused = run("compare", *names)
    assert refused.exit_code != 0
    assert "this is a report of the same study, not of an earlier one" in refused.output
    assert "stable" not in refused.stdout
    assert run("compare", names[0], names[0]).exit_code == 0  # a version beside its own report


def test_which_of_several_files_is_wrong_is_said(files: tuple[str, str], tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_bytes(b"\xff")
    for command in (("compare", files[1], str(broken)), ("validate", files[0], "--context", str(broken))):
        said = run(*command)
        assert (said.exit_code, said.stdout) == (Exit.FILE, "")
        assert said.stderr.startswith(f"error: {broken}: ")
    nowhere = tmp_path / "none" / "out.txt"
    said = run("export", str(ROOT / "docs/examples/quick.json"), "--as", "text", "-o", str(nowhere))
    assert (said.exit_code, said.stderr) == (Exit.FILE, f"error: {nowhere}: No such file or directory\n")


def test_a_comparison_is_data_too(files: tuple[str, str], tmp_path: Path) -> None:
    page = tmp_path / "course.html"
    found = json.loads(run("compare", *files, "--json", "--html", str(page)).stdout)
    assert [(one.get("current_uid"), one["status"], one.get("percent")) for one in found["lesions"]] == [
        ("c", "increased", "20.0"), ("", "not-comparable", "")
    ]  # fmt: skip
    assert found["issues"][0]["rule_id"] == "S15-prior"
    text = page.read_text(encoding="utf-8")
    assert text.count("<svg ") == 2
    assert "not part of the signed text" in text


def test_a_person_pairs_lesions(files: tuple[str, str]) -> None:
    found = json.loads(run("compare", *files, "--pair", "b=c", "--json").stdout)
    assert found["lesions"][0]["basis"] == "MATCH_BASIS_CHOSEN"
    wrong = run("compare", *files, "--pair", "x=c")
    assert (wrong.exit_code, "pairs[0].prior_uid" in wrong.stderr) == (Exit.FILE, True)
    assert run("compare", *files, "--pair", "bc").exit_code == Exit.USAGE
    assert run("compare", files[0]).exit_code == Exit.USAGE
    assert "later than that of this report" in run("compare", *files[::-1]).stderr


@pytest.fixture
def stored(tmp_path: Path) -> tuple[str, list[str]]:
    """Store two signed reports of a patient and a draft; return the URL and their ids."""
    who = patient(new_id())
    with fresh(tmp_path) as store:
        ids = [signed(store, day, who) for day in ("2022-01-04", "2023-01-04")]
        ids.append(created(store, *on("2024-03-12", who), ATTENDING))
        context = tmp_path / "context.json"
        draft_file = write_draft_file(write_request(on("2024-03-12", who)[0], new(who, "2024-09-01")))
        context.write_text(json.dumps(json.loads(draft_file)["context"]), encoding="utf-8")
    return f"sqlite:///{tmp_path / 'reports.db'}", ids


def test_earlier_reports_are_listed(stored: tuple[str, list[str]]) -> None:
    url, ids = stored
    found = json.loads(run("reports", "priors", ids[2], "--store", url, "--json").stdout)
    assert [(one["report_id"], one["examined"], one["state"]) for one in found] == [
        (ids[1], "2023-01-04", "final"), (ids[0], "2022-01-04", "final")
    ]  # fmt: skip
    assert "Clara" not in run("reports", "priors", ids[2], "--store", url).stdout
    assert run("reports", "priors", ids[0], "--store", url).stderr == "no signed earlier report of this patient\n"
    assert run("reports", "priors", new_id(), "--store", url).exit_code == Exit.USAGE


def test_a_stored_report_is_compared(stored: tuple[str, list[str]], tmp_path: Path) -> None:
    url, ids = stored
    result = run("reports", "compare", ids[2], "--store", url)
    assert "stable, 0 mm (0.0 %)" in result.stdout
    alone = run("reports", "compare", ids[2], "--store", url, "--prior", ids[0], "--json")
    assert json.loads(alone.stdout)["compared_report_id"] == ids[0]
    assert "no earlier report" in run("reports", "compare", ids[0], "--store", url).stdout
    page = tmp_path / "c.html"
    run("reports", "compare", ids[2], "--store", url, "--html", str(page))
    assert page.read_text(encoding="utf-8").count("<svg ") == 3


def test_a_follow_up_is_written_and_read_again(stored: tuple[str, list[str]], tmp_path: Path) -> None:
    url, ids = stored
    context, file = str(tmp_path / "context.json"), tmp_path / "follow-up.json"
    result = run("reports", "follow-up", ids[1], "--store", url, "--context", context, "-o", str(file))
    assert (result.exit_code, "taken over" in result.stderr) == (0, True)
    draft, about = read_draft_file(file.read_bytes())
    assert (draft.template_id, about.exam_date) == ("emh-followup", "2024-09-01")
    assert [group.uid for group in draft.groups if group.group_id == "finding"] == ["lesion-1", "lesion-2"]
    found = json.loads(run("reports", "follow-up", ids[1], "--store", url, "--context", context, "--json").stdout)
    assert found["prior"]["report_id"] == ids[1]
    plain = run("reports", "follow-up", ids[1], "--store", url, "--context", context)
    assert read_draft_file(plain.stdout.encode())[0] == draft


def test_a_course_is_printed_behind_the_report(
    stored: tuple[str, list[str]], tmp_path: Path, component: Callable[[str], Path]
) -> None:
    reader, (url, ids) = component("pdftotext"), stored
    texts = []
    for name, options in (("plain", ()), ("course", ("--course",))):
        file = tmp_path / f"{name}.pdf"
        assert run("reports", "print", ids[1], "--store", url, "-o", str(file), *options).exit_code == 0
        read = subprocess.run([reader, file, "-"], capture_output=True, text=True, check=True)
        texts.append(" ".join(read.stdout.split()))
    assert "not part of the signed text" not in texts[0]
    assert "not part of the signed text" in texts[1]
    assert "Date of examination" in texts[1]

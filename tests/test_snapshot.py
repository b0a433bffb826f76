"""A catalog that was built before is the one that would be built now, or it is not used."""

import hashlib
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from enum import Enum
from pathlib import Path

import pytest

from emh_report import pipeline
from emh_report.catalog import Catalog, load_catalog, snapshot
from emh_report.catalog.source import Source, builtin_root
from tests.case_files import case_folders, read_case
from tests.paper import possible
from tests.rule_cases import context_of, draft_of, rule_cases

SITE = '[[rule]]\nid = "X01"\nseverity = "warning"\ntitle = "{}"\nmessage = "m"\non_unknown = "silent"\n'
WHEN = 'when = { all = [{ field = "procedure.modality", operator = "exists", answer = true }] }\n'


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a snapshot of the built-in catalog."""
    found = tmp_path_factory.mktemp("cache") / "emh-report"
    load_catalog(cache=found)
    return found


@pytest.fixture(scope="module")
def revived(folder: Path) -> Catalog:
    return load_catalog(cache=folder)


def _file(folder: Path) -> Path:
    (found,) = folder.iterdir()
    return found


def test_it_was_read_and_is_the_same_data(folder: Path, revived: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    built = load_catalog()
    monkeypatch.setattr("emh_report.catalog._built", lambda *_: pytest.fail("built again"))
    assert load_catalog(cache=folder).newest == built.newest
    assert repr(revived.vocabularies) == repr(built.vocabularies)
    assert (revived.units, revived.systems) == (built.units, built.systems)
    for one, other in zip(built.templates, revived.templates, strict=True):
        assert one.content_hash == other.content_hash
        assert [list(group.fields) for group in one.groups.values()] == [list(g.fields) for g in other.groups.values()]
        for group in other.groups.values():
            for field in group.fields.values():
                before = one.groups[group.id].fields[field.id]
                assert (field.when, field.required_when, field.units) == (
                    before.when,
                    before.required_when,
                    before.units,
                )
                assert field.vocabulary is None or field.vocabulary is revived.vocabularies[field.vocabulary.id]
    for rule, again in zip(built.rules, revived.rules, strict=True):
        names = [name for name in rule.__slots__ if name not in ("test", "tests")]
        assert [getattr(rule, name) for name in names] == [getattr(again, name) for name in names]


def test_it_finds_what_a_fresh_one_finds(revived: Catalog) -> None:
    built = load_catalog()
    for case in [*rule_cases()][::4]:
        for groups in (case.breaks, case.passes, case.unknown):
            draft, context = draft_of(case.template_id, groups), context_of(groups)
            assert pipeline.validate(revived, draft, context) == pipeline.validate(built, draft, context)
    for published in map(read_case, case_folders()[:3]):
        for format_ in possible():
            sent = [
                pipeline.export_report(one, published.draft, published.context, format_) for one in (built, revived)
            ]
            assert sent[0] == sent[1]


def test_a_changed_byte_anywhere_is_another_snapshot(tmp_path: Path) -> None:
    site = tmp_path / "site"
    (site / "rules").mkdir(parents=True)
    titles = ("first", "other")
    found = []
    for title in titles:
        (site / "rules" / "own.toml").write_text(SITE.format(title) + WHEN, encoding="utf-8")
        catalog = load_catalog([site], cache=tmp_path / "cache")
        found.append(next(rule.title for rule in catalog.rules if rule.id == "X01"))
    assert found == list(titles)
    assert len(list((tmp_path / "cache").iterdir())) == 2
    source = Source([builtin_root()])
    plain = snapshot.file_of(tmp_path, source, frozenset())
    assert plain != snapshot.file_of(tmp_path, source, frozenset({"orphanet"}))


class _Foreign:
    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, ("touch ran",)


def _flipped(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "cut": lambda content: content[:-100],
    "one bit": _flipped,
    "not a catalog": lambda _: _sealed(pickle.dumps({"plans": {}})),
    "a program": lambda _: _sealed(pickle.dumps(_Foreign())),
    "noise behind its own digest": lambda _: _sealed(b"\x80\x05nonsense"),
}


def _sealed(data: bytes) -> bytes:
    return hashlib.sha256(data).digest() + data


@pytest.mark.parametrize("name", DAMAGE)
def test_what_is_damaged_or_foreign_is_built_again(
    name: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    known = _file(folder)
    copy = tmp_path / "cache" / known.name
    copy.parent.mkdir()
    copy.write_bytes(DAMAGE[name](known.read_bytes()))
    copy.chmod(0o600)
    assert load_catalog(cache=copy.parent).newest == load_catalog().newest
    assert not (tmp_path / "ran").exists()
    assert copy.read_bytes() != DAMAGE[name](known.read_bytes())  # it was replaced


def test_a_file_that_others_may_write_is_not_read(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / _file(folder).name
    copy.write_bytes(_file(folder).read_bytes())
    copy.chmod(0o600)
    assert isinstance(snapshot.read(copy), Catalog)
    copy.chmod(0o620)
    assert snapshot.read(copy) is None


def test_a_place_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    taken = tmp_path / "file"
    taken.write_text("not a folder")
    assert load_catalog(cache=taken / "cache").newest
    assert taken.read_text() == "not a folder"


def test_old_snapshots_are_taken_away_and_nothing_else(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    for number in range(snapshot.KEPT + 3):
        old = tmp_path / f"catalog-{number}.bin"
        old.write_bytes(b"")
        os.utime(old, (number, number))
    load_catalog(cache=tmp_path)
    kept = {path.name for path in tmp_path.glob("catalog-*.bin")}
    assert len(kept) == snapshot.KEPT
    assert _file(folder).name in kept
    assert "catalog-0.bin" not in kept
    assert (tmp_path / "notes.txt").exists()


def test_reading_one_needs_nothing_that_checks_files(folder: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from emh_report.catalog import load_catalog;"
        "load_catalog(cache=Path(sys.argv[1])); print({'pydantic', 'tomllib'} & set(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", code, folder], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "set()"


def test_members_of_enumerations_are_written_by_their_value() -> None:
    """Python 3.11.0 to 3.11.3 would write another call, which is not read again; others write this one anyway."""
    members = [one for one in snapshot.KNOWN.values() if isinstance(one, type) and issubclass(one, Enum)]
    assert len(members) == 3
    for member in members:
        first = next(iter(member))
        assert snapshot._reducers()[member](first) == (member, (first.value,))

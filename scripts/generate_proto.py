"""Generate emh_report/v1 from proto/, or check that the committed code is what proto/ generates.

The path of a .proto file below proto/ is its Python path, so no import of the generated code is rewritten.
gRPC modules are written only for files that declare a service: the others would be empty.
"""

import sys
import tempfile
from importlib import resources
from pathlib import Path

import click
from grpc_tools import protoc

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "emh_report/v1"
INIT = '"""Generated from proto/ by `make proto`; nothing else lives here."""\n'


def _run_protoc(sources: list[str], *outputs: str) -> None:
    includes = [f"--proto_path={ROOT / 'proto'}", f"--proto_path={resources.files('grpc_tools') / '_proto'}"]
    if protoc.main(["protoc", *includes, *outputs, *sources]) != 0:
        message = "protoc refused proto/; its complaint is above"
        raise click.ClickException(message)


def generate(target: Path) -> None:
    """Write the generated package below `target`.

    The plug-ins of mypy-protobuf are looked for beside the running interpreter.

    Raises:
        click.ClickException: protoc refused a .proto file.
    """
    files = sorted((ROOT / "proto").rglob("*.proto"))
    sources = [str(file) for file in files]
    services = [str(file) for file in files if "\nservice " in file.read_text(encoding="utf-8")]
    beside = Path(sys.executable).parent
    plugins = [f"--plugin={beside / name}" for name in ("protoc-gen-mypy", "protoc-gen-mypy_grpc")]
    _run_protoc(sources, *plugins, f"--python_out={target}", f"--mypy_out=quiet:{target}")
    _run_protoc(services, *plugins, f"--grpc_python_out={target}", f"--mypy_grpc_out=quiet:{target}")
    (target / PACKAGE / "__init__.py").write_text(INIT, encoding="utf-8")


def _contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.glob("*.py*") if file.is_file()}


def differences() -> list[str]:
    """Return the names of files of the package that are missing, extra or not what proto/ generates, sorted."""
    with tempfile.TemporaryDirectory() as folder:
        generate(Path(folder))
        fresh = _contents(Path(folder) / PACKAGE)
    committed = _contents(ROOT / PACKAGE)
    return sorted(name for name in fresh.keys() | committed.keys() if fresh.get(name) != committed.get(name))


@click.command()
@click.option("--check", is_flag=True, help="Compare only; fail on a difference.")
def main(*, check: bool) -> None:
    """Write emh_report/v1 from proto/."""
    if not check:
        for file in _contents(ROOT / PACKAGE):
            (ROOT / PACKAGE / file).unlink()
        generate(ROOT)
    elif names := differences():
        message = f"{PACKAGE} differs from proto/, run `make proto`: {', '.join(names)}"
        raise click.ClickException(message)


if __name__ == "__main__":
    main()

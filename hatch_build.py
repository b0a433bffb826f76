"""The wheel with its hot modules compiled by mypyc: ``EMH_REPORT_COMPILE=1 pip install .`` (docs/adr/0053).

Without the switch the wheel is plain Python and nothing here runs. Compiled modules stand beside their sources, which
remain what is read and shipped; they need a C compiler to be made, and none to run.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SWITCH = "EMH_REPORT_COMPILE"
COMPILED = (
    "assessment.py",
    "certain.py",
    "completeness.py",
    "conditions.py",
    "context_issues.py",
    "critical/*.py",
    "dates.py",
    "decimals.py",
    "draft.py",
    "export/fhir/*.py",
    "export/narrative/*.py",
    "issues.py",
    "overrides.py",
    "pipeline.py",
    "predicates/*.py",
    "report.py",
    "resolve.py",
    "study.py",
    "text.py",
    "urgency.py",
    "validation.py",
    "values/*.py",
)
"""What a request goes through, as patterns below emh_report."""
PLAIN = ("export/fhir/fixed.py", "export/fhir/resources.py", "values/coded.py")
"""Of these, what stays Python: shapes of pydantic, optional libraries, and classes that snapshots of a catalog hold."""
SETTINGS = "[mypy]\nexplicit_package_bases = true\nignore_missing_imports = true\nfollow_untyped_imports = true\n"
SETUP = """
import os, sys
from concurrent.futures import ThreadPoolExecutor
from mypyc.build import mypycify
from setuptools import setup
from setuptools.command.build_ext import build_ext

class SideBySide(build_ext):
    def build_extensions(self):
        one_by_one = self.compiler.compile
        def compile(sources, **how):
            with ThreadPoolExecutor(os.cpu_count()) as cores:
                return [made for one in cores.map(lambda source: one_by_one([source], **how), sources) for made in one]
        self.compiler.compile = compile
        super().build_extensions()

options = ["--config-file", "mypy.ini"]
modules = mypycify([*options, *sys.argv[1:]], opt_level="2", debug_level="0", multi_file=True)
args = ["-q", "build_ext", "--inplace"]
setup(name="emh_report", packages=[], ext_modules=modules, cmdclass={"build_ext": SideBySide}, script_args=args)
"""
"""Nearly all C code is one extension, whose files setuptools compiles one by one: its `--parallel` is for several."""


class CompiledModules(BuildHookInterface):  # type: ignore[type-arg]  # its configuration is of no concern here
    """Adds compiled modules to the wheel where `SWITCH` is set."""

    def dependencies(self) -> list[str]:
        """Return what the build needs beyond hatchling: the compiler, and what the compiled modules import."""
        return ["mypy>=2.4,<3", "setuptools>=80", *self.metadata.core.dependencies] if _is_wanted() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and tag the wheel for this version of Python and this machine."""
        if version == "editable" or not _is_wanted():
            return
        folder = Path(self.root, "build", "compiled")
        made = _compiled(Path(self.root, "emh_report"), folder)
        build_data["force_include"] |= {str(file): str(file.relative_to(folder)) for file in made}
        build_data |= {"pure_python": False, "infer_tag": True}


def _is_wanted() -> bool:
    return os.environ.get(SWITCH, "") not in ("", "0")


def _compiled(package: Path, folder: Path) -> list[Path]:
    """Compile a copy of the package in ``folder``, and return the modules that were made.

    A frontend asks for metadata, which name the platform, and then for the wheel: the second time they are there.
    """
    inside = folder / package.name
    if _sources(inside) != _sources(package) or not _made(folder, inside):
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(package, inside, ignore=shutil.ignore_patterns("__pycache__"))
        (folder / "mypy.ini").write_text(SETTINGS, encoding="utf-8")
        files = {str(file.relative_to(folder)) for pattern in COMPILED for file in inside.glob(pattern)}
        files -= {str(Path(package.name, name)) for name in PLAIN}
        subprocess.run([sys.executable, "-c", SETUP, *sorted(files)], cwd=folder, check=True)
    return _made(folder, inside)


def _sources(package: Path) -> dict[str, bytes]:
    return {str(file.relative_to(package)): file.read_bytes() for file in package.rglob("*.py")}


def _made(folder: Path, inside: Path) -> list[Path]:
    suffix = f"*{sysconfig.get_config_var('EXT_SUFFIX')}"
    return [*folder.glob(suffix), *inside.rglob(suffix)]

"""Structured reporting of extramedullary hematopoiesis: templates, validation, narrative, FHIR.

The public names are here and are loaded when they are first used, so that ``import emh_report`` stays light.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emh_report.catalog import Catalog, load_catalog
    from emh_report.context import Context
    from emh_report.draft import Draft
    from emh_report.export import Format
    from emh_report.pipeline import Verdict, export_report, import_context, import_report, release, render, validate
    from emh_report.report import Report

__version__ = "0.1.0"

_HOMES = {
    "Catalog": "catalog",
    "Context": "context",
    "Draft": "draft",
    "Format": "export",
    "Report": "report",
    "Verdict": "pipeline",
    "export_report": "pipeline",
    "import_context": "pipeline",
    "import_report": "pipeline",
    "load_catalog": "catalog",
    "release": "pipeline",
    "render": "pipeline",
    "validate": "pipeline",
}

__all__ = [
    "Catalog",
    "Context",
    "Draft",
    "Format",
    "Report",
    "Verdict",
    "__version__",
    "export_report",
    "import_context",
    "import_report",
    "load_catalog",
    "release",
    "render",
    "validate",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)

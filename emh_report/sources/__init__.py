"""Studies to report as PACS and RIS know them: read over DICOMweb and FHIR, never written to."""

from __future__ import annotations

from emh_report.sources.board import Board
from emh_report.sources.configured import Configured, read_sources
from emh_report.sources.found import Found, Listing, SourceError, Wanted
from emh_report.sources.history import Examination, History

__all__ = ["Board", "Configured", "Examination", "Found", "History", "Listing", "SourceError", "Wanted", "read_sources"]

"""Structured reporting of extramedullary hematopoiesis: templates, validation, narrative, FHIR."""

from __future__ import annotations

__version__ = "0.1.0"

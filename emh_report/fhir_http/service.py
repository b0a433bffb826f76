"""The application with everything that it serves."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.applications import Starlette

from emh_report.catalog import Catalog
from emh_report.fhir_http import table
from emh_report.fhir_http.access import Access
from emh_report.fhir_http.app import Content, Fhir, Setting, application
from emh_report.fhir_http.library import Library
from emh_report.fhir_http.releases import RELEASES, FhirRelease
from emh_report.fhir_http.server import Options

if TYPE_CHECKING:
    from emh_report.bearer import Issuers
    from emh_report.store import Store


def made(catalog: Catalog, store: Store | None, names: Sequence[str], options: Options) -> Starlette:
    """Return the application; ``names`` are the hosts that it answers to."""
    outside = urlsplit(options.address).hostname
    access = Access([*names, outside] if outside else names, options.tokens, _issuers(options))
    started = datetime.now(UTC).isoformat(timespec="seconds")
    setting = Setting(access, started, options.address.rstrip("/"), store.note if store else None)
    contents = functools.partial(_content, catalog, store, options.maps)
    return application([Fhir(one, functools.partial(contents, one), setting) for one in RELEASES.values()])


def _issuers(options: Options) -> Issuers | None:
    if not options.security.issuers:
        return None
    from emh_report.bearer import read_issuers  # only here: it brings cryptography

    return read_issuers(Path(options.security.issuers))


def _content(catalog: Catalog, store: Store | None, maps: frozenset[str], release: FhirRelease) -> Content:
    library = Library(catalog, release, maps)
    return Content(table.make(catalog, library, release, store), library)

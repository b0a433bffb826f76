"""The answers a form offers: the vocabularies of its template, and which of their terms are often used here."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from emh_report.catalog import Catalog
from emh_report.errors import NotFoundError
from emh_report.plan import Plan
from emh_report.search import SPELLING, fold
from emh_report.template import Kind, Template
from emh_report.vocabulary import Vocabulary
from emh_report.web import respond
from emh_report.web.filing import Filing
from emh_report.web.guard import Guard
from emh_report.web.typed.terms import LEVELS

FOREVER: Final = "private, max-age=31536000, immutable"


class Terms:
    """Handlers for type-ahead."""

    def __init__(self, filing: Filing) -> None:
        """Remember what the handlers work with."""
        self._filing = filing

    def routes(self, guard: Guard) -> list[BaseRoute]:
        """Return the addresses."""
        return [
            Route("/terms/{template}/{version}/{digest}.json", guard.shown(self.shown)),
            Route("/often/{template}/{version}.json", guard.shown(self.often)),
        ]

    def shown(self, request: Request) -> Response:
        """Return them all; a browser may keep them, since another content has another address."""
        content, digest = terms(self._filing.desk.catalog, self._plan(request).template)
        asked = request.path_params["digest"]
        if asked != digest:
            raise NotFoundError("version of the vocabularies", asked)
        return Response(content, media_type="application/json", headers={"Cache-Control": FOREVER})

    def often(self, request: Request) -> Response:
        """Return ``group.field`` → terms that whoever asks, and the department, use most, as the form shows them."""
        template = self._plan(request).template
        used = self._filing.store.often(template.id, respond.person(request).actor)
        fields = {
            f"{group.id}.{field.id}": field for group in template.groups.values() for field in group.fields.values()
        }
        found: dict[str, list[str]] = {}
        for name, codes in used.items():
            vocabulary = fields[name].vocabulary if name in fields else None
            known = [vocabulary.terms[code].display for code in codes if code in vocabulary.terms] if vocabulary else []
            found |= {name: known} if known else {}
        return JSONResponse(found)

    def _plan(self, request: Request) -> Plan:
        place = request.path_params
        return self._filing.desk.plan(place["template"], place["version"])


def address(catalog: Catalog, template: Template) -> str:
    """Return where the vocabularies of a template are, as they are found by now."""
    return f"/terms/{template.id}/{template.version}/{terms(catalog, template)[1]}.json"


def vocabularies(catalog: Catalog, template: Template) -> Mapping[str, Vocabulary]:
    """Return the vocabularies that answers of a template come from, by id."""
    fields = [field for group in template.groups.values() for field in group.fields.values()]
    found = {field.vocabulary.id: field.vocabulary for field in fields if field.vocabulary}
    if any(field.kind is Kind.LEVELS for field in fields):
        found[LEVELS] = catalog.vocabulary(LEVELS)
    return found


@lru_cache(maxsize=64)
def terms(catalog: Catalog, template: Template) -> tuple[bytes, str]:
    """Return the vocabularies of a template, with every text they are found by folded as search folds, and a digest.

    The hash of the template does not tell a synonym from its lack, so it would leave an old list in the browser.
    """
    lists = {vocabulary.id: _listed(vocabulary) for vocabulary in vocabularies(catalog, template).values()}
    fields = {
        group.id: [(field.id, field.label, field.help) for field in group.fields.values()]
        for group in template.groups.values()
    }
    content = orjson.dumps({"spelling": SPELLING, "lists": lists, "fields": fields})
    return content, hashlib.sha256(content).hexdigest()


def _listed(vocabulary: Vocabulary) -> list[Mapping[str, object]]:
    return [
        {
            "display": term.display,
            "needs": term.needs_text,
            "texts": [(text, fold(text)) for text in dict.fromkeys((term.display, *term.synonyms, term.code))],
        }
        for term in vocabulary.terms.values()
    ]

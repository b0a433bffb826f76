"""The answers a form offers: the vocabularies of its template, and which of their terms are often used here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from emh_report.catalog import Catalog
from emh_report.errors import NotFoundError
from emh_report.plan import Plan
from emh_report.search import SPELLING, fold
from emh_report.template import Kind
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
            Route("/terms/{template}/{version}/{hash}.json", guard.shown(self.shown)),
            Route("/often/{template}/{version}.json", guard.shown(self.often)),
        ]

    def shown(self, request: Request) -> Response:
        """Return them all; a browser may keep them, since another content has another address."""
        plan = self._plan(request)
        asked = request.path_params["hash"]
        if plan.template.content_hash != asked:
            raise NotFoundError("version of the vocabularies", asked)
        content = terms(self._filing.desk.catalog, plan)
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


def vocabularies(catalog: Catalog, plan: Plan) -> Mapping[str, Vocabulary]:
    """Return the vocabularies that answers of a template come from, by id."""
    fields = [field for group in plan.template.groups.values() for field in group.fields.values()]
    found = {field.vocabulary.id: field.vocabulary for field in fields if field.vocabulary}
    if any(field.kind is Kind.LEVELS for field in fields):
        found[LEVELS] = catalog.vocabulary(LEVELS)
    return found


def terms(catalog: Catalog, plan: Plan) -> bytes:
    """Return the vocabularies of a template with every text they are found by, folded as search folds."""
    lists = {vocabulary.id: _listed(vocabulary) for vocabulary in vocabularies(catalog, plan).values()}
    fields = {
        group.id: [(field.id, field.label, field.help) for field in group.fields.values()]
        for group in plan.template.groups.values()
    }
    return orjson.dumps({"spelling": SPELLING, "lists": lists, "fields": fields})


def _listed(vocabulary: Vocabulary) -> list[Mapping[str, object]]:
    return [
        {
            "display": term.display,
            "needs": term.needs_text,
            "texts": [(text, fold(text)) for text in dict.fromkeys((term.display, *term.synonyms, term.code))],
        }
        for term in vocabulary.terms.values()
    ]

"""What a report is found by, and what a worklist shows of it: read from its working copy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

import orjson

from emh_report.catalog import Catalog
from emh_report.context import Context, Identifier, Patient, Sex
from emh_report.draft import Coded, Draft
from emh_report.errors import NotFoundError
from emh_report.store.sealing import digest
from emh_report.template import GroupDefinition, Role

PATIENT: Final = "patient"
ACCESSION: Final = "accession"
STUDY: Final = "study"
SITE: Final = "site"
CAUSE: Final = "cause"
OF_ONE_PATIENT: Final = frozenset({PATIENT, ACCESSION, STUDY})
"""Kinds of keys that few reports share."""

Terms = list[tuple[str, str]]
"""(Kind, code) of the sites and causes that a draft names."""

_DAY: Final = len("YYYY-MM-DD")
_TERMS: Final = {Role.SITE: SITE, Role.CAUSE: CAUSE}


def key(secret: bytes, kind: str, *parts: str) -> str:
    """Return what stands in the index for a value of this kind."""
    return digest(secret, kind, *parts)


def keys(secret: bytes, context: Context, named: Terms) -> set[tuple[str, str]]:
    """Return (kind, key) of everything a report is found by."""
    found = {(kind, key(secret, kind, *parts)) for kind, parts in _identifiers(context)}
    found |= {(kind, key(secret, kind, code)) for kind, code in named}
    return found


def _identifiers(context: Context) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each identifier with its system and without, since not everybody who looks for one knows the system."""
    for kind, identifiers in (
        (PATIENT, context.patient.identifiers),
        (ACCESSION, tuple(order.accession for order in context.orders)),
        (ACCESSION, tuple(Identifier("", study.accession) for study in context.studies)),
    ):
        for identifier in identifiers:
            if identifier.value:
                yield kind, ("", identifier.value)
                yield kind, (identifier.system, identifier.value)
    for study in context.studies:
        yield STUDY, (study.study_instance_uid,)


def terms(draft: Draft, catalog: Catalog) -> Terms:
    """Return (kind, code) of the sites and causes that a draft names, in its order; none without its template."""
    try:
        groups = catalog.plan(draft.template_id, draft.template_version).template.groups
    except NotFoundError:
        return []
    found: dict[tuple[str, str], None] = {}
    for group in draft.groups:
        kinds = _kinds(groups[group.group_id]) if group.group_id in groups else {}
        for field_id, value in group.items if kinds else ():
            if field_id in kinds and isinstance(value, Coded):
                found[kinds[field_id], value.code] = None
    return list(found)


@lru_cache(maxsize=1024)
def _kinds(definition: GroupDefinition) -> Mapping[str, str]:
    """Return the fields of a group that name a site or a cause: their kind by their id."""
    return {id_: _TERMS[field.role] for id_, field in definition.fields.items() if field.role in _TERMS}


def exam_day(context: Context) -> str:
    """Return the day of the examination with the precision that is known; empty when it is not."""
    return context.exam_date[:_DAY]


def summary(template_id: str, context: Context, named: Terms) -> bytes:
    """Return what a worklist shows of a report."""
    accessions = (order.accession.value for order in context.orders)
    return orjson.dumps(
        {
            "identifier": context.report.identifier,
            "patient": context.patient,
            "accessions": _distinct((*accessions, *(study.accession for study in context.studies))),
            "studies": [study.study_instance_uid for study in context.studies],
            "template_id": template_id,
            "sites": [code for kind, code in named if kind == SITE],
            "causes": [code for kind, code in named if kind == CAUSE],
        }
    )


def read_summary(content: bytes) -> dict[str, Any]:
    """Return the fields of a Summary that `summary` wrote."""
    fields = orjson.loads(content)
    patient = fields["patient"]
    identifiers = tuple(Identifier(**identifier) for identifier in patient.pop("identifiers"))
    given, sex = tuple(patient.pop("given")), Sex(patient.pop("sex"))
    lists = {name: tuple(fields[name]) for name in ("accessions", "studies", "sites", "causes")}
    return {
        "identifier": Identifier(**fields["identifier"]),
        "patient": Patient(identifiers=identifiers, given=given, sex=sex, **patient),
        "template_id": fields["template_id"],
        **lists,
    }


def _distinct(texts: Iterable[str]) -> list[str]:
    return [text for text in dict.fromkeys(texts) if text]

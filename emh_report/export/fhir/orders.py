"""Orders: what each is known by, and how the report, its studies and its sections refer to it."""

from __future__ import annotations

from typing import Final

from emh_report.context import Identifier, Order, Study, known_by
from emh_report.export.fhir import fixed
from emh_report.export.fhir.datatypes import Json, clean, coded, identifier
from emh_report.export.fhir.writer import Writer

ACCESSION: Final = coded(fixed.ACCESSION)
PLACER: Final = coded(fixed.PLACER)
IMAGING_ORDER: Final = [coded(fixed.IMAGING_ORDER)]
UNKNOWN_STATUS: Final = "unknown"
"""Status of an order that is created because the receiver lacks it: the report does not know its workflow."""


def add_orders(writer: Writer) -> None:
    """Add the orders of the context, and tell ``writer`` how to refer to them."""
    orders = writer.report.context.orders
    writer.requested = []
    for order, known in zip(orders, known_by(orders), strict=True):
        reference = _order(writer, order, known)
        if reference is None or reference in writer.requested:
            continue
        writer.requested.append(reference)
        # HL7 Europe takes what something is based on by Accession Number only; other orders stand in their section
        if order.accession.value or not writer.kind.document:
            writer.orders.append(reference)


def _order(writer: Writer, order: Order, known: Identifier) -> Json | None:
    """Return the reference to an order, with its Accession Number beside it so that it can be searched for.

    An order that cannot be told from others has none.
    """
    if not known.value:
        return None
    kind = ACCESSION if order.accession.value else PLACER
    number = identifier(order.accession if order.accession.value else order.placer, kind)
    # a companion's order belongs to the report that is made elsewhere; IHE IMR carries orders by Accession Number only
    if writer.companion or (writer.kind.closed and kind is not ACCESSION):
        return {"type": "ServiceRequest", "identifier": number}
    numbers = [number]
    if order.accession.value and order.placer.value:
        numbers.append(identifier(order.placer, PLACER))
    body: Json = {
        "identifier": numbers,
        "status": UNKNOWN_STATUS,
        "intent": "order",
        "category": IMAGING_ORDER,
        "subject": writer.subject,
    }
    if order.description:
        body["code"] = {"text": clean(order.description)}
    if order.reason:
        body["reasonCode"] = [{"text": clean(order.reason)}]
    return {**writer.add_known("ServiceRequest", known, body), "type": "ServiceRequest", "identifier": number}


def orders_of(writer: Writer, study: Study) -> list[Json]:
    """Return the orders that a study was made for: those of its Accession Number, else all.

    HL7 Europe has room for one of them by Accession Number (ImagingStudy.basedOn); the others go without it.
    """
    own = [one for one in writer.orders if study.accession and _number(one) == clean(study.accession)]
    first, *others = own or writer.orders or [{}]
    if writer.kind.document:
        others = [{name: value for name, value in one.items() if name != "identifier"} for one in others]
    return [first, *others] if first else []


def _number(reference: Json) -> object:
    number = reference["identifier"]
    return number["value"] if isinstance(number, dict) and number.get("type") == ACCESSION else ""

"""A transaction as JSON text. Observations are most of it, and nearly all of their text is the same in every report.

What an Observation looks like is said once, by `writer.observation`. Its text is cut where an id, what its group
shares, and what was answered go; an entry is these pieces joined. A test compares both ways over every kind of report.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache
from typing import Final

from emh_report.export.fhir.datatypes import CACHED, Json
from emh_report.export.fhir.identity import uuid_named, uuids_named
from emh_report.export.fhir.json_text import fragment, members_of, to_json
from emh_report.export.fhir.kinds import Kind
from emh_report.export.fhir.options import Options
from emh_report.export.fhir.said import Told
from emh_report.export.fhir.writer import Writer, observation
from emh_report.report import Report

COMMA: Final = b","
KNOWN, BASE, OTHERS, SAID = "\ue000\ue001\ue002\ue003"
HOLES: Final = re.compile(f'"{BASE}":0|,{{"{OTHERS}":0}}|"code":"{SAID}","{SAID}":0|{KNOWN}')

_kept: Final[dict[int, tuple[Json, object]]] = {}
"""Content that outlives a report and its text, by the id of the content."""


@lru_cache(1)
def _pieces() -> tuple[bytes, ...]:
    """Return what stands around id, base, id, other identifiers, answer and id of an Observation."""
    whole = observation(KNOWN, {BASE: 0}, [{OTHERS: 0}], {}, {"code": SAID, SAID: 0})
    return tuple(piece.encode() for piece in HOLES.split(to_json(whole).decode()))


class TextWriter(Writer):
    """Writes every entry as text as soon as it is there, so that the bundle is joined once."""

    def __init__(self, report: Report, options: Options, kind: Kind) -> None:
        """Cut the text of an Observation to the identifiers that all of this report share."""
        super().__init__(report, options, kind)
        before, self._opening, self._closing, own, self._listed, after, last = _pieces()
        self._own = own + b"".join(COMMA + to_json(link) for link in self.links)
        self._frame = COMMA + before, self._own + self._listed, after, last
        self._bases: dict[int, tuple[Json, bytes]] = {}
        self._written: list[bytes] = []

    def acquired_with(self, more: Json) -> Json:
        """Return so, and keep its text, of which only that of ``more`` has to be written."""
        base = super().acquired_with(more)
        if self.acquired.keys().isdisjoint(more):
            shared = self._shared(self.acquired)[: -len(self._closing)]
            self._bases[id(base)] = (base, b"".join((shared, COMMA, members_of(more), self._closing)))
        return base

    def kept(self, content: Json) -> object:
        """Return its text, which is written once. It is held beside it, so that nothing else can have its id."""
        known = _kept.get(id(content))
        if known is None:
            if len(_kept) >= CACHED:
                _kept.clear()
            known = _kept[id(content)] = (content, fragment(content))
        return known[1]

    def put(self, entry: Json) -> None:
        """Write an entry; it also stays among the entries, unlike what is written from pieces."""
        super().put(entry)
        self._written += (COMMA, to_json(entry))

    def observe(self, name: str, base: Json, code: Json, value: Json, *others: Json) -> Json:
        """Write an Observation from its pieces, unless ``value`` has an element of ``base``, which it replaces."""
        if not value.keys().isdisjoint(base):
            return super().observe(name, base, code, value, *others)
        known = uuid_named(name, self.space)
        key = known.encode()
        start, own, ask, end = self._frame
        if others:
            own = b"".join((self._own, *(COMMA + to_json(other) for other in others), self._listed))
        said = members_of({"code": code, **value})
        self._written += (start, key, self._shared(base), key, own, said, ask, key, end)
        return {"reference": f"urn:uuid:{known}"}

    def answer(self, start: str, base: Json, undated: Json, found: Collection[Told]) -> list[Json]:
        """Write the Observations of a group from their pieces."""
        known = uuids_named([start + told[1] for told in found], self.space)
        head, own, ask, end = self._frame
        written = self._written
        last, shared = None, b""
        for one, (_, _, acquired, said) in zip(known, found, strict=True):
            key = one.encode()
            if acquired is not last:
                last, shared = acquired, self._shared(base if acquired else undated)
            written += (head, key, shared, key, own, said.text or said.as_text(), ask, key, end)
        return [{"reference": f"urn:uuid:{one}"} for one in known]

    def transaction(self) -> bytes:
        """Return the transaction: what `to_json` makes of `bundle.assemble`."""
        head = to_json(self.bundle("transaction"))[:-1]
        first, *others = self._written or [COMMA]
        return b"".join((head, b',"entry":[', first[len(COMMA) :], *others, b"]}"))

    def _shared(self, base: Json) -> bytes:
        """Return the text of what a group shares. The base is kept beside it, so that no other can have its id."""
        known = self._bases.get(id(base))
        if known is None:
            known = self._bases[id(base)] = (base, self._opening + members_of(base) + self._closing)
        return known[1]

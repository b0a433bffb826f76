"""ValueSet: its codes, found by what people type ($expand), and whether a code is one of them ($validate-code)."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from emh_report.fhir_http.code_systems import LANGUAGE, CodeSystems, display_fault, verdict
from emh_report.fhir_http.concepts import CODING, CONCEPT, LANGUAGES, Given, given
from emh_report.fhir_http.definitions import HL7_OPERATION
from emh_report.fhir_http.inputs import Input, Inputs
from emh_report.fhir_http.library import Library
from emh_report.fhir_http.outcomes import RefusedError
from emh_report.fhir_http.served import Answer, Operation
from emh_report.intake.content import Json
from emh_report.search import fold, lines, rank

TYPE: Final = "ValueSet"
EXPAND: Final = (
    Input("url", "uri", "The value set"),
    Input("valueSetVersion", "string", "Its version; another than the installed one is not there"),
    Input("filter", "string", "What was typed: beginnings of words, synonyms, British or American; best match first"),
    Input("offset", "integer", "So many codes are left out at the start"),
    Input("count", "integer", "So many codes are returned; all of them where it is not given"),
    Input("includeDesignations", "boolean", "Return the other words for each code"),
    Input("activeOnly", "boolean", "All codes are active"),
    Input("excludeNested", "boolean", "Expansions are flat in any case"),
    LANGUAGE,
)


class Member(NamedTuple):
    """One code of a value set, the texts that it is found by, and how it stands in an expansion, with words or not."""

    system: str
    concept: Json
    texts: str
    plain: Json
    worded: Json


class ValueSets:
    """Operations on the value sets of a library."""

    def __init__(self, library: Library, systems: CodeSystems) -> None:
        """Take the library, and the code systems that value sets draw on."""
        self._library = library
        self._systems = systems

    def operations(self) -> tuple[Operation, ...]:
        """Return the operations."""
        return (
            Operation(
                "expand",
                f"{HL7_OPERATION}/ValueSet-expand",
                "The codes of a value set, in its order or best match first, in pages",
                self.expand,
                EXPAND,
            ),
            Operation(
                "validate-code",
                f"{HL7_OPERATION}/ValueSet-validate-code",
                "Whether a code is in a value set, and a display a name of it",
                self.validate,
                (
                    Input("url", "uri", "The value set"),
                    Input("valueSetVersion", "string", "Its version"),
                    Input("code", "code", "The code"),
                    Input("system", "uri", "Its code system"),
                    Input("systemVersion", "string", "Version of the code system"),
                    Input("display", "string", "A name to be compared with those of the code"),
                    CODING,
                    CONCEPT,
                    LANGUAGE,
                ),
            ),
        )

    def expand(self, id_: str, inputs: Inputs) -> Answer:
        """Answer $expand."""
        value_set = self._value_set(id_, inputs)
        url = value_set["url"]
        members = self.members(url)
        if inputs.has("filter"):
            members = best(members, inputs.text("filter"))
        offset, count = inputs.number("offset", 0), inputs.number("count", len(members))
        words = inputs.flag("includeDesignations")
        expansion: Json = {
            "identifier": _urn(f"{url}|{value_set['version']}"),
            "timestamp": self._library.loaded,
            "total": len(members),
            "offset": offset,
            "parameter": [*self._drawn_on(url), *_stated(inputs)],
        }
        if shown := members[offset : offset + count]:
            expansion["contains"] = [one.worded for one in shown] if words else [one.plain for one in shown]
        return Answer({**value_set, "expansion": expansion})

    @functools.cache  # noqa: B019 - as long as the process lives
    def _drawn_on(self, url: str) -> Sequence[Json]:
        """Return the code systems of ours that a value set draws on, with their versions."""
        canonical = self._library.canonical
        systems = [include["system"] for include in canonical[TYPE, url]["compose"]["include"]]
        found = [one for system in systems if (one := canonical.get(("CodeSystem", system)))]
        return [{"name": "used-codesystem", "valueUri": f"{one['url']}|{one['version']}"} for one in found]

    def validate(self, id_: str, inputs: Inputs) -> Answer:
        """Answer $validate-code."""
        members = self.members(self._value_set(id_, inputs)["url"])
        message = ""
        for asked in given(inputs, version="systemVersion"):
            message, member = self._fault(members, asked)
            if member is not None and not message:
                return Answer(verdict(result=True, display=member.concept.get("display", "")))
        return Answer(verdict(result=False, message=message))

    def _fault(self, members: Sequence[Member], asked: Given) -> tuple[str, Member | None]:
        if not asked.system:
            raise RefusedError(400, "required", "the code system of the code is needed", expression="system")
        if fault := self._systems.version_fault(asked):
            return fault, None
        for one in members:
            if (one.system, one.concept["code"]) == (asked.system, asked.code):
                return display_fault(one.concept, asked.display, (other.concept for other in members)), one
        return "the code is not in the value set", None

    def _value_set(self, id_: str, inputs: Inputs) -> Json:
        if id_:
            url, version = inputs.text("url"), inputs.text("valueSetVersion")
            return self._library.instance(TYPE, id_, url, version, name="valueSetVersion")
        if not inputs.has("url"):
            raise RefusedError(400, "required", "url is needed", expression="url")
        return self._library.by_url(TYPE, inputs.text("url"), inputs.text("valueSetVersion"))

    @functools.cache  # noqa: B019 - as long as the process lives
    def members(self, url: str) -> Sequence[Member]:
        """Return the codes of a value set in its order."""
        return tuple(self._members(self._library.canonical[TYPE, url]))

    def _members(self, value_set: Json) -> Iterator[Member]:
        for include in value_set["compose"]["include"]:
            system = include["system"]
            known = self._systems.concepts(system)
            for one in include.get("concept", known.values()):
                concept = known.get(one["code"], {}) | one
                texts = lines(dict.fromkeys(fold(text) for text in _texts(concept)))
                plain = {"system": system, **_parts(concept, "code", "display")}
                yield Member(system, concept, texts, plain, {**plain, **_parts(concept, "designation")})


@functools.cache
def _urn(name: str) -> str:
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, name)}"


def _texts(concept: Json) -> Iterator[str]:
    if "display" in concept:
        yield concept["display"]
    yield from (one["value"] for one in concept.get("designation", ()))
    yield concept["code"]


def best(members: Sequence[Member], typed: str) -> Sequence[Member]:
    """Return the members that fit what was typed, best first; every one of them where it was nothing but marks."""
    wanted = fold(typed)
    if not wanted:
        return members
    first = wanted.partition(" ")[0]  # in whatever fits, so that most are passed over quickly
    found: list[list[Member]] = [[], [], [], [], []]
    for one in members:
        if first in one.texts and (place := rank(wanted, one.texts)) is not None:
            found[place].append(one)
    return [one for alike in found for one in alike]


def _parts(concept: Json, *names: str) -> Json:
    return {name: concept[name] for name in names if name in concept}


def _stated(inputs: Inputs) -> Iterator[Json]:
    """Yield what the expansion was made with."""
    if inputs.has("filter"):
        yield {"name": "filter", "valueString": inputs.text("filter")}
    for name in ("offset", "count"):
        if inputs.has(name):
            yield {"name": name, "valueInteger": inputs.number(name, 0)}
    yield {"name": "displayLanguage", "valueCode": LANGUAGES}
    for name in ("includeDesignations", "activeOnly", "excludeNested"):
        if inputs.has(name):
            yield {"name": name, "valueBoolean": inputs.flag(name)}

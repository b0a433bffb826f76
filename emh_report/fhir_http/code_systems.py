"""CodeSystem: what a code means ($lookup), whether there is one ($validate-code), and whether it holds another."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from emh_report.fhir_http.concepts import CODING, CONCEPT, Given, coding, given
from emh_report.fhir_http.definitions import HL7_OPERATION
from emh_report.fhir_http.inputs import Input, Inputs
from emh_report.fhir_http.library import Library
from emh_report.fhir_http.outcomes import RefusedError
from emh_report.fhir_http.parameters import parameter, parameters, parts
from emh_report.fhir_http.served import Answer, Operation
from emh_report.intake.content import Json
from emh_report.own_codes import SEARCH_WORD

TYPE: Final = "CodeSystem"
LANGUAGE: Final = Input("displayLanguage", "code", "Displays are English, whatever is asked for")
VERSION: Final = Input("version", "string", "Version of the code system; another than the installed one is not there")


class CodeSystems:
    """Operations on code systems of a library. They are complete and flat: no code holds another."""

    def __init__(self, library: Library) -> None:
        """Take the library."""
        self._library = library

    def operations(self) -> tuple[Operation, ...]:
        """Return the operations."""
        return (
            Operation(
                "lookup",
                f"{HL7_OPERATION}/CodeSystem-lookup",
                "Everything that is known of a code",
                self.lookup,
                (
                    Input("code", "code", "The code"),
                    Input("system", "uri", "Its code system"),
                    VERSION,
                    CODING,
                    LANGUAGE,
                    Input("property", "code", "Which properties to return; all where none is named", repeats=True),
                ),
                on_instance=False,
            ),
            Operation(
                "validate-code",
                f"{HL7_OPERATION}/CodeSystem-validate-code",
                "Whether a code is one of a code system, and a display a name of it",
                self.validate,
                (
                    Input("url", "uri", "The code system"),
                    Input("code", "code", "The code"),
                    VERSION,
                    Input("display", "string", "A name to be compared with those of the code"),
                    CODING,
                    CONCEPT,
                    LANGUAGE,
                ),
            ),
            Operation(
                "subsumes",
                f"{HL7_OPERATION}/CodeSystem-subsumes",
                "Whether one code holds another: these code systems are flat, so only where both are the same",
                self.subsumes,
                (
                    Input("codeA", "code", "One code"),
                    Input("codeB", "code", "The other"),
                    Input("system", "uri", "The code system of both"),
                    VERSION,
                    Input("codingA", "Coding", "Instead of codeA and system"),
                    Input("codingB", "Coding", "Instead of codeB and system"),
                ),
            ),
        )

    @functools.cache  # noqa: B019 - as long as the process lives
    def concepts(self, url: str) -> Mapping[str, Json]:
        """Return the concepts of a code system by code; none where it is not ours."""
        found = self._library.canonical.get((TYPE, url))
        return {one["code"]: one for one in found["concept"]} if found else {}

    def lookup(self, _: str, inputs: Inputs) -> Answer:
        """Answer $lookup."""
        asked = given(inputs)[0]
        system = self._system(asked)
        concept = self._concept(system, asked.code)
        found = [
            parameter("name", "String", system["name"]),
            parameter("version", "String", system["version"]),
            parameter("display", "String", concept["display"]),
        ]
        if self._library.release.name != "R4" and "definition" in concept:
            found.append(parameter("definition", "String", concept["definition"]))
        found += [_designation(one) for one in concept.get("designation", ())]
        wanted = inputs.texts("property")
        found += [one for one in self._properties(concept) if not wanted or one["part"][0]["valueCode"] in wanted]
        return Answer(parameters(*found))

    def _properties(self, concept: Json) -> Iterator[Json]:
        if self._library.release.name == "R4" and "definition" in concept:  # R4 has no other place for it
            yield _property("definition", concept["definition"])
        for one in concept.get("property", ()):
            yield _property(one["code"], one["valueString"])

    def validate(self, id_: str, inputs: Inputs) -> Answer:
        """Answer $validate-code."""
        version = inputs.text("version")
        named = self._library.instance(TYPE, id_, version=version) if id_ else self._named(inputs)
        asked = given(inputs, system="url")
        for one in asked:
            system = named or self._system(one)
            fault = self.fault(system, one)
            if not fault:
                display = self.concepts(system["url"])[one.code]["display"]
                return Answer(verdict(result=True, display=display))
        return Answer(verdict(result=False, message=fault))

    def _named(self, inputs: Inputs) -> Json | None:
        if not inputs.has("url"):
            return None
        return self._library.by_url(TYPE, inputs.text("url"), inputs.text("version"))

    def fault(self, system: Json, asked: Given) -> str:
        """Return what is wrong with a code of a system; empty where nothing is."""
        if asked.system and asked.system.partition("|")[0] != system["url"]:
            return "the code is of another code system"
        version = asked.version or asked.system.partition("|")[2]
        if fault := self.version_fault(asked._replace(system=system["url"], version=version)):
            return fault
        known = self.concepts(system["url"])
        concept = known.get(asked.code)
        if concept is None:
            return "the code system has no such code"
        return display_fault(concept, asked.display, known.values())

    def version_fault(self, asked: Given) -> str:
        """Return what is wrong with the version that a code is said to be of; empty for systems that are not ours."""
        system = self._library.canonical.get((TYPE, asked.system))
        if not asked.version or system is None or asked.version == system["version"]:
            return ""
        return f"the code is of another version of its code system; installed is {system['version']}"

    def subsumes(self, id_: str, inputs: Inputs) -> Answer:
        """Answer $subsumes."""
        one, other = (self._side(inputs, letter, id_) for letter in "AB")
        if one.system != other.system:
            raise RefusedError(400, "invalid", "both codes have to be of one code system", expression="codingB")
        outcome = "equivalent" if one.code == other.code else "not-subsumed"
        return Answer(parameters(parameter("outcome", "Code", outcome)))

    def _side(self, inputs: Inputs, letter: str, id_: str) -> Given:
        if inputs.has(f"coding{letter}"):
            asked = coding(inputs.part(f"coding{letter}"), f"coding{letter}")
        elif inputs.has(f"code{letter}"):
            url = self._library.get(TYPE, id_)["url"] if id_ else inputs.text("system")
            asked = Given(url, inputs.text(f"code{letter}"), version=inputs.text("version"))
        else:
            raise RefusedError(400, "required", f"code{letter} or coding{letter} is needed", expression=f"code{letter}")
        self._concept(self._system(asked), asked.code, name=f"code{letter}")
        return asked

    def _system(self, asked: Given) -> Json:
        if not asked.system:
            raise RefusedError(400, "required", "the code system is needed", expression="system")
        return self._library.by_url(TYPE, asked.system, asked.version, name="system")

    def _concept(self, system: Json, code: str, *, name: str = "code") -> Json:
        concept = self.concepts(system["url"]).get(code)
        if concept is None:
            raise RefusedError(404, "code-invalid", f"{system['url']} has no such code", expression=name)
        return concept


def display_fault(concept: Json, display: str, known: Iterable[Json]) -> str:
    """Return what is wrong with the display of a code; case and white space do not count.

    A word that only finds the code need be no name of it ("hepatomegaly" finds Liver), and a wording that is the
    display of another code (``known`` has all of them) is the name of that one.
    """
    typed, own = _folded(display), _folded(concept.get("display", ""))
    names = {own, *(_folded(one["value"]) for one in concept.get("designation", ()) if _is_name(one))} - {""}
    if not display or not names or typed == own:
        return ""
    if typed in names and all(_folded(one.get("display", "")) != typed for one in known):
        return ""
    return f"this is no name of the code; its display is: {concept['display']}"


def _is_name(designation: Json) -> bool:
    return bool(designation["use"]["code"] != SEARCH_WORD.code)


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def verdict(*, result: bool, message: str = "", display: str = "") -> Json:
    """Return the answer of $validate-code."""
    found = [parameter("result", "Boolean", result)]
    if message:
        found.append(parameter("message", "String", message))
    if display:
        found.append(parameter("display", "String", display))
    return parameters(*found)


def _designation(one: Json) -> Json:
    return parts(
        "designation",
        parameter("language", "Code", one["language"]),
        parameter("use", "Coding", one["use"]),
        parameter("value", "String", one["value"]),
    )


def _property(code: str, value: str) -> Json:
    return parts("property", parameter("code", "Code", code), parameter("value", "String", value))

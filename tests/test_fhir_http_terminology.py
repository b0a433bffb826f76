"""Terminology over HTTP: operations by GET and POST, compared with the vocabularies they are made from."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emh_report.search import SearchIndex, fold, lines, rank
from tests.case_files import catalog
from tests.drawing import draws
from tests.fhir_service import ask, assert_valid
from tests.fhir_terminology import CAUSE, OWN, RELEASES, SITE, parameters, values

Json = Any
INDEX = SearchIndex(catalog().vocabularies)


def codes(expanded: Json) -> list[str]:
    return [one["code"] for one in expanded["expansion"].get("contains", ())]


# --- $expand ----------------------------------------------------------------------------------------------------------


@RELEASES
def test_every_value_set_expands_to_every_code(release: str) -> None:
    for vocabulary in catalog().vocabularies.values():
        expanded = ask(f"{release}/ValueSet/{vocabulary.id}/$expand").json
        if vocabulary.id != "observable":  # which has the questions of all templates
            assert codes(expanded) == list(vocabulary.terms)
        assert expanded["expansion"]["total"] == len(codes(expanded))


@pytest.mark.parametrize("typed", ["post med", "haem", "liver", "PVM", "x", "cord comp", "spleen", "thal"])
def test_typing_finds_what_the_form_finds_in_the_same_order(typed: str) -> None:
    for vocabulary in ("site", "cause", "cause-status", "complication"):
        if vocabulary in catalog().vocabularies:
            found = codes(ask(f"R4/ValueSet/{vocabulary}/$expand?filter={typed}").json)
            searched = [match.term.code for match in INDEX.search(typed, vocabulary)]
            assert set(searched) <= set(found)
            assert found[: len(searched)][:1] == searched[:1]


@given(
    st.lists(st.text("ab ", min_size=1).map(fold), min_size=1, max_size=4),
    st.text("ab ", max_size=5).map(fold).filter(bool),
)
def test_the_best_of_several_texts_is_found_at_once(texts: list[str], typed: str) -> None:
    def place(text: str) -> int | None:
        words = [f" {word}" in f" {text}" for word in typed.split()]
        tests = [text == typed, text.startswith(typed), f" {typed}" in f" {text}", typed in text, all(words)]
        return next((number for number, fits in enumerate(tests) if fits), None)

    places = [one for text in texts if (one := place(text)) is not None]
    assert rank(typed, lines(texts)) == (min(places) if places else None)


@RELEASES
def test_pages_of_an_expansion_are_the_whole(release: str) -> None:
    whole = ask(f"{release}/ValueSet/site/$expand").json
    pages = [ask(f"{release}/ValueSet/site/$expand?offset={start}&count=10").json for start in range(0, 70, 10)]
    assert list(itertools.chain(*map(codes, pages))) == codes(whole)
    assert {page["expansion"]["total"] for page in pages} == {len(codes(whole))}
    assert "contains" not in ask(f"{release}/ValueSet/site/$expand?count=0").json["expansion"]
    assert_valid(ask(f"{release}/ValueSet/site/$expand?offset=10&count=10&includeDesignations=true"), release)


@RELEASES
def test_expansions_by_get_and_post_are_the_same(release: str) -> None:
    by_get = ask(f"{release}/ValueSet/$expand?url={OWN}/ValueSet/site&filter=liver&count=3&activeOnly=true").json
    body = parameters(url=f"{OWN}/ValueSet/site", filter="liver", count=3, activeOnly=True)
    assert ask(f"{release}/ValueSet/$expand", "POST", body).json == by_get
    assert by_get["id"] == "site"


def test_the_expansion_says_its_language_and_what_it_was_made_with() -> None:
    for wanted in ("en", "en-US", "de"):
        expanded = ask(f"R4/ValueSet/site/$expand?displayLanguage={wanted}&filter=liver&includeDesignations=true").json
        stated = {
            one["name"]: next(v for k, v in one.items() if k != "name") for one in expanded["expansion"]["parameter"]
        }
        assert (stated["displayLanguage"], stated["filter"]) == ("en", "liver")
        assert {one["language"] for one in expanded["expansion"]["contains"][0]["designation"]} == {"en"}


def test_units_and_absent_reasons_draw_on_other_systems() -> None:
    units = ask("R4/ValueSet/unit/$expand?filter=mm").json["expansion"]["contains"]
    assert {"system": "http://unitsofmeasure.org", "code": "mm"}.items() <= units[0].items()
    reasons = ask("R4/ValueSet/answer-absent-reason/$expand").json
    assert {"unknown", "not-evaluable", "not-answered"} <= set(codes(reasons))


def test_versions_that_are_not_installed_are_not_there() -> None:
    version = ask("R4/ValueSet/site").json["version"]
    url = f"{OWN}/ValueSet/site"
    assert ask(f"R4/ValueSet/$expand?url={url}&valueSetVersion={version}").status == 200
    assert ask(f"R4/ValueSet/$expand?url={url}|{version}").status == 200
    for asked in (f"url={url}&valueSetVersion=9.9", f"url={url}|9.9"):
        assert ask(f"R4/ValueSet/$expand?{asked}").status == 404


@draws(60)
@given(st.text(min_size=1, max_size=20))
def test_any_typing_is_answered(typed: str) -> None:
    answer = ask("R4/ValueSet/cause/$expand", "POST", parameters(filter=typed.encode("utf-8", "replace").decode()))
    assert answer.status == 200
    assert set(codes(answer.json)) <= set(catalog().vocabularies["cause"].terms)


# --- $lookup, $subsumes -----------------------------------------------------------------------------------------------


@RELEASES
def test_lookup_tells_everything_that_is_known(release: str) -> None:
    term = catalog().vocabularies["site"].terms["paraspinal-thoracic"]
    answer = ask(f"{release}/CodeSystem/$lookup?system={SITE}&code={term.code}")
    assert_valid(answer, release)
    assert values(answer.json, "display") == [term.display]
    words = [part[2]["valueString"] for part in values(answer.json, "designation")]
    assert set(term.synonyms) <= set(words)
    properties = {part[0]["valueCode"] for part in values(answer.json, "property")}
    assert {"group", *term.properties} <= properties
    only = ask(f"{release}/CodeSystem/$lookup?system={SITE}&code={term.code}&property=group").json
    assert [part[0]["valueCode"] for part in values(only, "property")] == ["group"]
    posted = ask(f"{release}/CodeSystem/$lookup", "POST", parameters(coding={"system": SITE, "code": term.code}))
    assert posted.json == answer.json


@RELEASES
def test_flat_systems_subsume_nothing_but_the_same(release: str) -> None:
    for code, outcome in (("liver", "equivalent"), ("spleen", "not-subsumed")):
        answer = ask(f"{release}/CodeSystem/$subsumes?system={SITE}&codeA=liver&codeB={code}").json
        assert values(answer, "outcome") == [outcome]
        codings = parameters(codingA={"system": SITE, "code": "liver"}, codingB={"system": SITE, "code": code})
        assert ask(f"{release}/CodeSystem/$subsumes", "POST", codings).json == answer
    assert ask(f"{release}/CodeSystem/site/$subsumes?codeA=liver&codeB=liver").status == 200
    apart = parameters(codingA={"system": SITE, "code": "liver"}, codingB={"system": CAUSE, "code": "idiopathic"})
    assert ask(f"{release}/CodeSystem/$subsumes", "POST", apart).status == 400


# --- $translate -------------------------------------------------------------------------------------------------------

RELATIONS = {
    "R4": (
        "equivalence",
        {"equivalent": "equivalent", "broader": "wider", "narrower": "narrower", "related": "relatedto"},
    ),
    "R5": (
        "relationship",
        {
            "equivalent": "equivalent",
            "broader": "source-is-narrower-than-target",
            "narrower": "source-is-broader-than-target",
            "related": "related-to",
        },
    ),
}


def matches(answer: Json) -> set[tuple[str, str, str]]:
    found = set()
    for part in values(answer, "match"):
        said = {one["name"]: next(value for key, value in one.items() if key != "name") for one in part}
        relation = said.get("equivalence") or said["relationship"]
        found.add((relation, said["concept"]["system"], said["concept"]["code"]))
    return found


@RELEASES
def test_every_term_translates_to_its_verified_codes_and_back(release: str) -> None:
    _, words = RELATIONS[release]
    term = catalog().vocabularies["cause"].terms["beta-thalassemia-major"]
    wanted = {
        (words[one.match], one.code.system, one.code.code)
        for one in term.codings
        if one.verified and one.map in ("core", "reference")
    }
    code = "code" if release == "R4" else "sourceCode"
    answer = ask(f"{release}/ConceptMap/$translate?system={CAUSE}&{code}={term.code}")
    assert_valid(answer, release)
    assert matches(answer.json) == wanted
    assert values(answer.json, "result") == [True]
    for relation, system, elsewhere in wanted:
        back = f"code={elsewhere}&reverse=true" if release == "R4" else f"targetCode={elsewhere}"
        found = matches(ask(f"{release}/ConceptMap/cause/$translate?system={system}&{back}").json)
        turned = {"wider": "narrower", "narrower": "wider"}.get(relation, relation)  # R5 keeps the words of the map
        assert (turned if release == "R4" else relation, CAUSE, term.code) in found


@RELEASES
def test_a_system_can_be_named_and_no_match_is_said(release: str) -> None:
    code, target = ("code", "targetsystem") if release == "R4" else ("sourceCode", "targetSystem")
    icd = "http://hl7.org/fhir/sid/icd-10-cm"
    asked = f"system={CAUSE}&{code}=beta-thalassemia-major"
    found = matches(ask(f"{release}/ConceptMap/$translate?{asked}&{target}={icd}").json)
    assert {system for _, system, _ in found} == {icd}
    none = ask(f"{release}/ConceptMap/$translate?system={CAUSE}&{code}=none").json
    assert values(none, "result") == [False]
    assert "does not mean" in values(none, "message")[0]


def test_codes_of_maps_that_are_not_licensed_are_not_served() -> None:
    optional = {
        (one.code.system, one.code.code, term.code)
        for term in catalog().vocabularies["cause"].terms.values()
        for one in term.codings
        if one.map not in ("core", "reference")
    }
    served = {
        (system, code, term)
        for term in catalog().vocabularies["cause"].terms
        for _, system, code in matches(ask(f"R4/ConceptMap/cause/$translate?system={CAUSE}&code={term}").json)
    }
    shared = {
        (one.code.system, one.code.code, term.code)
        for term in catalog().vocabularies["cause"].terms.values()
        for one in term.codings
        if one.map in ("core", "reference")
    }
    assert optional
    assert not (optional - shared) & served


# --- Questionnaires ---------------------------------------------------------------------------------------------------


@RELEASES
def test_questionnaires_are_found_by_url_and_version(release: str) -> None:
    for template in catalog().templates:
        form = ask(f"{release}/Questionnaire/{template.id}").json
        assert (form["version"], form["title"]) == (template.version, template.title)
        for search in (f"url={form['url']}", f"url={form['url']}&version={form['version']}", f"title={template.title}"):
            assert form in [one["resource"] for one in ask(f"{release}/Questionnaire?{search}").json["entry"]]
        assert "entry" not in ask(f"{release}/Questionnaire?url={form['url']}&version=9.9").json

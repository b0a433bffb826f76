"""The form's languages: complete catalogs, the language of a request, and pages that say nothing outside them."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo

from emh_report.config import FormOptions, read_settings
from emh_report.errors import SettingError
from emh_report.phrases import Phrase, phrase, together
from emh_report.web import language
from emh_report.web.language import ENGLISH, GERMAN, LANGUAGES
from emh_report.web.pages import STATIC, environment, local
from scripts.messages import catalogs, extracted, texts

PLACE = re.compile(r"%\(\w+\)s|\{\w+\}|</?\w+[^>]*>")
FOUND = list(catalogs())


def keys(catalog: Catalog) -> set[tuple[str | None, tuple[str, ...]]]:
    return {(message.context, texts(message.id)) for message in catalog if message.id}


def test_every_language_but_english_has_a_catalog() -> None:
    assert {path.parts[-3] for path, _ in FOUND} == LANGUAGES.keys() - {"en"}


@pytest.mark.parametrize(("path", "catalog"), FOUND)
def test_a_catalog_has_every_text_of_the_form_and_no_other(path: Path, catalog: Catalog) -> None:
    assert keys(extracted()) == keys(catalog), f"{path}: make messages"
    assert not catalog.obsolete


@pytest.mark.parametrize(("path", "catalog"), FOUND)
def test_every_text_is_translated_with_its_places_and_its_markup(path: Path, catalog: Catalog) -> None:
    for message in catalog:
        if not message.id:
            continue
        assert not message.fuzzy
        said = texts(message.string)
        assert all(said), f"{path}: {message.id}"
        for one in said:
            assert sorted(PLACE.findall(one)) == sorted(PLACE.findall(texts(message.id)[0])), one
            assert not set(PLACE.sub("", one)) & {"<", ">", '"', "&", "{", "}"}, one


@pytest.mark.parametrize(("path", "catalog"), FOUND)
def test_what_is_compiled_is_what_the_catalog_says(path: Path, catalog: Catalog) -> None:
    with path.with_suffix(".mo").open("rb") as file:
        compiled = read_mo(file)
    assert {(one.context, texts(one.id)): texts(one.string) for one in compiled if one.id} == {
        (one.context, texts(one.id)): texts(one.string) for one in catalog if one.id
    }


@pytest.mark.parametrize(
    ("cookie", "accepted", "found"),
    [
        ("", "", "en"),
        ("", "de-DE,de;q=0.9,en;q=0.8", "de"),
        ("", "fr, en;q=0.2, de;q=0.7", "de"),
        ("", "fr", "en"),
        ("", "de;q=0, fr", "en"),
        ("", "*", "en"),
        ("en", "de", "en"),
        ("de", "en", "de"),
        ("../de", "garbage;;q=,=", "en"),
    ],
)
def test_the_language_of_a_request(cookie: str, accepted: str, found: str) -> None:
    assert language.chosen(cookie, accepted, ENGLISH).code == found


def test_an_installation_names_its_language() -> None:
    assert language.named("") is ENGLISH
    assert language.named("de") is GERMAN
    with pytest.raises(SettingError, match="EMH_WEB_LANGUAGE"):
        language.named("deutsch")
    assert read_settings({"EMH_WEB_LANGUAGE": "de"}).form.language == "de"
    assert read_settings({"EMH_WEB_LANGUAGE": "de"}, form=FormOptions(language="en")).form.language == "en"


def test_a_phrase_is_english_until_a_language_says_it() -> None:
    removed = phrase("{title} removed.", title="Lesion {0}")
    assert removed == "Lesion {0} removed."
    assert GERMAN.say(removed) == "Lesion {0} entfernt."
    assert GERMAN.say("Save") == "Save"  # no phrase: data or a clinical word
    assert GERMAN.say(phrase("Save")) == "Speichern"
    assert GERMAN.say(Phrase("", {})) == ""
    both = together(phrase("Not saved"), phrase("Reference {reference}.")).given(reference="7")
    assert (both, GERMAN.say(both)) == ("Not saved Reference 7.", "Nicht gespeichert Kennung 7.")


def test_dates_and_decimals_are_those_of_the_language() -> None:
    assert [GERMAN.day(date) for date in ("2024-03-02", "2024-03", "2024", "", "about 2024")] == [
        "02.03.2024",
        "03.2024",
        "2024",
        "",
        "about 2024",
    ]
    assert ENGLISH.day("2024-03-02") == "2024-03-02"
    assert (GERMAN.size("32.5 × 21 mm"), ENGLISH.size("32.5 × 21 mm")) == ("32,5 × 21 mm", "32.5 × 21 mm")
    assert re.fullmatch(r"0[1-3]\.03\.2024 \d\d:\d\d", local("2024-03-02T12:00:00Z", GERMAN))


def test_scripts_hold_no_words_and_ask_for_no_others() -> None:
    sources = {path.name: path.read_text(encoding="utf-8") for path in STATIC.glob("*.js")}
    words = environment(ENGLISH).get_template("scripts.html.j2").module.WORDS  # type: ignore[attr-defined]
    quoted = {name for text in sources.values() for name in re.findall(r'"([A-Za-z -]+)"', text)}
    assert words.keys() <= quoted
    asked = {name for text in sources.values() for name in re.findall(r'say\("([^"]+)"', text)}
    assert asked <= words.keys()
    sentences = {
        (name, text)
        for name, source in sources.items()
        for text in re.findall(r"""["'`]([A-Z][a-z]+ [a-z][^"'`]*)["'`]""", source)
    }
    assert sentences == set()

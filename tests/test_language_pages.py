"""Every page of the form in a language that puts everything the form says into brackets: nothing is left outside."""

from __future__ import annotations

import contextlib
import json
import re
import secrets
import tempfile
from collections.abc import Iterator
from gettext import NullTranslations
from html.parser import HTMLParser

import pytest

from emh_report.store import Store, open_store
from emh_report.web.language import Language
from emh_report.web.people import Staff, demo_people
from emh_report.web.samples import samples
from emh_report.web.server import running
from tests.case_files import catalog
from tests.test_form_priors import followed, known
from tests.web_service import Visitor, beside, hidden, sent_by, shelf, studies


class Brackets(NullTranslations):
    """Says everything in brackets."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def pgettext(self, context: str, message: str) -> str:  # noqa: ARG002 - as gettext calls it
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"


PSEUDO = Language("qps", "Pseudo", Brackets())
STATES = ("saved", "saving", "unsaved", "away", "out", "refused", "elsewhere", "dark", "light", "label")
SPOKEN = ("aria-label", "title", "placeholder", "alt", *(f"data-{state}" for state in STATES))
KEYS_AND_CODE = {"code", "kbd", "style", "script", "textarea", "time"}
VOID = {"input", "meta", "link", "br", "hr", "img"}
NAMES = re.compile(
    r"emh_report|English|Deutsch|FHIR|PDF|SHA-256|Tracking UID|Alt|n/e|n/a|MR|CT|US|CR|[A-Z]+-[A-Z0-9-]+"
    r"|Course, Clara|[0-9a-f]{8}-[0-9a-f-]{27}"
    r"|Fictional|Radiologist|Resident|Case \d+|Sample \d|[A-Z]{2,4}|[CTLS]\d+|[RL]|\bi\b"
)
TITLES = re.compile("|".join(re.escape(one.title) for one in catalog().templates))


class Outside(HTMLParser):
    """Gathers what a page shows outside brackets, but for what it marks as clinical by its language."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.words: dict[str, str] = {}
        self.depth = 0
        self.stack: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        ours = said["lang"] == PSEUDO.code if "lang" in said else self.ours
        ours = ours and said.get("translate") != "no"
        if tag not in VOID:
            self.stack.append((tag, ours))
        for name in SPOKEN:
            text = re.sub(r"⟦.*⟧", "", said.get(name) or "")
            if ours:
                self._keep(text)
        self.words |= json.loads(said.get("data-words") or "{}")

    def handle_endtag(self, tag: str) -> None:
        while tag not in VOID and self.stack and self.stack.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        text = ""
        for letter in data:
            self.depth += {"⟦": 1, "⟧": -1}.get(letter, 0)
            text += letter if not self.depth and letter != "⟧" else ""
        if self.ours and not (self.stack and self.stack[-1][0] in KEYS_AND_CODE):
            self._keep(text)

    @property
    def ours(self) -> bool:
        return self.stack[-1][1] if self.stack else True

    def _keep(self, text: str) -> None:
        if re.search(r"[^\W\d_]", NAMES.sub("", TITLES.sub("", text))):
            self.found.append(text.strip())


def outside(page: str) -> list[str]:
    parser = Outside()
    parser.feed(page)
    assert parser.depth == 0
    return parser.found + [word for word in parser.words.values() if not word.startswith("⟦")]


def test_what_is_outside_is_found() -> None:
    page = (
        '<title>Follow-up</title><p title="Out">In? ⟦said <b>here</b>⟧<span lang="en">Liver<b lang="qps">No</b></span>'
    )
    assert outside(f'{page}<p data-words=\'{{"add": "Add"}}\'>') == ["Out", "In?", "No", "Add"]


@pytest.fixture(scope="module")
def place() -> Iterator[tuple[Store, str]]:
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        store = stack.enter_context(open_store(f"sqlite:///{folder}/reports.db", catalog()))
        people = Staff(demo_people(), language=PSEUDO)
        yield store, stack.enter_context(running(store, "127.0.0.1:0", samples(), people))


def pages(address: str) -> Iterator[tuple[str, str]]:
    """Yield every kind of page, and the parts that scripts ask for."""
    yield "sign-in", Visitor("", address).get("/").text
    visitor = Visitor("attending", address)
    yield "worklist", visitor.get("/").text
    yield "begin", visitor.get("/study/case-009/emh-followup").text
    yield "nowhere", visitor.get("/study/none/none").text
    yield "opened, no study", visitor.get("/open").text
    yield "opened, unknown study", visitor.get("/open?studyUID=1.2.3").text
    yield "no page", visitor.get("/nowhere").text
    yield "from elsewhere", visitor.post("/sign-in", [], Origin="http://elsewhere.test").text
    for study in samples().values():
        own = visitor.begin(study.id, study.template_id)
        yield f"form {study.id}", visitor.get(own).text
    form = visitor.get(own).text
    yield "live", "".join(json.loads(visitor.post(f"{own}/live", sent_by(form)).text)["parts"].values())
    wrong = [(name, "nonsense" if name.endswith(".site") else value) for name, value in sent_by(form)]
    yield "wrong", visitor.post(own, [*beside(form), *wrong]).text
    yield (
        "removed",
        visitor.post(own, [*beside(visitor.get(own).text), *sent_by(form), ("action", "remove:finding.1")]).text,
    )
    yield "conflict", visitor.post(own, [*beside(form), *sent_by(form), ("mode", "companion")]).text
    yield "refused", visitor.post(own, [*beside(form), ("nothing.1.there", "x")]).text
    yield from releasing(visitor, own)
    visitor.token = secrets.token_hex()
    yield "expired", visitor.post(own, sent_by(form)).text


def releasing(visitor: Visitor, own: str) -> Iterator[tuple[str, str]]:
    """Yield what is shown on the way to a version, and after it."""
    for name in ("spine-mr", "quick-ct"):
        lacking = visitor.begin(name, samples()[name].template_id)
        yield f"lacking {name}", visitor.get(f"{lacking}/release/finalize").text
    yield "why", visitor.get(f"{own}/release/cancel").text
    yield "nobody's", Visitor("resident", visitor.address).get(f"{own}/release/finalize").text
    preview = visitor.get(f"{own}/release/release-preliminary").text
    yield "preview", preview
    released = visitor.post(f"{own}/release/release-preliminary", hidden(preview, "release"))
    yield "released", visitor.follow(released).text
    yield "released twice", visitor.post(f"{own}/release/release-preliminary", hidden(preview, "release")).text
    yield "course", visitor.get(f"{own}/course").text
    yield "panel", visitor.get(f"{own}/course/panel").text
    for kind in ("drafts", "preliminary", "signed", "ended"):
        yield kind, visitor.get(f"/?kind={kind}").text


def test_the_comparison_says_nothing_outside_its_language() -> None:
    who = known()
    with running(shelf(), "127.0.0.1:0", studies(), Staff(demo_people(), language=PSEUDO)) as address:
        visitor = Visitor("attending", address)
        shown = [visitor.get(f"/report/{who.prior}").text, visitor.get(f"/study/{who.study}/emh-followup").text]
        own = followed(visitor, who)
        shown += [visitor.get(f"{own}/course{part}").text for part in ("", "/panel")]
    assert "⟦Which lesion is which⟧" in shown[2]
    assert [outside(page) for page in shown] == [[], [], [], []]


@pytest.mark.parametrize(
    ("to", "place"),
    [("/report/1", "/report/1"), ("/?kind=drafts", "/?kind=drafts"), ("//elsewhere.test", "/"), ("", "/")],
)
def test_the_switch_comes_back_to_its_page_and_to_no_other_site(to: str, place: str) -> None:
    visitor = Visitor()
    answer = visitor.post("/language", [("action", "de"), ("to", to)])
    assert (answer.status, answer.headers["location"], visitor.cookies["emh-language"]) == (303, place, "de")
    assert '<html lang="de"' in visitor.get("/").text


def test_a_language_that_is_not_there_changes_nothing() -> None:
    visitor = Visitor()
    assert visitor.post("/language", [("action", "tlh"), ("to", "/")]).status == 303
    assert "emh-language" not in visitor.cookies
    assert '<html lang="en"' in visitor.get("/").text


def test_no_page_says_anything_outside_its_language(place: tuple[Store, str]) -> None:
    found = {name: texts for name, page in pages(place[1]) if (texts := outside(page))}
    assert found == {}

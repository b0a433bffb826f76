"""What the form refuses, without losing what was typed: forged, foreign, oversized, broken. And what a page weighs."""

import http.client
import re
from collections.abc import Mapping

import pytest

from emh_report import limits, pipeline
from tests.test_form_sheet import GIVEN
from tests.web_forms import TEXT, everything, opened, released
from tests.web_service import Visitor, ask, beside, fresh, hidden, sent_by, site, stored


def test_every_answer_forbids_what_a_page_does_not_need() -> None:
    visitor, address, page = opened()
    for path in (
        "/",
        address,
        "/nowhere",
        "/study/none/emh-minimal",
        re.findall(r'"(/static/[^"]+)"', page.text)[0],
    ):
        headers = visitor.get(path).headers
        assert "script-src 'self';" in headers["content-security-policy"], path
        assert headers["x-content-type-options"] == "nosniff"
    assert page.headers["cache-control"] == "no-store"
    cookie = ask("GET", address).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


def test_pages_have_nothing_inline_and_nothing_from_elsewhere() -> None:
    visitor, address, _ = opened("case-009")
    for path in ("/", address, f"{address}/release/release-preliminary", f"{address}/release/cancel"):
        text = visitor.get(path).text
        assert re.findall(r"<script(?![^>]*src=)|<style|\sstyle=|\son\w+=|javascript:", text) == []
        assert re.findall(r'(?:src|href|action)="(?!/|#)[^"]*"', text) == []


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://elsewhere.test"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}]
)
def test_a_form_of_another_site_is_refused(headers: dict[str, str]) -> None:
    visitor, address, page = opened()
    refused = visitor.post(address, [*everything(page), (TEXT, "x"), ("action", "save")], **headers)
    assert refused.status == 403
    assert "another site" in refused.text
    assert stored(address).etag == dict(beside(page.text))["etag"]


@pytest.mark.parametrize("token", ["", "x", "x.y", "é.é"])
def test_a_forged_token_does_nothing_and_loses_nothing(token: str) -> None:
    visitor, address, page = opened("case-009")
    pairs = [*everything(page), (TEXT, "Typed."), ("action", "save")]
    etag = stored(address).etag
    visitor.token = token
    refused = visitor.post(address, pairs)
    assert refused.status == 403
    assert stored(address).etag == etag
    assert hidden(refused.text, "form") == pairs
    again = visitor.post(address, hidden(refused.text, "form"))
    assert again.status == 200
    assert (TEXT, "Typed.") in sent_by(again.text)


def test_the_token_of_another_session_is_forged_too() -> None:
    visitor, address, page = opened()
    visitor.token = Visitor().token
    assert visitor.post(address, [*everything(page), ("action", "save")]).status == 403


TRAP = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


def test_a_script_in_any_field_is_shown_as_text() -> None:
    visitor, address, page = opened("case-009")
    # a reason goes with its warning, and no answer is left here that could make one
    answers = [(name, value) for name, value in everything(page) if not name.startswith("keep.")]
    pairs = [(name, TRAP if "." in name and name != "entry" else value) for name, value in answers]
    shown = visitor.post(address, [*pairs, ("action", "save")])
    assert shown.status == 200
    kept = [value for name, value in sent_by(shown.text) if value == TRAP]
    assert len(kept) == len([value for _, value in pairs if value == TRAP])
    version = visitor.get(released(visitor, address, shown))
    again = visitor.post(address, [*everything(visitor.get(address)), ("etag", "1-x"), (TEXT, TRAP + "!")])
    assert again.status == 409
    for answer in (shown, version, again):
        assert "<script>alert" not in answer.text
        assert "<img" not in answer.text


def test_an_oversized_text_stays_in_the_form_and_goes_nowhere() -> None:
    visitor, address, page = opened()
    long = "x" * (limits.TEXT + 1)
    shown = visitor.post(address, [*everything(page), (TEXT, long), ("action", "release:release-preliminary")])
    assert shown.status == 422
    assert f"at most {limits.TEXT}" in shown.text
    assert (TEXT, long) in sent_by(shown.text)
    assert stored(address).etag == dict(beside(page.text))["etag"]


def test_a_form_beyond_all_limits_is_refused() -> None:
    visitor, address, _ = opened()
    assert visitor.post(address, [(TEXT, "x" * (limits.MESSAGE_BYTES + 1))]).status == 413


@pytest.mark.parametrize(
    ("path", "pairs", "status"),
    [
        ("/study/none/emh-minimal", [], 404),
        ("/study/quick-ct/none", [], 404),
        ("/report/none", [("etag", "x")], 404),
        ("/report/none/release/finalize", [("seen", "x")], 404),
        ("{}", [("entry", "finding.1 a"), ("finding.1.nonsense", "Jane")], 400),
        ("{}", [("action", "remove:finding.9")], 400),
        ("{}", [("action", "add:procedure")], 400),
        ("{}/release/nonsense", [("reason", "Jane")], 404),
    ],
)
def test_forged_names_are_refused_without_being_repeated(path: str, pairs: list[tuple[str, str]], status: int) -> None:
    visitor, address, _ = opened()
    answer = visitor.post(path.format(address), pairs)
    assert answer.status == status
    assert "Jane" not in answer.text


@pytest.mark.parametrize("path", ["/report/none", "{}/version/1", "{}/version/x", "{}/version/0", "{}/release/x"])
def test_what_is_not_there_is_not_shown(path: str) -> None:
    visitor, address, _ = opened()
    assert visitor.get(path.format(address)).status == 404


def test_what_is_no_form_is_refused() -> None:
    visitor, address, _ = opened()
    for body in (b"\xff\xfe=%ff", b"&".join([b"a=1"] * 50_000)):
        assert ask("POST", address, body, {"Origin": site()} | visitor.headers()).status == 400


def test_another_host_name_is_refused() -> None:
    assert ask("GET", "/", headers={"Host": "elsewhere.test"}).status == 400


def test_a_defect_is_logged_without_what_was_typed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("Jane Doe")

    visitor, address, page = opened()
    pairs = [*everything(page), (TEXT, "Typed."), ("action", "save")]
    monkeypatch.setattr(pipeline, "review", fail)
    answer = visitor.post(address, pairs)
    assert answer.status == 500
    reference = re.search(r"Reference (\w+)", answer.text)
    assert reference
    assert reference[1] in caplog.text
    assert "Jane" not in caplog.text + answer.text
    assert hidden(answer.text, "form") == pairs


@pytest.mark.parametrize("name", [name for name in GIVEN if not name.startswith("emh-case")])
def test_a_page_is_small_over_the_wire(name: str) -> None:
    visitor = Visitor()
    packed = ask_packed(visitor.begin(fresh(name)), visitor.headers())
    assert len(packed) <= 100 * 1024


def ask_packed(path: str, cookies: Mapping[str, str]) -> bytes:
    connection = http.client.HTTPConnection(site().removeprefix("http://"))
    connection.request("GET", path, headers={"Accept-Encoding": "gzip", **cookies})
    response = connection.getresponse()
    assert response.headers["content-encoding"] == "gzip"
    body = response.read()
    connection.close()
    return body

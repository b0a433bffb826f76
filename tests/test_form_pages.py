"""The form without a script: pages and posts, as a browser without JavaScript sends them."""

import json
import re

import pytest

from emh_report import limits, pipeline
from emh_report.context import ReportStatus
from emh_report.web import sheet as sheets
from tests.case_files import catalog
from tests.test_form_sheet import GIVEN, in_order
from tests.web_service import Visitor, ask, desk, sent_by, site, studies

SAMPLE = "/study/quick-ct/emh-minimal"
CASE = "/study/case-009/emh-followup"


def address(name: str) -> str:
    return f"/study/{name}/{studies()[name].template_id}"


@pytest.mark.parametrize("name", GIVEN)
def test_every_template_is_filled_by_post_and_the_draft_is_the_one_given(name: str) -> None:
    study = studies()[name]
    assert study.draft is not None
    page = Visitor().get(address(name))
    assert page.status == 200
    plan = catalog().plan(study.template_id)
    sent = sheets.to_draft(sheets.from_pairs(plan, sent_by(page.text)), desk().words)
    assert in_order(sent._replace(template_hash="")) == in_order(study.draft._replace(template_hash=""))


def test_the_worklist_leads_to_every_study_and_template() -> None:
    page = ask("GET", "/")
    links = re.findall(r'href="(/study/[^"]+)"', page.text)
    assert {link.split("/")[3] for link in links} == set(catalog().newest)
    assert ask("GET", links[0]).status == 200


def test_a_report_is_filled_and_released_without_a_script() -> None:
    visitor = Visitor()
    pairs = sent_by(visitor.get(SAMPLE).text)
    added = visitor.post(SAMPLE, [*pairs, ("action", "add:finding")])
    assert added.text.count('id="b-finding.1"') == 1
    pairs = [pair for pair in sent_by(added.text) if pair[1]]
    pairs += [("finding.1.presence", "present"), ("finding.1.site", "post med"), ("finding.1.size", "32 x 21 mm")]
    checked = visitor.post(SAMPLE, [*pairs, ("action", "check")])
    assert "Paraspinal, thoracic" in checked.text
    refused = visitor.post(SAMPLE, [*pairs, ("action", "sign")])
    assert refused.status == 422
    assert "cannot be signed yet" in refused.text
    released = visitor.post(SAMPLE, [*pairs, ("action", "preliminary")])
    assert released.status == 200
    assert "PRELIMINARY REPORT" in released.text
    assert "32 × 21 mm" in released.text


def test_what_is_released_is_what_the_service_words() -> None:
    visitor = Visitor()
    pairs = sent_by(visitor.get(CASE).text)
    released = visitor.post(CASE, [*pairs, ("action", "preliminary")])
    issued = re.search(r'name="issued" value="([^"]+)"', released.text)
    assert issued
    plan = catalog().plan("emh-followup")
    sheet = sheets.from_pairs(plan, pairs)
    expected = desk().release(sheet, studies()["case-009"].context, ReportStatus.PRELIMINARY, issued[1])
    body = expected.narrative.html.partition("<body>")[2].rpartition("</body>")[0]
    assert body in released.text
    bundle = visitor.post(CASE, [*pairs, ("issued", issued[1]), ("action", "bundle:preliminary")])
    assert bundle.headers["content-type"] == "application/fhir+json"
    assert json.loads(bundle.text)["type"] == "transaction"


def test_a_lesion_is_copied_removed_and_brought_back() -> None:
    visitor = Visitor()
    pairs = sent_by(visitor.get(CASE).text)
    copied = visitor.post(CASE, [*pairs, ("action", "duplicate:finding.1")])
    assert copied.text.count('data-group="finding"') == 3
    removed = visitor.post(CASE, [*pairs, ("action", "remove:finding.1")])
    assert removed.text.count('data-group="finding"') == 1
    kept = removed.text.partition('<form id="undo"')[2]
    back = [tuple(found) for found in re.findall(r'name="([^"]+)" value="([^"]*)"', kept) if found[0] != "token"]
    assert visitor.post(CASE, back).text.count('data-group="finding"') == 2


def test_a_critical_finding_is_recorded_with_one_button() -> None:
    visitor = Visitor()
    pairs = sent_by(visitor.get(CASE).text)
    told = visitor.post(CASE, [*pairs, ("action", "communicated")])
    sent = dict(sent_by(told.text))
    assert sent["critical.1.critical-present"] == "yes"
    assert sent["critical.1.critical-category"] == "Category 1, minutes"
    assert sent["communication.1.communicated-by"] == "Fictional, Radiologist"
    assert "autofocus" in re.findall(r"<[^>]*communication\.1\.communicated-to[^>]*>", told.text)[0] + told.text


def test_a_warning_is_kept_with_a_reason() -> None:
    visitor = Visitor()
    page = visitor.get(CASE)
    names = re.findall(r'name="(keep\.[^"]+)"', page.text)
    assert names
    pairs = [pair for pair in sent_by(page.text) if pair[0] != names[0]]
    kept = visitor.post(CASE, [*pairs, (names[0], "known since 2019"), ("action", "check")])
    assert (names[0], "known since 2019") in sent_by(kept.text)
    assert 'class="said kept"' in kept.text


# --- what is refused -------------------------------------------------------------------------------------------------


def test_every_answer_forbids_what_a_page_does_not_need() -> None:
    for path in (
        "/",
        SAMPLE,
        "/nowhere",
        "/study/none/emh-minimal",
        re.findall(r'"(/static/[^"]+)"', ask("GET", "/").text)[0],
    ):
        headers = ask("GET", path).headers
        assert "script-src 'self';" in headers["content-security-policy"], path
        assert headers["x-content-type-options"] == "nosniff"
    assert ask("GET", SAMPLE).headers["cache-control"] == "no-store"
    cookie = ask("GET", SAMPLE).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


def test_pages_have_nothing_inline_and_nothing_from_elsewhere() -> None:
    for path in ("/", SAMPLE, CASE):
        text = ask("GET", path).text
        assert re.findall(r"<script(?![^>]*src=)|<style|\sstyle=|\son\w+=|javascript:", text) == []
        assert re.findall(r'(?:src|href|action)="(?!/|#)[^"]*"', text) == []


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://elsewhere.test"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}]
)
def test_a_form_of_another_site_is_refused(headers: dict[str, str]) -> None:
    visitor = Visitor()
    pairs = sent_by(visitor.get(SAMPLE).text)
    refused = visitor.post(SAMPLE, [*pairs, ("action", "preliminary")], **headers)
    assert refused.status == 403
    assert "another site" in refused.text


@pytest.mark.parametrize("token", ["", "x", "x.y", "é.é"])
def test_a_forged_token_does_nothing_and_loses_nothing(token: str) -> None:
    visitor = Visitor()
    pairs = sent_by(visitor.get(CASE).text)
    visitor.token = token
    refused = visitor.post(CASE, [*pairs, ("action", "preliminary")])
    assert refused.status == 403
    assert "PRELIMINARY" not in refused.text
    assert [pair for pair in sent_by(refused.text) if pair[1]] == [pair for pair in pairs if pair[1]]


def test_the_token_of_another_session_is_forged_too() -> None:
    visitor, other = Visitor(), Visitor()
    pairs = sent_by(visitor.get(CASE).text)
    other.get(CASE)
    visitor.token = other.token
    assert visitor.post(CASE, [*pairs, ("action", "preliminary")]).status == 403


TRAP = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


def test_a_script_in_any_field_is_shown_as_text() -> None:
    visitor = Visitor()
    page = visitor.get(CASE)
    pairs = [(name, TRAP if "." in name and name != "entry" else value) for name, value in sent_by(page.text)]
    shown = visitor.post(CASE, [*pairs, ("action", "check")])
    assert shown.status == 200
    assert "<script>alert" not in shown.text
    assert "<img" not in shown.text
    kept = [value for name, value in sent_by(shown.text) if value == TRAP]
    assert len(kept) == len([value for _, value in pairs if value == TRAP])
    released = visitor.post(CASE, [*pairs, ("action", "preliminary")])
    assert "<script>alert" not in released.text


def test_an_oversized_text_stays_in_the_form_and_goes_nowhere() -> None:
    visitor = Visitor()
    long = "x" * (limits.TEXT + 1)
    pairs = [*sent_by(visitor.get(SAMPLE).text), ("impression.1.impression", long)]
    shown = visitor.post(SAMPLE, [*pairs, ("action", "preliminary")])
    assert shown.status == 422
    assert f"at most {limits.TEXT}" in shown.text
    assert ("impression.1.impression", long) in sent_by(shown.text)


def test_a_form_beyond_all_limits_is_refused() -> None:
    visitor = Visitor()
    visitor.get(SAMPLE)
    assert visitor.post(SAMPLE, [("impression.1.impression", "x" * (limits.MESSAGE_BYTES + 1))]).status == 413


@pytest.mark.parametrize(
    ("path", "pairs", "status"),
    [
        ("/study/none/emh-minimal", [], 404),
        ("/study/quick-ct/none", [], 404),
        (SAMPLE, [("entry", "finding.1 a"), ("finding.1.nonsense", "Jane")], 400),
        (SAMPLE, [("action", "remove:finding.9")], 400),
        (SAMPLE, [("action", "add:procedure")], 400),
    ],
)
def test_forged_names_are_refused_without_being_repeated(path: str, pairs: list[tuple[str, str]], status: int) -> None:
    visitor = Visitor()
    visitor.get(SAMPLE)
    answer = visitor.post(path, pairs)
    assert answer.status == status
    assert "Jane" not in answer.text


def test_what_is_no_form_is_refused() -> None:
    for body in (b"\xff\xfe=%ff", b"&".join([b"a=1"] * 50_000)):
        assert ask("POST", SAMPLE, body, {"Origin": site()}).status == 400


def test_another_host_name_is_refused() -> None:
    assert ask("GET", "/", headers={"Host": "elsewhere.test"}).status == 400


def test_a_defect_is_logged_without_what_was_typed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("Jane Doe")

    visitor = Visitor()
    pairs = sent_by(visitor.get(SAMPLE).text)
    monkeypatch.setattr(pipeline, "review", fail)
    answer = visitor.post(SAMPLE, [*pairs, ("action", "check")])
    assert answer.status == 500
    reference = re.search(r"Reference (\w+)", answer.text)
    assert reference
    assert reference[1] in caplog.text
    assert "Jane" not in caplog.text + answer.text


# --- what it weighs --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in GIVEN if not name.startswith("emh-case")])
def test_a_page_is_small_over_the_wire(name: str) -> None:
    packed = ask_packed(address(name))
    assert len(packed) <= 100 * 1024


def ask_packed(path: str) -> bytes:
    import http.client

    connection = http.client.HTTPConnection(site().removeprefix("http://"))
    connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
    response = connection.getresponse()
    assert response.headers["content-encoding"] == "gzip"
    body = response.read()
    connection.close()
    return body

"""The form in the side panel of a viewer: two origins in a real browser, and what they may say to each other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Frame

from emh_report.config import read_settings
from emh_report.errors import SettingError
from scripts.keystrokes import Key, press
from tests.browser import browser
from tests.form_browser import signed_in
from tests.test_form_access import axe, violations
from tests.viewer import embedded, measured, send, viewer
from tests.web_service import Visitor, ask, served, studies

__all__ = ["axe", "browser"]

STUDY, TEMPLATE = "quick-ct", "emh-minimal"
ACCESSION = studies()[STUDY].context.studies[0].accession
PATIENT = studies()[STUDY].context.patient.identifiers[0].value
SIZE = '[id="finding.1.size"]'
MINIMAL = {"type": "emh-report/context", "version": 1, "accession": ACCESSION}


def lesion(frame: Frame, number: int = 1) -> None:
    """Add a lesion."""
    frame.locator('button[value="add:finding"]').click()
    frame.locator(f'[id="finding.{number}.size"]').wait_for()


# --- who may frame it ------------------------------------------------------------------------------------------------


def test_nobody_frames_the_form_unless_told_so() -> None:
    headers = ask("GET", "/").headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-frame-options"] == "DENY"
    assert "embed.js" not in Visitor().get(Visitor().begin(STUDY)).text


def test_the_policy_names_exactly_the_viewers_that_are_configured() -> None:
    origins = ("https://a.test", "http://b.test:8042")
    with served(studies(), origins=origins) as address:
        visitor = Visitor(address=address)
        page = visitor.get(visitor.begin(STUDY))
        files = ask("GET", page.text.partition('href="')[2].partition('"')[0], address=address)
        for answer in (page, files):
            assert answer.headers["content-security-policy"].endswith(f"frame-ancestors {' '.join(origins)}")
            assert "x-frame-options" not in answer.headers
        assert "embed.js" in page.text
        assert "SameSite=strict" in visitor.get("/").headers.get("set-cookie", "SameSite=strict")


def test_a_viewer_of_another_site_is_told_why_it_cannot() -> None:
    with served(studies(), origins=("https://a.test",)) as address:
        framed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "iframe"}
        answer = Visitor(address=address, always=framed, login="").get("/")
        assert answer.status == 403
        assert "below the same domain" in answer.text


@pytest.mark.parametrize(
    "wrong", ["*", "https://*.a.test", "a.test", "https://a.test/", "https://A.test", "file://a", "https://a.test; x"]
)
def test_what_is_no_origin_is_refused(wrong: str) -> None:
    with pytest.raises(SettingError, match="EMH_EMBED_ORIGINS"):
        read_settings({"EMH_EMBED_ORIGINS": f"https://b.test, {wrong}"})


def test_origins_are_read_from_the_environment() -> None:
    found = read_settings({"EMH_EMBED_ORIGINS": "https://a.test, http://[::1]:3000"})
    assert found.form.origins == ("https://a.test", "http://[::1]:3000")


def test_a_viewer_that_is_not_configured_shows_nothing(browser: Browser) -> None:
    with viewer() as stranger, served(studies(), origins=("http://127.0.0.1:1",)) as address:
        page = browser.new_context().new_page()
        report = signed_in(page, "attending", address).begin(STUDY, TEMPLATE)
        page.goto(f"{stranger}/?frame={address}{report}")
        assert page.frames[1].url.startswith("chrome-error:")
        page.context.close()


# --- what a viewer may say -------------------------------------------------------------------------------------------


def test_a_measurement_goes_into_the_lesion_and_is_stored(browser: Browser) -> None:
    with embedded(browser, STUDY, TEMPLATE) as (page, frame):
        ready = page.evaluate("got[0]")
        assert (ready["type"], ready["accession"], ready["status"]) == ("emh-report/ready", ACCESSION, "draft")
        assert not {"patient", "patientID"} & ready.keys()
        lesion(frame)
        answer = send(page, measured(ACCESSION, "34", "22.5", id="m1", patientID=PATIENT))
        assert answer == {"type": "emh-report/ack", "version": 1, "id": "m1", "results": ["placed"]}
        assert frame.locator(SIZE).input_value() == "34 × 22.5 mm"
        assert "34 × 22.5 mm from the viewer: Lesion 1, Size" in frame.locator("#live").inner_text()
        frame.wait_for_selector("#saved[data-state=saved]")
        page.wait_for_function("got.at(-1).type === 'emh-report/state' && got.at(-1).state === 'saved'")
        frame.locator(SIZE).focus()
        page.keyboard.press("Alt+z")
        frame.locator(f"{SIZE}:placeholder-shown").wait_for()


def test_the_lesion_that_is_written_gets_it(browser: Browser) -> None:
    with embedded(browser, STUDY, TEMPLATE) as (page, frame):
        lesion(frame)
        lesion(frame, 2)
        frame.locator(SIZE).focus()
        send(page, measured(ACCESSION, "8", unit="cm"))
        assert frame.locator(SIZE).input_value() == "8 cm"
        assert not frame.locator('[id="finding.2.size"]').input_value()


def test_a_typed_size_is_replaced_only_on_request(browser: Browser) -> None:
    with embedded(browser, STUDY, TEMPLATE) as (page, frame):
        lesion(frame)
        frame.locator(SIZE).fill("20 mm")
        for _ in range(2):
            assert send(page, measured(ACCESSION, "34", "22"))["results"] == ["offered"]
        assert frame.locator(SIZE).input_value() == "20 mm"
        frame.get_by_role("button", name="Do not use 34 × 22 mm").last.click()
        assert frame.locator(SIZE).input_value() == "20 mm"
        frame.get_by_role("button", name="Replace 20 mm").click()
        assert frame.locator(SIZE).input_value() == "34 × 22 mm"
        assert not frame.locator("#embed").is_visible()


def test_without_a_lesion_a_measurement_waits_for_one(browser: Browser) -> None:
    with embedded(browser, STUDY, TEMPLATE) as (page, frame):
        assert send(page, measured(ACCESSION, "5"))["results"] == ["offered"]
        assert "There is no lesion yet" in frame.locator("#embed").inner_text()
        lesion(frame)
        frame.get_by_role("button", name="Use in Lesion 1").click()
        assert frame.locator(SIZE).input_value() == "5 mm"


def test_more_measurements_than_anybody_reads_are_refused(browser: Browser) -> None:
    with embedded(browser, STUDY, TEMPLATE) as (page, frame):
        many = measured(ACCESSION, measurements=[{"axes": ["5"], "unit": "mm"}] * 20)
        assert len(send(page, many)["results"]) == 20
        assert send(page, measured(ACCESSION, "5"))["reason"] == "full"
        assert frame.locator("#embed li").count() == 20


@pytest.mark.parametrize(
    ("more", "reason", "at"),
    [
        ({"version": 2}, "unknown-version", None),
        ({"type": "emh-report/other"}, "unknown-type", None),
        ({"accession": 5}, "malformed", "accession"),
        ({"id": "x" * 65}, "malformed", "id"),
        ({"colour": "red"}, "malformed", "unknown key"),
        ({"measurements": []}, "malformed", "measurements"),
        ({"measurements": "34 mm"}, "malformed", "measurements"),
        ({"measurements": [{"axes": [34], "unit": "mm"}]}, "malformed", "measurements[0].axes"),
        ({"measurements": [{"axes": ["3,4"], "unit": "mm"}]}, "malformed", "measurements[0].axes"),
        ({"measurements": [{"axes": ["1", "2", "3", "4"], "unit": "mm"}]}, "malformed", "measurements[0].axes"),
        ({"measurements": [{"axes": ["<b>"], "unit": "mm"}]}, "malformed", "measurements[0].axes"),
        ({"measurements": [{"axes": ["1"], "unit": "in"}]}, "malformed", "measurements[0].unit"),
        ({"measurements": [{"axes": ["1"], "unit": "mm", "at": 1}]}, "malformed", "measurements[0].unknown key"),
        ({"measurements": [None]}, "malformed", "measurements[0]"),
    ],
)
def test_a_malformed_message_is_refused_with_its_place(
    panel: tuple[Frame, Frame], more: dict[str, object], reason: str, at: str | None
) -> None:
    viewer_frame, form = panel
    answer = send(viewer_frame.page, measured(ACCESSION, "34") | more)
    assert (answer["type"], answer["reason"], answer.get("at")) == ("emh-report/refusal", reason, at)
    assert form.locator("#embed li").count() == 0


@pytest.fixture(scope="module")
def panel(browser: Browser) -> Iterator[tuple[Frame, Frame]]:
    """Open one report in a viewer for all messages that are refused."""
    with embedded(browser, STUDY, TEMPLATE) as (page, frame):
        yield page.main_frame, frame


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (measured("ACC-OTHER", "34"), "accession-mismatch"),
        (measured(ACCESSION, "34", patientID="MRN-OTHER"), "patient-mismatch"),
        (MINIMAL | {"accession": "ACC-OTHER"}, "accession-mismatch"),
    ],
)
def test_another_examination_blocks_editing_until_somebody_looked(
    browser: Browser, axe: str, said: dict[str, object], reason: str
) -> None:
    with embedded(browser, STUDY, TEMPLATE) as (page, frame):
        lesion(frame)
        frame.locator(SIZE).fill("20 mm")
        assert send(page, said)["reason"] == reason
        notice = frame.locator("dialog.mismatch")
        assert ACCESSION in notice.inner_text()
        assert "OTHER" not in notice.inner_text()
        assert violations(frame, axe) == []
        press(page, [Key("Escape"), Key("Alt+l")])
        page.keyboard.type("99")
        assert frame.locator("[id^=b-finding]").count() == 1
        assert send(page, measured(ACCESSION, "34"))["reason"] == "blocked"
        notice.get_by_role("button").click()
        assert frame.locator(SIZE).input_value() == "20 mm"
        frame.locator(SIZE).fill("21 mm")
        assert send(page, MINIMAL)["type"] == "emh-report/ack"


def test_a_message_of_anybody_but_the_viewer_is_not_answered(panel: tuple[Frame, Frame]) -> None:
    """Neither a frame beside it, whatever its origin, nor a window that the viewer opened."""
    viewer_frame, form = panel
    before = len(viewer_frame.evaluate("got"))
    viewer_frame.evaluate(
        """message => { const beside = document.body.appendChild(document.createElement("iframe"));
        beside.contentWindow.eval(`parent.frames[0].postMessage(${JSON.stringify(message)}, "*")`); }""",
        measured(ACCESSION, "34"),
    )
    form.evaluate("message => window.postMessage(message, '*')", measured(ACCESSION, "34"))
    viewer_frame.evaluate("frames[0].postMessage({type: 'something-else'}, '*')")
    assert send(viewer_frame.page, MINIMAL)["type"] == "emh-report/ack"
    assert len(viewer_frame.evaluate("got")) == before + 1
    assert form.locator("#embed li").count() == 0


def test_a_signed_report_says_so_and_takes_nothing(browser: Browser) -> None:
    with embedded(browser, "case-009", "emh-followup") as (page, frame):
        accession = page.evaluate("got[0].accession")
        frame.locator("#preliminary").click()
        frame.locator("#release button.primary").click()
        page.wait_for_function("got.at(-1).state === 'released' && got.at(-1).type === 'emh-report/state'")
        assert page.evaluate("got.at(-1).status") == "preliminary"
        assert send(page, measured(accession, "5"))["reason"] == "not-editable"


def test_offers_and_sizes_fit_a_side_panel(browser: Browser, axe: str) -> None:
    with embedded(browser, STUDY, TEMPLATE) as (page, frame):
        lesion(frame)
        send(page, measured(ACCESSION, "34", "22"))
        send(page, measured(ACCESSION, "51", "30", "12.5"))
        frame.locator('[id="impression.1.impression"]').last.focus()
        box = frame.locator("#embed").bounding_box()
        assert box is not None
        assert 0 <= box["y"] < box["y"] + box["height"] <= 880
        assert frame.evaluate("document.documentElement.scrollWidth") <= 380
        assert violations(frame, axe) == []

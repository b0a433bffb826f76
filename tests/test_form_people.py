"""Who gets in: whom a proxy names and the staff file lists, or who signs in at the demonstration. Nobody else."""

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.requests import Request

from emh_report.cli.serve import _form as form_of
from emh_report.config import FormOptions, Settings, read_settings
from emh_report.errors import SettingError
from emh_report.lifecycle import Rank
from emh_report.program import FORM
from emh_report.store import open_store
from emh_report.web.people import Staff, demo_people
from emh_report.web.samples import samples
from emh_report.web.server import running
from emh_report.web.session import PERSON, Door
from emh_report.web.staff import read_staff
from tests.case_files import catalog
from tests.web_forms import TEXT, everything, opened
from tests.web_service import Visitor, ask, hidden, served, stored

STAFF = """
[sam]
system = "https://hospital.test/staff"
identifier = "S-2"
family = "Senior"
given = ["Sam"]
rank = "attending"

["rita@hospital.test"]
system = "https://hospital.test/staff"
identifier = "S-1"
family = "Reader"
rank = "resident"
supervisor = "sam"
"""


def staff(tmp_path: Path, text: str = STAFF) -> Path:
    """Write a staff file."""
    file = tmp_path / "staff.toml"
    file.write_text(text, encoding="utf-8")
    return file


@contextlib.contextmanager
def proxied(file: Path) -> Iterator[str]:
    """Serve the form behind a proxy that names people in a header."""
    with tempfile.TemporaryDirectory() as folder, open_store(f"sqlite:///{folder}/r.db", catalog()) as store:
        people = Staff(read_staff(file), "X-User", hosts=("reports.hospital.test",))
        with running(store, "127.0.0.1:0", samples(), people) as address:
            yield address


# --- behind a proxy --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("headers", [{}, {"X-User": ""}, {"X-User": "mallory"}, {"X-Other": "sam"}])
def test_whom_the_proxy_does_not_name_or_nobody_lists_sees_nothing(tmp_path: Path, headers: dict[str, str]) -> None:
    with proxied(staff(tmp_path)) as address:
        for path in ("/", "/study/quick-ct/emh-minimal", "/report/x", "/report/x/version/1"):
            answer = ask("GET", path, headers=headers, address=address)
            assert answer.status == 401
            assert "Fictional" not in answer.text
        sent = {"Origin": address, **headers}
        assert ask("POST", "/study/quick-ct/emh-minimal", b"", sent, address).status == 401


def test_whom_the_proxy_names_begins_a_report_in_that_name(tmp_path: Path) -> None:
    with proxied(staff(tmp_path)) as address:
        rita = {"X-User": "rita@hospital.test"}
        visitor = Visitor("", address, rita)
        visitor.get("/")
        page = visitor.get(visitor.begin("quick-ct", "emh-minimal"))
        assert "To be signed by Senior, Sam" in page.text
        assert 'id="me">Reader<' in page.text
        assert 'name="person"' not in visitor.get("/").text


def test_what_is_done_in_the_form_says_so_in_the_audit(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path / 'r.db'}", catalog()) as store:
        people = Staff(read_staff(staff(tmp_path)), "X-User")
        with running(store, "127.0.0.1:0", samples(), people) as address:
            visitor = Visitor("", address, {"X-User": "sam"})
            visitor.get("/")
            visitor.begin("quick-ct", "emh-minimal")
        assert [(entry.action, entry.actor.value, entry.program) for entry in store.audit()] == [
            ("create", "S-2", FORM)
        ]


def test_nobody_signs_in_at_the_form_behind_a_proxy(tmp_path: Path) -> None:
    with proxied(staff(tmp_path)) as address:
        visitor = Visitor("", address)
        visitor.get("/")
        assert visitor.post("/sign-in", [("person", "sam")]).status == 401
        assert PERSON not in visitor.cookies


def test_a_proxy_may_pass_on_the_name_it_is_reached_by(tmp_path: Path) -> None:
    with proxied(staff(tmp_path)) as address:
        assert ask("GET", "/", headers={"Host": "reports.hospital.test"}, address=address).status == 401
        assert ask("GET", "/", headers={"Host": "elsewhere.test"}, address=address).status == 400


def test_the_staff_file_says_rank_and_who_signs(tmp_path: Path) -> None:
    people = read_staff(staff(tmp_path))
    rita = people["rita@hospital.test"]
    assert (rita.actor.rank, rita.supervisor) == (Rank.RESIDENT, people["sam"].actor.person)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[sam", "TOML"),
        ("sam = 1", "sam"),
        (STAFF.replace('"attending"', '"chief"'), "sam.rank: accepted are resident, attending, records"),
        (STAFF.replace('rank = "attending"', ""), "sam.rank"),
        (STAFF.replace("family", "surname", 1), "sam.surname"),
        (STAFF.replace('identifier = "S-2"', 'identifier = " "'), "sam.identifier"),
        (STAFF.replace('given = ["Sam"]', 'given = "Sam"'), "sam.given"),
        (STAFF.replace('supervisor = "sam"', ""), "rita@hospital.test.supervisor"),
        (STAFF.replace('supervisor = "sam"', 'supervisor = "rita@hospital.test"'), "rita@hospital.test.supervisor"),
        (STAFF.replace('rank = "attending"', 'rank = "attending"\nsupervisor = "sam"'), "sam.supervisor"),
    ],
)
def test_a_staff_file_that_is_not_understood_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SettingError, match=said.replace(".", r"\.")):
        read_staff(staff(tmp_path, text))


def test_file_and_header_are_needed_together() -> None:
    both = read_settings({"EMH_WEB_STAFF": "a.toml", "EMH_WEB_USER": "X-User", "EMH_WEB_HOSTS": "a.test, b.test"})
    assert both.form == FormOptions(("a.test", "b.test"), "a.toml", "X-User")
    for name in ("EMH_WEB_STAFF", "EMH_WEB_USER"):
        with pytest.raises(SettingError, match="together"):
            read_settings({name: "x"})


# --- at the demonstration --------------------------------------------------------------------------------------------


def test_the_page_for_signing_in_says_that_it_proves_nothing() -> None:
    page = Visitor("").get("/")
    assert page.status == 401
    assert "no password" in page.text
    assert 'value="attending"' in page.text


def test_without_people_nobody_gets_in() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        open_store(f"sqlite:///{folder}/r.db", catalog()) as store,
        running(store, "127.0.0.1:0", samples(), Staff({})) as address,
    ):
        visitor = Visitor("", address)
        assert "Nobody can sign in here" in visitor.get("/").text
        assert visitor.post("/sign-in", [("person", "attending")]).status == 401


@pytest.mark.parametrize("forged", ["attending", "attending.9999999999.", "attending.9999999999.00", "é.1.2", "..."])
def test_a_forged_cookie_is_nobody(forged: str) -> None:
    visitor = Visitor()
    visitor.cookies[PERSON] = forged.encode().decode("latin-1")
    assert visitor.get("/").status == 401


def test_a_cookie_is_good_for_its_session_its_person_and_its_time() -> None:
    now = [1000.0]
    door = Door(demo_people(), b"k" * 32, "", 60, lambda: now[0])
    person = door.people["resident"]
    cookie = door.cookie(person, "session")

    def let_in(value: str, session: str = "session") -> bool:
        headers = [(b"cookie", f"{PERSON}={value}".encode())]
        return door.person(Request({"type": "http", "headers": headers}), session) is person

    assert let_in(cookie)
    assert not let_in(cookie, "another")
    assert not let_in(cookie.replace("resident", "attending"))
    assert not let_in(cookie.replace("1060", "9999"))
    now[0] = 1060.0
    assert not let_in(cookie)


def test_a_cookie_says_nothing_of_a_patient_and_survives_a_restart() -> None:
    with tempfile.TemporaryDirectory() as folder, open_store(f"sqlite:///{folder}/r.db", catalog()) as store:
        with served(samples(), store) as address:
            visitor = Visitor("attending", address)
            report = visitor.begin("quick-ct", "emh-minimal")
            page = visitor.get(report)
        assert "Sample" not in str(visitor.cookies)
        with served(samples(), store, address=address.removeprefix("http://")):
            assert visitor.post(report, [*everything(page), (TEXT, "After the restart.")]).status == 200


def test_what_was_posted_after_the_time_was_up_comes_back_and_is_saved_after_signing_in() -> None:
    visitor, address, page = opened("case-009")
    pairs = [*everything(page), (TEXT, "Typed too late."), ("action", "save")]
    visitor.cookies.pop(PERSON)
    asked = visitor.post(address, pairs)
    assert asked.status == 401
    assert hidden(asked.text, "form") == pairs
    etag = stored(address).etag
    assert visitor.post(address, [*pairs, ("person", "mallory")]).status == 401
    assert stored(address).etag == etag
    done = visitor.post(address, [*hidden(asked.text, "form"), ("person", "attending")])
    assert done.status == 200
    assert stored(address).etag != etag
    assert "Typed too late." in visitor.get(address).text


def test_nobody_is_signed_in_by_a_forged_post() -> None:
    visitor = Visitor("")
    visitor.get("/")
    visitor.token = visitor.token[::-1]
    assert visitor.post("/sign-in", [("person", "attending")]).status == 401
    visitor.get("/")
    assert visitor.post("/sign-in", [("person", "attending")], Origin="https://elsewhere.test").status == 403


def test_signing_out_forgets_who_it_was() -> None:
    visitor = Visitor()
    assert visitor.post("/sign-out", []).status == 303
    assert visitor.get("/").status == 401


@pytest.mark.parametrize(
    "to", ["https://elsewhere.test/", "//elsewhere.test", "/\\elsewhere.test", "javascript:alert(1)"]
)
def test_signing_in_leads_to_our_own_pages_only(to: str) -> None:
    visitor = Visitor("")
    visitor.get("/")
    done = visitor.post("/sign-in", [("person", "attending"), ("to", to)])
    assert (done.status, done.headers["location"]) == (303, "/")


def test_a_service_says_why_its_form_is_not_there_or_lets_nobody_in(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = Settings(web="127.0.0.1:0")
    with form_of(chosen, None, demo=False) as page:
        assert page == ""
    assert "--store is none" in capsys.readouterr().err
    with open_store(f"sqlite:///{tmp_path}/r.db", catalog()) as store:
        with form_of(chosen, store, demo=False) as page:
            assert ask("GET", "/", address=page).status == 401
        assert "nobody can sign in" in capsys.readouterr().err
        listed = replace(chosen, form=FormOptions((), str(staff(tmp_path)), "X-User"))
        with form_of(listed, store, demo=False) as page:
            assert ask("GET", "/", headers={"X-User": "sam"}, address=page).status == 200
        assert capsys.readouterr().err == ""

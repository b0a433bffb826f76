"""The end of the certificate: when it is told, and to whom."""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from emh_report import expiry
from emh_report.certificates import Authority, load
from emh_report.client import Client, UnavailableError, secured
from emh_report.config import Security, read_settings
from emh_report.errors import SettingError
from emh_report.expiry import Expiry, said, watched
from emh_report.grpc_server.run import running
from tests.case_files import catalog
from tests.cli_program import run
from tests.conftest import ROOT
from tests.locks import Authority as Authorities
from tests.locks import Pair, Private, locked
from tests.test_certificates import shown, write
from tests.test_metrics import read

NOW = dt.datetime(2026, 11, 28, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("left", "level", "words"),
    [
        (31 * DAY, None, ""),
        (30 * DAY, None, ""),
        (30 * DAY - dt.timedelta(seconds=1), "WARNING", "2026-12-28 11:59 UTC, in 29 days"),
        (1.5 * DAY, "WARNING", "in less than two days"),
        (dt.timedelta(0), "ERROR", "ended on 2026-11-28 12:00 UTC"),
        (-40 * DAY, "ERROR", "ended on 2026-10-19 12:00 UTC"),
    ],
)
def test_what_is_said_how_long_before(left: dt.timedelta, level: str | None, words: str) -> None:
    for one in (expiry.certificate(NOW + left), expiry.authority(Authority("CN=Ward", NOW + left))):
        found = said(one, NOW, 30 * DAY)
        assert (logging.getLevelName(found.level) if found else None) == level
        assert words in (found.words if found else "")
        assert found is None or found.words.startswith(f"{one.what} end")


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the levels of what the watch said of the end of a certificate."""
    lines = [one for one in caplog.records if one.name == expiry.LOG.name]
    assert all("the certificate end" in one.getMessage() for one in lines)
    return [one.levelname for one in lines]


def test_it_is_said_at_the_start_every_day_and_after_a_renewal(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    security, authority = locked(tmp_path)
    here = Pair(Path(security.certificate), Path(security.key))
    write(authority.pair("soon", valid=9.5 * DAY), here)
    watch, now = Expiry(security), dt.datetime.now(dt.UTC)
    for _ in range(3):
        watch.look(now)
    assert told(caplog) == ["WARNING"]
    watch.look(now + DAY)
    watch.look(now + 1.5 * DAY)
    assert told(caplog) == ["WARNING"] * 2
    write(authority.pair("past", valid=-DAY), here)
    watch.look(now + 1.5 * DAY)
    assert told(caplog) == ["WARNING", "WARNING", "ERROR"]
    write(authority.pair("good", valid=90 * DAY), here)
    watch.look(now + 1.5 * DAY)
    watch.look(now + 9 * DAY)
    assert len(told(caplog)) == 3
    assert abs(watch.ends - now - 90 * DAY) < dt.timedelta(minutes=5)
    assert security.key not in caplog.text


def test_the_first_certificate_of_the_chain_that_ends_counts(tmp_path: Path) -> None:
    security, authority = locked(tmp_path)
    chain = Path(security.certificate)
    chain.write_bytes(authority.pair("long", valid=90 * DAY).certificate.read_bytes() + authority.file.read_bytes())
    Path(security.key).write_bytes((tmp_path / "long.key").read_bytes())
    assert load(security).ends - dt.datetime.now(dt.UTC) < DAY


def test_the_first_of_the_authorities_that_ends_is_told_by_its_name(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """At the start, after a change of its file, and every day, beside what is said of the certificate."""
    caplog.set_level(logging.INFO)
    security, authority = locked(tmp_path, clients=True)
    write(authority.pair("good", valid=90 * DAY), Pair(Path(security.certificate), Path(security.key)))
    valid = {"later": 60 * DAY, "first": 9.5 * DAY, "past\u2028day": -DAY}
    later, first, past = (Authorities(tmp_path, name, left).file.read_bytes() for name, left in valid.items())
    file = Path(security.client_ca)
    file.write_bytes(later + first + later)
    watch, now = Expiry(security), dt.datetime.now(dt.UTC)
    watch.look(now)
    watch.look(now)
    file.write_bytes(later)
    watch.look(now)
    file.write_bytes(later + past)
    watch.look(now)
    watch.look(now + DAY)
    lines = [(one.levelname, one.getMessage()) for one in caplog.records if one.name == expiry.LOG.name]
    assert [level for level, _ in lines] == ["WARNING", "ERROR", "ERROR"]
    assert "the authority CN=first of EMH_CLIENT_CA ends on" in lines[0][1]
    assert "the authority CN=past day of EMH_CLIENT_CA ended on" in lines[1][1]
    assert "callers whose certificates depend on it are refused" in lines[1][1]
    assert watch.authority is not None
    assert abs(watch.timestamps()["client_ca"] - (now - DAY).timestamp()) < 300
    with watched(security._replace(client_ca="")) as none:
        assert none is not None
        assert none.authority is None
        assert set(none.timestamps()) == {"certificate"}


def test_a_caller_whose_authority_has_ended_is_refused(tmp_path: Path) -> None:
    """That is what the log says; other authorities of the file go on."""
    security, authority = locked(tmp_path, clients=True)
    ended = Authorities(tmp_path, "ended", -DAY)
    file = Path(security.client_ca)
    trusted = authority.file.read_bytes()
    file.write_bytes(trusted + ended.file.read_bytes())
    good, bad = authority.pair("good"), ended.pair("bad")
    with running(catalog(), security=security._replace(issuers="")) as address:
        for pair, welcome in ((good, True), (bad, False)):
            key, certificate = pair.pem
            locks = secured(authorities=trusted, key=key, certificate=certificate)
            with Client(address, credentials=locks, timeout=5) as ris:
                if welcome:
                    assert ris.templates()
                else:
                    with pytest.raises(UnavailableError):
                        ris.templates()


def test_the_number_of_days_is_a_setting(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    security, authority = locked(tmp_path)
    write(authority.pair("soon", valid=9.5 * DAY), Pair(Path(security.certificate), Path(security.key)))
    for days in (9, 10):
        Expiry(security._replace(warn_days=days)).look(dt.datetime.now(dt.UTC))
    assert told(caplog) == ["WARNING"]
    assert read_settings({"EMH_TLS_WARN_DAYS": "14"}).security.warn_days == 14
    assert read_settings({"EMH_TLS_WARN_DAYS": "14"}, security=Security(warn_days=7)).security.warn_days == 7
    assert read_settings({}).security.warn_days is None
    for wrong in ("0", "-1", "soon", "3651", "1" * 9):
        with pytest.raises(SettingError, match="EMH_TLS_WARN_DAYS"):
            read_settings({"EMH_TLS_WARN_DAYS": wrong})
    assert "1<=x<=3650" in run("serve", "--tls-warn-days", "0").output


def test_nobody_has_to_connect_for_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(expiry, "LOOK_SECONDS", 0.01)
    security, authority = locked(tmp_path)
    here = Pair(Path(security.certificate), Path(security.key))
    write(authority.pair("good", valid=90 * DAY), here)
    seen = threading.Event()
    monkeypatch.setattr(expiry.LOG, "log", lambda *_: seen.set())
    with watched(security):
        assert not seen.is_set()
        write(authority.pair("soon", valid=9 * DAY), here)
        assert seen.wait(60)
    with watched(Security()) as none:
        assert none is None


def key_of(kind: str) -> Private:
    """Return a new private key."""
    match kind:
        case "RSA":
            return rsa.generate_private_key(public_exponent=65537, key_size=2048)
        case "Ed25519":
            return ed25519.Ed25519PrivateKey.generate()
        case _:
            curves = {
                "P-256": ec.SECP256R1(),
                "P-384": ec.SECP384R1(),
                "P-521": ec.SECP521R1(),
                "secp256k1": ec.SECP256K1(),
            }
            return ec.generate_private_key(curves[kind])


@pytest.mark.parametrize("kind", ["RSA", "P-256", "P-384"])
def test_a_key_that_is_taken_is_one_that_clients_of_grpc_take(tmp_path: Path, kind: str) -> None:
    security, authority = locked(tmp_path)
    write(authority.pair("new", key_of(kind)), Pair(Path(security.certificate), Path(security.key)))
    with (
        running(catalog(), security=security._replace(issuers="")) as address,
        Client(address, credentials=secured(authorities=authority.file.read_bytes())) as ris,
    ):
        assert ris.templates()


@pytest.mark.parametrize("kind", ["P-521", "secp256k1", "Ed25519"])
def test_a_key_that_grpc_could_not_use_leaves_the_earlier_one(
    tmp_path: Path, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    """OpenSSL takes it, so without a look of our own the log would say that it is in use."""
    caplog.set_level(logging.INFO)
    security, authority = locked(tmp_path)
    new = authority.pair("new", key_of(kind))
    with running(catalog(), security=security) as address:
        write(new, Pair(Path(security.certificate), Path(security.key)))
        assert shown(address, authority.file) == "server"
        (line,) = [one.getMessage() for one in caplog.records if one.name == "emh_report.certificates"]
    assert "not taken" in line
    assert "RSA with 2048 bits or more, or EC on P-256 or P-384" in line
    with pytest.raises(SettingError, match="P-256 or P-384"), running(catalog(), security=security):
        pass


def test_the_service_tells_its_start_its_log_and_prometheus(tmp_path: Path) -> None:
    security, authority = locked(tmp_path)
    write(authority.pair("soon", valid=9.5 * DAY), Pair(Path(security.certificate), Path(security.key)))
    callers = str(Authorities(tmp_path, "callers", 8.5 * DAY).file)
    command = [str(Path(sys.executable).with_name("emh-report")), "serve", "--json", "--store", "none"]
    for door in ("--address", "--metrics"):
        command += [door, "127.0.0.1:0"]
    command += ["--web", "off", "--fhir", "off", "--tls-certificate", security.certificate, "--tls-key", security.key]
    command += ["--client-ca", callers]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, env=dict(os.environ), stdout=pipe, stderr=pipe, text=True) as process:
        try:
            assert process.stdout is not None
            event = json.loads(process.stdout.readline())
            found = read(event["metrics"], authority.file)[1]
        finally:
            process.send_signal(signal.SIGTERM)
        errors = process.communicate(timeout=60)[1]
    for name in ("certificate", "client_ca"):
        (ends,) = found[f"emh_report_{name}_not_after_timestamp_seconds"].values()
        assert event[f"{name}_ends"] == dt.datetime.fromtimestamp(ends, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert event["client_ca_ends"] < event["certificate_ends"]
    assert "WARNING emh_report.expiry: the authority CN=callers of EMH_CLIENT_CA ends on" in errors
    assert "WARNING emh_report.expiry: the certificate ends on" in errors

"""Certificates that are renewed while the service runs: every door, files that are wrong, authorities of callers."""

from __future__ import annotations

import logging
import shutil
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from emh_report.certificates import Certificates
from emh_report.client import Client, UnavailableError, secured
from emh_report.config import Security
from emh_report.errors import SettingError
from emh_report.fhir_http.server import Options
from emh_report.fhir_http.server import running as fhir
from emh_report.grpc_server import access, server
from emh_report.grpc_server.run import running
from tests.case_files import catalog
from tests.locks import Authority, Pair, locked, token
from tests.store_reports import fresh

TAKEN = "changed certificate files are in use"
KEPT = "changed certificate files are not taken"


class Served(NamedTuple):
    """Both kinds of doors of a service, and what opens them."""

    grpc: str
    http: str
    security: Security
    authority: Authority

    @property
    def pair(self) -> Pair:
        """The files that the service shows."""
        return Pair(Path(self.security.certificate), Path(self.security.key))

    def seen(self) -> set[str]:
        """Return the names of the certificates that gRPC and HTTP show to somebody who connects now."""
        return {shown(self.grpc, self.authority.file), shown(self.http, self.authority.file)}


@contextmanager
def served(folder: Path) -> Iterator[Served]:
    """Serve gRPC and FHIR over HTTP with a certificate."""
    security, authority = locked(folder)
    with (
        fresh(folder) as store,
        running(catalog(), "127.0.0.1:0", store=store, security=security) as address,
        fhir(catalog(), "127.0.0.1:0", store, Options(security=security)) as place,
    ):
        yield Served(address, place.removeprefix("https://").partition("/")[0], security, authority)


def shown(address: str, authority: Path, name: str | None = None) -> str:
    """Connect as a stranger and return the name in the certificate; ``name`` is that of the host which is asked for."""
    context = ssl.create_default_context(cafile=str(authority))
    context.check_hostname = name is not None
    context.set_alpn_protocols(["h2", "http/1.1"])
    host, _, port = address.rpartition(":")
    with (
        socket.create_connection((host, int(port)), timeout=30) as plain,
        context.wrap_socket(plain, server_hostname=name) as connection,
    ):
        found = connection.getpeercert()
    assert found
    return str(dict(one[0] for one in found["subject"])["commonName"])  # type: ignore[misc]


def write(pair: Pair, over: Pair) -> None:
    """Put the files of one pair where those of another are."""
    for new, old in zip(pair, over, strict=True):
        shutil.copyfile(new, old)


def test_who_connects_sees_the_new_certificate(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with served(tmp_path) as service:
        assert service.seen() == {"server"}
        with Client(
            service.grpc, credentials=secured(authorities=service.authority.file.read_bytes(), token=token)
        ) as ris:
            assert ris.templates()
            write(service.authority.pair("renewed"), service.pair)
            assert ris.templates()  # a connection that is open stays so
        assert service.seen() == {"renewed"}
        assert shown(service.http, service.authority.file, "localhost") == "renewed"
        write(service.authority.pair("again"), service.pair)
        assert service.seen() == {"again"}
    said = [record.getMessage() for record in caplog.records if TAKEN in record.getMessage()]
    assert said == [f"{door}: {TAKEN}" for door in ("gRPC", "emh-report FHIR")] * 2


@pytest.mark.parametrize("wrong", ["half", "mixed", "gone", "empty"])
def test_what_is_wrong_leaves_the_earlier_pair(tmp_path: Path, caplog: pytest.LogCaptureFixture, wrong: str) -> None:
    caplog.set_level(logging.INFO)
    with served(tmp_path) as service:
        renewed = service.authority.pair("renewed")
        spoil(service.pair, renewed, wrong)
        for _ in range(3):
            assert service.seen() == {"server"}
        said = [record.getMessage() for record in caplog.records if KEPT in record.getMessage()]
        assert [one.partition(":")[0] for one in said] == [
            "gRPC",
            "emh-report FHIR",
        ]  # once, however often somebody comes
        assert all("EMH_TLS_KEY" in one or service.security.key in one for one in said)
        write(renewed, service.pair)
        assert service.seen() == {"renewed"}


def spoil(pair: Pair, renewed: Pair, wrong: str) -> None:
    """Leave the files as a renewal does that has not come to its end."""
    match wrong:
        case "half":
            write(renewed, pair)
            pair.certificate.write_bytes(renewed.certificate.read_bytes()[:200])
        case "mixed":
            shutil.copyfile(renewed.certificate, pair.certificate)
        case "gone":
            pair.key.unlink()
        case _:
            pair.key.write_bytes(b"")


def test_every_port_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What gRPC was told it remembers for each port: one that was not asked before gets the newest, too."""
    monkeypatch.setattr(server, "LOOPBACKS", ("127.0.0.1", "127.0.0.2"))  # both are there on a machine without IPv6
    security, authority = locked(tmp_path)
    with running(catalog(), "localhost:0", security=security) as address:
        ports = [address, address.replace("127.0.0.1", "127.0.0.2")]
        if not reachable(ports[1]):
            pytest.skip("this machine has one loopback address only; Linux has them all")
        write(authority.pair("renewed"), Pair(Path(security.certificate), Path(security.key)))
        assert [shown(one, authority.file) for one in (*ports, *ports)] == ["renewed"] * 4


def reachable(address: str) -> bool:
    """Whether somebody listens there."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=30).close()
    except OSError:
        return False
    return True


def test_callers_of_another_authority(tmp_path: Path) -> None:
    security, authority = locked(tmp_path, clients=True)
    (tmp_path / "other").mkdir()
    other = Authority(tmp_path / "other", "other")
    asked_for = tmp_path / "callers.pem"
    shutil.copyfile(authority.file, asked_for)
    with running(catalog(), "127.0.0.1:0", security=security._replace(client_ca=str(asked_for))) as address:

        def call(by: Authority) -> int:
            key, certificate = by.pair("ris").pem
            made = secured(authorities=authority.file.read_bytes(), key=key, certificate=certificate, token=token)
            with Client(address, credentials=made, timeout=2) as ris:
                return len(ris.templates())

        assert call(authority)
        with pytest.raises(UnavailableError):
            call(other)
        shutil.copyfile(other.file, asked_for)
        assert call(other)
        with pytest.raises(UnavailableError):
            call(authority)
        asked_for.write_text("no authority", encoding="ascii")
        assert call(other)
        with pytest.raises(UnavailableError):
            call(authority)


def test_openssl_makes_and_sees_the_renewal(tmp_path: Path, component: Callable[[str], Path]) -> None:
    openssl = component("openssl")

    def run(*arguments: str | Path, sent: bytes = b"") -> bytes:
        done = subprocess.run([openssl, *arguments], input=sent, capture_output=True, check=False, timeout=60)
        return done.stdout

    def made(name: str) -> Pair:
        pair = Pair(tmp_path / f"{name}.pem", tmp_path / f"{name}.key")
        key: list[str | Path] = ["-newkey", "rsa:2048", "-noenc", "-keyout", pair.key]
        run(
            "req",
            "-x509",
            *key,
            "-out",
            pair.certificate,
            "-subj",
            f"/CN={name}",
            "-addext",
            "subjectAltName=DNS:localhost",
        )
        return pair

    first, second = made("first"), made("second")
    live = Pair(tmp_path / "live.pem", tmp_path / "live.key")
    for link, file in zip(live, first, strict=True):
        link.symlink_to(file)  # as certbot has them
    with running(catalog(), "127.0.0.1:0", security=Security(str(live.certificate), str(live.key))) as address:

        def seen() -> bytes:
            return run("s_client", "-connect", address, "-alpn", "h2", "-servername", "localhost")

        assert b"CN=first" in seen().replace(b"CN = ", b"CN=")
        live.certificate.unlink()
        live.certificate.symlink_to(second.certificate)
        assert b"CN=first" in seen().replace(b"CN = ", b"CN=")
        live.key.unlink()
        live.key.symlink_to(second.key)
        assert b"CN=second" in seen().replace(b"CN = ", b"CN=")


def test_files_are_read_only_where_they_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    security, authority = locked(tmp_path)
    certificates = Certificates(security, "door")
    first = certificates.now()
    reads: list[Path] = []
    read = Path.read_bytes

    def counted(file: Path) -> bytes:
        reads.append(file)
        return read(file)

    monkeypatch.setattr(Path, "read_bytes", counted)
    assert all(certificates.now() is first for _ in range(3))
    assert not reads
    write(authority.pair("renewed"), Pair(Path(security.certificate), Path(security.key)))
    assert certificates.now() is not first
    assert len(reads) == 2


def test_files_that_change_while_they_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pair that was read from before and after a change is never shown, though each half is right."""
    security, authority = locked(tmp_path)
    certificates = Certificates(security, "door")
    first, renewed, again = certificates.now(), authority.pair("renewed"), authority.pair("again")
    here = Pair(Path(security.certificate), Path(security.key))
    write(renewed, here)
    read = Path.read_bytes

    def slow(file: Path) -> bytes:
        content = read(file)
        if file == here.key:
            monkeypatch.undo()
            write(again, here)
        return content

    monkeypatch.setattr(Path, "read_bytes", slow)
    assert certificates.now() is first
    assert (certificates.now().key, certificates.now().certificate) == again.pem


def test_a_start_with_wrong_files_is_refused(tmp_path: Path) -> None:
    security, authority = locked(tmp_path)
    shutil.copyfile(authority.pair("other").key, security.key)
    with pytest.raises(SettingError, match="EMH_TLS_KEY"):
        access.check(security)
    with pytest.raises(SettingError, match="EMH_TLS_KEY"), running(catalog(), security=security):
        pass

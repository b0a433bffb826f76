"""How long is waited, what of an answer is believed, and whose certificates."""

from __future__ import annotations

import contextlib
import ipaddress
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from emh_report import limits
from emh_report.deliveries import DeliveryState
from emh_report.delivery import answers, backoff, fhir_server
from emh_report.delivery.backoff import DELIVERY, PEER, Backoff
from emh_report.delivery.lane import OURS, Lane
from emh_report.delivery.sender import End, Outcome, Parcel
from emh_report.store import claims
from tests.deliveries import fhir, opened, sent
from tests.peers import ScriptedPeer, answering, peers_of, response, scripted


@pytest.mark.parametrize("waits", [DELIVERY, PEER])
def test_waits_grow_and_end_nowhere(waits: Backoff) -> None:
    for failures in (1, 2, 3, 10, 1000, 10**9):
        whole = min(waits.first * waits.factor ** min(failures - 1, 60), waits.most)
        seen = [waits.seconds(failures) for _ in range(50)]
        assert all(whole * waits.least <= one <= whole for one in seen)
        assert len(set(seen)) > 1
    assert waits.seconds(1, asked=120) >= 120
    assert waits.seconds(1, asked=10**9) == limits.DELIVERY_WAIT_SECONDS


def in_seconds(seconds: int) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("120", 120, 120),
        pytest.param(in_seconds(36_000), 30_000, 36_000, id="in ten hours"),
        pytest.param(in_seconds(-36_000), 0, 0, id="ten hours ago"),
        ("", 0, 0),
        ("soon", 0, 0),
        ("-5", 0, 0),
        ("9" * 400, 1, 10**9),
        ("Fri, 99 Nov 2026 99:99:99 GMT", 0, 0),
    ],
)
def test_what_a_peer_asks_for_is_read_or_nothing(text: str, least: float, most: float) -> None:
    sent_ = answers.Sent("transaction", 1, "")
    outcome = answers.judge(sent_, 429, {"Retry-After": text}, b"")
    assert (outcome.end, outcome.error) == (End.AWAY, "HTTP_429")
    assert least <= outcome.retry_after <= most


def test_a_busy_peer_is_left_alone_for_as_long_as_it_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backoff, "DELIVERY", Backoff(0.01, 1, 0.01))
    monkeypatch.setattr(backoff, "PEER", Backoff(0.01, 1, 0.01))
    with scripted(answering(response(429, None, Retry_After="2"))) as peer:
        done = sent(f"sqlite:///{tmp_path / 'reports.db'}", tmp_path, peer)
    assert (done.state, done.attempts) == (DeliveryState.DELIVERED, 2)
    taken = datetime.fromisoformat(done.updated) - datetime.fromisoformat(done.created)
    assert taken >= timedelta(seconds=2)


@pytest.mark.parametrize("error", sorted(OURS))
def test_only_what_a_peer_answers_shows_that_it_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: str
) -> None:
    hastened: list[str] = []
    monkeypatch.setattr(claims, "hasten", lambda _ledger, peer, _errors: hastened.append(peer))
    with scripted() as peer:
        configured = peers_of(tmp_path, ehr=fhir(peer))
        with opened(f"sqlite:///{tmp_path / 'reports.db'}", configured) as store:
            lane = Lane(store, configured[0], lambda: None)
            lane._note(Outcome(End.AWAY, "UNREACHABLE"))
            for end in (End.AGAIN, End.REFUSED):
                lane._note(Outcome(end, error))
            assert (lane._failures, hastened) == (1, [])
            lane._note(Outcome(End.REFUSED, "HTTP_422"))
            assert (lane._failures, hastened) == (0, ["ehr"])
            lane.close()


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """Return the file of a certificate for 127.0.0.1, and a server's context with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "peer")])
    now = datetime.now(UTC)
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(alternative, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file, private = folder / "ca.pem", folder / "key.pem"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    private.write_bytes(secret)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, private)
    return file, context


PARCEL = Parcel(
    "id",
    "report",
    1,
    b'{"type": "transaction", "entry": [], "identifier": {"system": "s", "value": "v"}}',
    "application/fhir+json",
    b"",
    "",
)


@contextlib.contextmanager
def secure(folder: Path) -> Iterator[tuple[ScriptedPeer, Path]]:
    file, context = certificate(folder)
    with scripted(tls=context) as peer:
        yield peer, file


def test_only_known_certificates_are_trusted(tmp_path: Path) -> None:
    with secure(tmp_path) as (peer, file):
        url = peer.url.replace("http:", "https:")
        for ca_file, end, error in ((None, End.AWAY, "TLS_FAILED"), (file, End.DELIVERED, "")):
            settings = fhir_server.Settings(kind="fhir", url=url, ca_file=ca_file)
            sender = fhir_server.make(settings)
            outcome = sender.send(PARCEL)
            sender.close()
            assert (outcome.end, outcome.error) == (end, error)
    assert len(peer.requests) == 1


def test_a_token_that_cannot_be_read_is_not_left_out(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "odd").write_bytes(b"\xff")
    sources: list[dict[str, object]] = [{"token_file": tmp_path / name} for name in ("none", "empty", "odd")]
    sources.append({"token_env": "EMH_NO_SUCH_TOKEN"})
    with scripted() as peer:
        for source in sources:
            settings = fhir_server.Settings.model_validate({"kind": "fhir", "url": peer.url, **source})
            sender = fhir_server.make(settings)
            outcome = sender.send(PARCEL)
            sender.close()
            assert (outcome.end, outcome.error) == (End.AWAY, "TOKEN_UNREADABLE")
    assert peer.requests == []

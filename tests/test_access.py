"""Who may call: TLS, certificates of callers, tokens and what they open, over gRPC and HTTP, with clients of others."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.descriptor import ServiceDescriptor
from grpc_health.v1 import health_pb2, health_pb2_grpc

from emh_report.client import AsyncClient, Client, ForbiddenError, NotSignedInError, UnavailableError, secured
from emh_report.config import Security
from emh_report.context import Identifier
from emh_report.errors import ScopeError, SettingError
from emh_report.fhir_http.server import Options
from emh_report.fhir_http.server import running as fhir
from emh_report.grpc_server import access
from emh_report.grpc_server.run import running
from emh_report.program import NOBODY
from emh_report.v1 import (
    delivery_service_pb2,
    migration_pb2,
    prior_pb2,
    questionnaire_service_pb2,
    service_pb2,
    stored_report_pb2,
)
from tests.case_files import catalog
from tests.locks import ISSUER, Authority, locked, token
from tests.service import read_refusal
from tests.store_reports import ATTENDING, complete, fresh

FILES = (
    delivery_service_pb2,
    migration_pb2,
    prior_pb2,
    questionnaire_service_pb2,
    service_pb2,
    stored_report_pb2,
)


@contextlib.contextmanager
def served(folder: Path, *, clients: bool = False) -> Iterator[tuple[str, Authority]]:
    """Serve with certificate and tokens; gives address and authority."""
    security, authority = locked(folder, clients=clients)
    with fresh(folder) as store, running(catalog(), "127.0.0.1:0", store=store, security=security) as address:
        yield address, authority


def client(address: str, authority: Authority, sent: str | None, name: str = "") -> Client:
    """Return a client that sends a token, and shows a certificate where it has a ``name``."""
    key, certificate = authority.pair(name).pem if name else (None, None)
    made = secured(
        authorities=authority.file.read_bytes(),
        key=key,
        certificate=certificate,
        token=(lambda: sent) if sent else None,
    )
    return Client(address, credentials=made, timeout=5)


def services() -> Iterator[ServiceDescriptor]:
    """Yield every service of the contract."""
    for file in FILES:
        yield from file.DESCRIPTOR.services_by_name.values()


def test_every_method_needs_a_scope_and_nothing_else_is_listed() -> None:
    methods = {service.name: {method.name for method in service.methods} for service in services()}
    assert set(access.NEEDED) == set(methods)
    for service, names in methods.items():
        for name in names:
            assert access.needed(f"/emh_report.v1.{service}/{name}").interactions in set("crus")
        listed = access.NEEDED[service]
        assert not isinstance(listed, dict) or set(listed) == names
    for stranger in ("/emh_report.v1.StoredReportService/Burn", "/emh_report.v2.ReportService/ValidateReport", "/", ""):
        with pytest.raises(ScopeError):
            access.needed(stranger)


def test_a_token_opens_what_its_scopes_say(tmp_path: Path) -> None:
    with served(tmp_path) as (address, authority):
        with client(address, authority, token("system/DiagnosticReport.c system/Questionnaire.rs")) as ris:
            assert ris.search("pmf")
            report_id = ris.stored.create(*complete(), ATTENDING).report_id
            with pytest.raises(ForbiddenError, match=r"system/DiagnosticReport\.r") as error:
                ris.stored.get(report_id)
            assert (error.value.scope, error.value.reason) == ("system/DiagnosticReport.r", "SCOPE_MISSING")
            with pytest.raises(ForbiddenError, match=r"system/DiagnosticReport\.s"):
                next(iter(ris.stored.watch()))
        with client(address, authority, token("system/DiagnosticReport.rs")) as reader:
            assert reader.stored.get(report_id).report_id == report_id
            with pytest.raises(ForbiddenError, match=r"system/Questionnaire\.r"):
                reader.search("pmf")


@pytest.mark.parametrize("sent", [None, "", "x.y.z", token(aud="another")])
def test_without_a_token_that_counts_nothing_is_done(tmp_path: Path, sent: str | None) -> None:
    with served(tmp_path) as (address, authority), client(address, authority, sent) as stranger:
        with pytest.raises(NotSignedInError) as error:
            stranger.stored.create(*complete(), ATTENDING)
        assert error.value.reason == "NOT_AUTHENTICATED"
        with pytest.raises(NotSignedInError):
            next(iter(stranger.stored.watch()))


async def _asked(address: str, authority: Authority) -> tuple[int, str]:
    credentials = secured(authorities=authority.file.read_bytes(), token=token)
    async with AsyncClient(address, credentials=credentials) as service:
        return len(await service.templates()), (await service.stored.create(*complete(), ATTENDING)).report_id


def test_the_asynchronous_client_does_the_same(tmp_path: Path) -> None:
    with served(tmp_path) as (address, authority):
        templates, report_id = asyncio.run(_asked(address, authority))
        assert templates == len(catalog().templates)
        assert report_id


def test_health_is_open_and_two_tokens_are_none(tmp_path: Path) -> None:
    with served(tmp_path) as (address, authority):
        made = grpc.ssl_channel_credentials(authority.file.read_bytes())
        with grpc.secure_channel(address, made) as channel:
            health: Any = health_pb2_grpc.HealthStub(channel)
            answer = health.Check(health_pb2.HealthCheckRequest())
            assert answer.status == health_pb2.HealthCheckResponse.SERVING
            call: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(
                "/emh_report.v1.TemplateService/ListTemplates"
            )
            mine = ("authorization", f"Bearer {token()}")
            with pytest.raises(grpc.RpcError) as error:
                call(b"", metadata=(mine, mine))
            assert read_refusal(error.value)[1].reason == "NOT_AUTHENTICATED"


def test_callers_show_a_certificate_of_the_authority(tmp_path: Path) -> None:
    (tmp_path / "evil").mkdir()
    stranger = Authority(tmp_path / "evil", "authority")
    with served(tmp_path, clients=True) as (address, authority):
        with client(address, authority, token(), "ris") as ris:
            assert ris.templates()
        with client(address, authority, None, "ris") as ris, pytest.raises(NotSignedInError):
            ris.templates()
        key, certificate = stranger.pair("ris").pem
        forged = secured(authorities=authority.file.read_bytes(), key=key, certificate=certificate, token=token)
        for lacking in (Client(address, credentials=forged, timeout=2), client(address, authority, token())):
            with lacking, pytest.raises(UnavailableError):
                lacking.templates()
        with Client(address, timeout=2) as plain, pytest.raises(UnavailableError):
            plain.templates()


def test_the_audit_says_which_program_called(tmp_path: Path) -> None:
    """What the token says comes first; the certificate names who has no name in its token."""
    ours = Identifier(ISSUER, "ris")
    sent = [token(), token(client_id="gateway"), token(azp="portal"), token(sub=None)]
    named = [ours, Identifier(ISSUER, "gateway"), Identifier(ISSUER, "portal")]
    by_certificate = Identifier("urn:ietf:rfc:4514", "CN=workstation")
    with served(tmp_path, clients=True) as (address, authority):
        for one in sent:
            with client(address, authority, one, "workstation") as caller:
                report_id = caller.stored.create(*complete(), ATTENDING).report_id
        with client(address, authority, token(), "workstation") as caller:
            stored = caller.stored.get(report_id)
            caller.stored.correct_context(report_id, replace(stored.context, orders=()), ATTENDING, etag=stored.etag)
    with fresh(tmp_path) as store:
        entries = list(store.audit())
        assert [entry.program for entry in entries] == [*named, by_certificate, ours]
        assert {entry.actor for entry in entries} == {ATTENDING.person.identifier}
        assert store.verify().damages == ()


def test_a_certificate_alone_names_the_program(tmp_path: Path) -> None:
    security, authority = locked(tmp_path, clients=True)
    open_to_all = security._replace(issuers="")
    with fresh(tmp_path) as store, running(catalog(), store=store, security=open_to_all) as address:
        with client(address, authority, None, "workstation") as caller:
            caller.stored.create(*complete(), ATTENDING)
        assert [entry.program.value for entry in store.audit()] == ["CN=workstation"]


def test_without_locks_no_program_is_named(tmp_path: Path) -> None:
    with fresh(tmp_path) as store, running(catalog(), store=store) as address:
        forged = secured(authorities=Authority(tmp_path, "authority").file.read_bytes(), token=token)
        with Client(address, credentials=forged, timeout=2) as caller, pytest.raises(UnavailableError):
            caller.stored.create(*complete(), ATTENDING)
        with Client(address) as caller:
            caller.stored.create(*complete(), ATTENDING)
        assert [entry.program for entry in store.audit()] == [NOBODY]


def test_a_token_is_never_sent_without_tls(tmp_path: Path) -> None:
    with running(catalog()) as address:
        authority = Authority(tmp_path, "authority")
        made = secured(authorities=authority.file.read_bytes(), token=token)
        with Client(address, credentials=made, timeout=2) as secretive, pytest.raises(UnavailableError):
            secretive.templates()


def test_a_token_that_cannot_be_fetched_ends_the_call(tmp_path: Path) -> None:
    def fails() -> str:
        raise OSError("secret")

    with served(tmp_path) as (address, authority):
        made = secured(authorities=authority.file.read_bytes(), token=fails)
        with Client(address, credentials=made, timeout=5) as ris, pytest.raises(UnavailableError) as error:
            ris.templates()
        assert "secret" not in str(error.value)


def test_grpcurl_and_openssl_see_the_locks(tmp_path: Path, component: Callable[[str], Path]) -> None:
    curl, openssl = component("grpcurl"), component("openssl")
    with served(tmp_path, clients=True) as (address, authority):
        mine = authority.pair("ris")
        shown: list[str | Path] = ["-cacert", authority.file, "-cert", mine.certificate, "-key", mine.key]

        def call(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
            command = [curl, *arguments]
            return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)

        head = ["-H", f"authorization: Bearer {token('system/Questionnaire.r')}"]
        listed = call(*shown, *head, address, "list")
        assert "emh_report.v1.ReportService" in listed.stdout, listed.stderr
        assert "Unauthenticated" in call(*shown, address, "list").stderr
        one = call(*shown, *head, address, "emh_report.v1.StoredReportService/ListReports")
        assert "PermissionDenied" in one.stderr
        assert "system/DiagnosticReport.s" in one.stderr
        assert "Failed to dial" in call("-cacert", authority.file, *head, address, "list").stderr
        asked: list[str | Path] = [openssl, "s_client", "-connect", address, "-CAfile", authority.file, "-alpn", "h2"]
        asked += ["-cert", mine.certificate, "-key", mine.key]
        found = subprocess.run(asked, input=b"", capture_output=True, check=False, timeout=30)  # ends in HTTP/2
        said = found.stdout.decode("ascii", "replace")
        assert "Verification: OK" in said
        assert "ALPN protocol: h2" in said
        assert "TLSv1.3" in said


def _read(url: str, authority: Authority, sent: str) -> tuple[int, dict[str, str], dict[str, object]]:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {sent}"} if sent else {})  # noqa: S310 - our own address
    context = ssl.create_default_context(cafile=str(authority.file))
    try:
        with urllib.request.urlopen(request, context=context, timeout=30) as answer:  # noqa: S310 - as above
            return answer.status, dict(answer.headers), json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), json.load(error)


def test_fhir_over_https_takes_the_same_tokens(tmp_path: Path) -> None:
    security, authority = locked(tmp_path)
    given_out = "t" * 32
    with (
        fresh(tmp_path) as store,
        fhir(catalog(), "127.0.0.1:0", store, Options(tokens=[given_out], security=security)) as base,
    ):
        assert base.startswith("https://")
        assert _read(f"{base}/R4/metadata", authority, "")[0] == 200
        read, search = token("system/DiagnosticReport.r system/ValueSet.r"), token("system/DiagnosticReport.s")
        expand = f"{base}/R4/ValueSet/site/$expand?count=1"
        assert _read(expand, authority, read)[0] == 200
        assert _read(f"{base}/R4/DiagnosticReport", authority, search)[0] == 200
        assert _read(f"{base}/R4/DiagnosticReport", authority, given_out)[0] == 200
        status, headers, outcome = _read(f"{base}/R4/DiagnosticReport", authority, read)
        assert (status, outcome["resourceType"]) == (403, "OperationOutcome")
        assert 'error="insufficient_scope", scope="system/DiagnosticReport.s"' in headers["www-authenticate"]
        for sent in ("", "x", token(exp=1), token(aud="another")):
            assert _read(expand, authority, sent)[0] == 401


@pytest.mark.parametrize("broken", ["certificate", "key", "client_ca"])
def test_files_that_are_no_certificates(tmp_path: Path, broken: str) -> None:
    security, authority = locked(tmp_path, clients=True)
    other = authority.pair("other")
    (tmp_path / "broken.pem").write_text(
        "-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----\n", encoding="utf-8"
    )
    access.check(security)
    locks: Callable[..., Security] = security._replace
    for file in (tmp_path / "broken.pem", *([other.key] if broken == "key" else [])):
        with pytest.raises(SettingError, match=file.name):
            access.check(locks(**{broken: str(file)}))
    with pytest.raises(OSError, match="none"):
        access.check(locks(**{broken: str(tmp_path / "none")}))


def test_nothing_said_is_no_lock() -> None:
    assert access.certificates(Security()) is None
    assert access.gate(Security()) is None

"""For whom a program calls, as it says: over gRPC, over HTTP and in its token; refused where it is no identifier."""

from __future__ import annotations

from pathlib import Path

import grpc
import pytest

from emh_report.context import Identifier
from emh_report.errors import InputError
from emh_report.fhir_http.server import running as fhir
from emh_report.grpc_server.run import running
from emh_report.program import HEADER, NOBODY, say_for_whom
from emh_report.store import Store
from emh_report.v1 import stored_report_pb2, stored_report_pb2_grpc
from tests.case_files import catalog
from tests.fhir_service import ask, refused
from tests.locks import ISSUER, locked, token
from tests.program import RIS
from tests.store_reports import ATTENDING, complete, signed
from tests.test_access import client
from tests.test_store_reads import audited, reads

__all__ = ["audited"]

SAYS = "https://fhir.hospital.test/staff|S-7"
PERSON = Identifier("https://fhir.hospital.test/staff", "S-7")


def test_a_program_says_for_whom_it_asks(audited: Store, tmp_path: Path) -> None:
    """In metadata or a header, or in its token, which counts first; the same of what it writes."""
    security, authority = locked(tmp_path)
    report_id = signed(audited)
    wanted = stored_report_pb2.GetReportRequest(report_id=report_id)
    with running(catalog(), store=audited) as address, grpc.insecure_channel(address) as channel:
        stub = stored_report_pb2_grpc.StoredReportServiceStub(channel)
        stub.GetReport(wanted, metadata=((HEADER, SAYS),))
        stub.GetReport(wanted, metadata=((HEADER, "S-8"),))
        stub.GetReport(wanted)
    with fhir(catalog(), "127.0.0.1:0", audited) as base:
        ask(f"R4/DiagnosticReport/{report_id}", headers={"X-EMH-On-Behalf-Of": SAYS}, base=base)
        ask(f"R4/DiagnosticReport?_id={report_id}", base=base)
    with (
        running(catalog(), store=audited, security=security) as address,
        client(address, authority, token(fhirUser="Practitioner/S-9")) as ris,
    ):
        ris.stored.get(report_id)
        ris.stored.create(*complete(), ATTENDING)
    *_, created_ = audited.audit()
    by_token = Identifier(ISSUER, "Practitioner/S-9")
    found = [PERSON, Identifier("", "S-8"), NOBODY, PERSON, NOBODY, by_token]
    assert [entry.on_behalf_of for entry in reads(audited)] == found
    assert (created_.action, created_.program, created_.on_behalf_of) == ("create", RIS, by_token)
    assert audited.verify().damages == ()


@pytest.mark.parametrize("sent", [[""], [SAYS, SAYS], ["x" * 257], ["x" * 257 + "|S"], ["https://x.test|"]])
def test_for_whom_is_refused_where_it_is_no_identifier(audited: Store, sent: list[str]) -> None:
    report_id = signed(audited)
    wanted = stored_report_pb2.GetReportRequest(report_id=report_id)
    with running(catalog(), store=audited) as address, grpc.insecure_channel(address) as channel:
        stub = stored_report_pb2_grpc.StoredReportServiceStub(channel)
        with pytest.raises(grpc.RpcError, match="printable characters of ASCII") as error:
            stub.GetReport(wanted, metadata=tuple((HEADER, one) for one in sent))
    assert error.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert "xxx" not in str(error.value.details())
    if len(sent) == 1:
        with fhir(catalog(), "127.0.0.1:0", audited) as base:
            answer = ask(f"R4/DiagnosticReport/{report_id}", headers={HEADER: sent[0]}, base=base)
        assert refused(answer, 400)["expression"] == [HEADER]
    assert reads(audited) == []
    for unsafe in ("S\x7f", "S\u202e", "S\n", b"S"):
        with pytest.raises(InputError):
            say_for_whom([unsafe])

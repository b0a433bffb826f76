"""What is too large for gRPC: both clients say the same of it, whoever refuses it, in both directions."""

import asyncio

import grpc
import pytest

from emh_report import limits
from emh_report.client import AsyncClient, Client, TooLargeError, requests
from emh_report.client.errors import TOO_LARGE
from emh_report.v1 import service_pb2 as pb
from tests.conftest import ROOT
from tests.service import address
from tests.test_client import Failing, serving


def too_large(error: TooLargeError) -> tuple[str, list[str]]:
    """Return what a client says of a message that is too large: its message, and the reasons in it."""
    assert error.code == "RESOURCE_EXHAUSTED"
    assert [one.description for one in error.violations] == [str(error)]
    return str(error), [error.reason, *(one.reason for one in error.violations)]


@pytest.mark.parametrize("size", [limits.MESSAGE_BYTES + 1, limits.TRANSPORT_BYTES + 1, 3 * limits.TRANSPORT_BYTES])
def test_a_request_that_is_too_large_is_refused_in_the_same_words_by_whoever_refuses_it(size: int) -> None:
    """Beyond what is read at all gRPC refuses it by itself, and its status has no details."""

    async def use() -> TooLargeError:
        async with AsyncClient(address()) as client:
            with pytest.raises(TooLargeError) as caught:
                await client.import_report(b" " * size)
            return caught.value

    with Client(address()) as client, pytest.raises(TooLargeError) as caught:
        client.import_report(b" " * size)
    whole = pb.ImportReportRequest(content=" " * size).ByteSize()
    expected = f"the message has {whole} bytes, at most {limits.MESSAGE_BYTES} are accepted"
    for error in (caught.value, asyncio.run(use())):
        assert too_large(error) == (expected, ["LIMIT_EXCEEDED"] * 2)


def test_what_the_server_does_not_read_is_refused_in_the_same_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the service is set to less than this client."""
    options = [one for one in requests.OPTIONS if one[0] != "grpc.max_send_message_length"]
    monkeypatch.setattr(requests, "OPTIONS", (*options, ("grpc.max_send_message_length", -1)))
    with Client(address()) as client, pytest.raises(TooLargeError) as caught:
        client.import_report(b" " * limits.TRANSPORT_BYTES)
    assert str(caught.value).endswith(f"bytes, at most {limits.MESSAGE_BYTES} are accepted")


def test_an_answer_that_is_too_large_says_so_in_both_clients() -> None:
    """The service sends none; another server, or one of later, may."""
    answer = Failing(id_="x" * limits.MESSAGE_BYTES)

    async def use(where: str) -> TooLargeError:
        async with AsyncClient(where) as client:
            with pytest.raises(TooLargeError) as caught:
                await client.templates()
            return caught.value

    with serving(answer) as where, Client(where) as client:
        with pytest.raises(TooLargeError) as caught:
            client.templates()
        other = asyncio.run(use(where))
    whole = pb.ListTemplatesResponse(templates=[{"id": answer.id}]).ByteSize()  # type: ignore[list-item]
    expected = f"the answer has {whole} bytes, at most {limits.MESSAGE_BYTES} are read"
    for error in (caught.value, other):
        assert too_large(error) == (expected, ["LIMIT_EXCEEDED"] * 2)


def test_the_integrator_is_told_what_grpc_says_and_how_much_it_takes() -> None:
    text = (ROOT / "docs" / "integrator.md").read_text(encoding="utf-8")
    assert [one[2] for one in TOO_LARGE.findall(text)] == [str(limits.TRANSPORT_BYTES), str(limits.MESSAGE_BYTES)]
    assert "| RESOURCE_EXHAUSTED | none, no details |" in text


def test_too_many_calls_at_once_have_no_reason_of_what_is_too_large() -> None:
    answer = Failing(grpc.StatusCode.RESOURCE_EXHAUSTED)
    with serving(answer) as where, Client(where) as client, pytest.raises(TooLargeError) as caught:
        client.templates()
    assert (caught.value.reason, caught.value.violations) == ("", ())

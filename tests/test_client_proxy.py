"""A proxy that the environment names, as on many machines of hospitals, and a service on the same machine."""

import asyncio

import pytest

from emh_report.client import AsyncClient, Client, UnavailableError
from emh_report.client.requests import DIRECT, options
from tests.case_files import catalog
from tests.service import address

NOBODY = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def _proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    address()
    for name in ("no_grpc_proxy", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name in ("grpc_proxy", "https_proxy", "http_proxy"):
        monkeypatch.setenv(name, NOBODY)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "dns:///localhost"])
def test_a_service_of_this_machine_is_called_without_it(host: str) -> None:
    with Client(f"{host}:{address().rpartition(':')[2]}") as client:
        assert len(client.templates()) == len(catalog().newest)


def test_by_the_asynchronous_client_too() -> None:
    async def use() -> int:
        async with AsyncClient(address()) as client:
            return len(await client.templates())

    assert asyncio.run(use()) == len(catalog().newest)


def test_any_other_is_called_by_way_of_it() -> None:
    with (
        Client("emh.hospital.test:50051", timeout=2) as client,
        pytest.raises(UnavailableError, match=r"127\.0\.0\.1:9"),
    ):
        client.templates()


@pytest.mark.parametrize("target", ["localhost", "[::1]:50051", "ipv6:[::1]:50051", "127.1.2.3:1", "ipv4:127.0.0.1:1"])
def test_more_names_of_this_machine(target: str) -> None:
    assert DIRECT[0] in options(target)


@pytest.mark.parametrize("target", ["", "localhost.example:1", "10.0.0.7:50051", "[fe80::1]:50051", "dns:///ris:50051"])
def test_names_of_others(target: str) -> None:
    assert DIRECT[0] not in options(target)

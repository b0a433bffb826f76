"""Event loop or thread pool for the gRPC server (docs/adr/0007).

    .venv/bin/python -m benchmarks.server_model

The same methods behind each: the server of the package, on the loop of asyncio and on that of uvloop (where it is
installed), and gRPC's thread pool. More than one process: benchmarks/load.py. Measured are calls a second and
server CPU a call with 16 calls in flight, the longest of short calls beside a long one, and whether a call is still
answered while 64 others have sent headers but no message.
"""

import asyncio
import importlib
import importlib.util
import multiprocessing
import threading
import time
from collections.abc import AsyncIterator, Callable
from concurrent import futures
from multiprocessing.synchronize import Event
from pathlib import Path

import click
import grpc

from emh_report import demo, limits
from emh_report.catalog import load_catalog
from emh_report.grpc_server.methods import Methods
from emh_report.grpc_server.run import serve
from emh_report.v1 import service_pb2 as pb
from emh_report.wire import guard, write_request

VALIDATE = "/emh_report.v1.ReportService/ValidateReport"
THREADS = 8
IN_FLIGHT = 16
SILENT = 64


def event_loop(tell: Callable[[str], None], stop: Event) -> None:
    """Serve as the package does."""
    del stop  # ended by SIGTERM
    serve(load_catalog(), "127.0.0.1:0", lambda bound: tell(bound[0]))


def uvloop(tell: Callable[[str], None], stop: Event) -> None:
    """Serve as the package does, on another event loop."""
    asyncio.set_event_loop_policy(importlib.import_module("uvloop").EventLoopPolicy())
    event_loop(tell, stop)


def thread_pool(tell: Callable[[str], None], stop: Event) -> None:
    """Serve one method by gRPC's own threads."""
    methods = Methods(load_catalog())

    def validate(raw: bytes, _: grpc.ServicerContext) -> bytes:
        request = guard.parse(pb.ValidateReportRequest, raw)
        return methods.validate_report(request, lambda: None).SerializeToString()

    options = [("grpc.max_receive_message_length", limits.TRANSPORT_BYTES)]
    server = grpc.server(futures.ThreadPoolExecutor(THREADS), options=options)
    handler: grpc.RpcMethodHandler[bytes, bytes] = grpc.unary_unary_rpc_method_handler(validate)
    handlers = {"ValidateReport": handler}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("emh_report.v1.ReportService", handlers),))
    tell(f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}")
    server.start()
    stop.wait()


def cpu_seconds(pid: int) -> float:
    """Return the CPU time of a process (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def short_request() -> bytes:
    """Return the demo case."""
    return write_request(*demo.read_case()).SerializeToString()


def long_request() -> bytes:
    """Return a draft with as many lesions as are accepted, none of them with a field that exists."""
    request = write_request(*demo.read_case())
    for number in range(1_000):
        group = request.draft.groups.add(group_id="finding", uid=f"lesion-{number}")
        for field in range(9):
            group.items.add(field_id=f"no-such-field-{field}").boolean = True
    return request.SerializeToString()


def unary(channel: grpc.aio.Channel) -> grpc.aio.UnaryUnaryMultiCallable[bytes, bytes]:
    """Return ValidateReport, bytes to bytes."""
    call: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(VALIDATE)
    return call


async def throughput(channel: grpc.aio.Channel, calls: int) -> float:
    """Return calls a second."""
    call, request = unary(channel), short_request()
    left = iter(range(calls))

    async def caller() -> None:
        for _ in left:
            await call(request)

    start = time.perf_counter()
    await asyncio.gather(*[caller() for _ in range(IN_FLIGHT)])
    return calls / (time.perf_counter() - start)


async def beside_long(channel: grpc.aio.Channel) -> tuple[float, float]:
    """Return the seconds of a long call, and of the slowest short call meanwhile."""
    call, short = unary(channel), short_request()
    start = time.perf_counter()
    long = asyncio.ensure_future(call(long_request()))
    slowest = 0.0
    while not long.done():
        began = time.perf_counter()
        await call(short)
        slowest = max(slowest, time.perf_counter() - began)
    try:
        await long
    except grpc.aio.AioRpcError as error:  # the answer may be too large to be sent: the work was done
        click.echo(f"  long call: {error.code().name}", err=True)
    return time.perf_counter() - start, slowest


async def answers_beside_silent(channel: grpc.aio.Channel) -> bool:
    """Whether a call is answered while others have sent headers only."""

    async def nothing() -> AsyncIterator[bytes]:
        await asyncio.sleep(60)
        yield b""

    open_call: grpc.aio.StreamUnaryMultiCallable[bytes, bytes] = channel.stream_unary(VALIDATE)
    silent = [open_call(nothing()) for _ in range(SILENT)]
    await asyncio.sleep(1)
    try:
        await unary(channel)(short_request(), timeout=3)
    except grpc.aio.AioRpcError:
        return False
    else:
        return True
    finally:
        for call in silent:
            call.cancel()


async def measure(address: str, pid: int, calls: int) -> str:
    """Return one row of the table."""
    async with grpc.aio.insecure_channel(address) as channel:
        await throughput(channel, calls // 10)
        before = cpu_seconds(pid)
        rate = await throughput(channel, calls)
        cpu = (cpu_seconds(pid) - before) / calls * 1e6
        long, short = await beside_long(channel)
        answered = await answers_beside_silent(channel)
    return f"{rate:7.0f} | {cpu:9.0f} | {long * 1e3:8.0f} | {short * 1e3:8.0f} | {'yes' if answered else 'no'}"


def row(target: Callable[[Callable[[str], None], Event], None], calls: int) -> str:
    """Start a server in a process of its own and measure it."""
    context = multiprocessing.get_context("spawn")
    addresses, stop = context.SimpleQueue(), context.Event()
    process = context.Process(target=target, args=(addresses.put, stop))
    process.start()
    address = addresses.get()
    try:
        return asyncio.run(measure(address, process.pid or 0, calls))
    finally:
        stop.set()
        threading.Timer(3, process.kill).start()
        process.terminate()
        process.join()


@click.command()
@click.option("--calls", default=5_000, show_default=True)
@click.option("--rounds", default=3, show_default=True)
def main(calls: int, rounds: int) -> None:
    """Print the models in turn."""
    models = [event_loop, thread_pool]
    if importlib.util.find_spec("uvloop"):
        models.append(uvloop)
    else:
        print("uvloop is left out: it is not installed (pip install uvloop)")
    print("model       | calls/s | CPU us/call | long ms | short beside it ms | answered beside silent calls")
    for _ in range(rounds):
        for target in models:
            print(f"{target.__name__:<11} | {row(target, calls)}", flush=True)


if __name__ == "__main__":
    main()

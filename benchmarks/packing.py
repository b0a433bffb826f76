"""Packing of stored payloads, zlib beside Zstandard: ``python -m benchmarks.packing``.

Words and dictionary are made of two thirds of all published and fictional reports, and the rest of them is packed: what
a department stores was never seen before either.
"""

from __future__ import annotations

import statistics
import time
import zlib
from collections.abc import Callable, Sequence
from typing import NamedTuple

import click
import zstandard

from emh_report.store.sealing import LEVEL
from scripts.store_words import BYTES, payloads

ROUNDS = 15
ZLIB_BYTES = 32 * 1024


class Row(NamedTuple):
    """One way of packing, per payload: bytes, and microseconds to pack and to unpack, the median of rounds."""

    size: float
    packs: float
    unpacks: float


def microseconds(work: Callable[[bytes], bytes], contents: Sequence[bytes]) -> float:
    """Return the time of one call."""
    start = time.process_time()
    for content in contents:
        work(content)
    return (time.process_time() - start) / len(contents) * 1e6


def measure(pack: Callable[[bytes], bytes], unpack: Callable[[bytes], bytes], contents: Sequence[bytes]) -> Row:
    """Pack and unpack all contents."""
    packed = [pack(content) for content in contents]
    if [unpack(one) for one in packed] != list(contents):
        raise SystemExit("what was packed did not come back")
    rounds = [(microseconds(pack, contents), microseconds(unpack, packed)) for _ in range(ROUNDS)]
    times = (statistics.median(column) for column in zip(*rounds, strict=True))
    return Row(sum(map(len, packed)) / len(packed), *times)


def ways(seen: Sequence[bytes]) -> dict[str, tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]]:
    """Return how contents are packed and unpacked after what was seen."""
    words = b"".join(seen)[-ZLIB_BYTES:]
    ready = zlib.compressobj(zdict=words)
    trained = zstandard.train_dictionary(BYTES, [*seen])
    trained.precompute_compress(level=LEVEL)

    def with_zlib(content: bytes) -> bytes:
        packer = ready.copy()
        return packer.compress(content) + packer.flush()

    return {
        "zlib, 32 KB of reports": (with_zlib, lambda packed: zlib.decompressobj(zdict=words).decompress(packed)),
        "Zstandard, 64 KB trained": (
            lambda content: zstandard.ZstdCompressor(LEVEL, trained, write_checksum=True).compress(content),
            lambda packed: zstandard.ZstdDecompressor(trained).decompressobj().decompress(packed),
        ),
    }


def main() -> None:
    """Compare."""
    reports = payloads()
    others = [payload for report in reports[::3] for payload in report]
    seen = [payload for place, report in enumerate(reports) if place % 3 for payload in report]
    rows = {name: measure(pack, unpack, others) for name, (pack, unpack) in ways(seen).items()}
    click.echo(f"{'':26}{'bytes':>10}{'pack':>10}{'unpack':>10}")
    for name, row in rows.items():
        click.echo(f"{name:26}{row.size:10.0f}{row.packs:7.1f} µs{row.unpacks:7.1f} µs")
    first, second = rows.values()
    click.echo(f"{'share':26}" + "".join(f"{new / old:10.2f}" for old, new in zip(first, second, strict=True)))


if __name__ == "__main__":
    main()

"""Packing of stored payloads, zlib beside Zstandard: ``python -m benchmarks.packing``.

Words and dictionary are made of two thirds of all published and fictional reports, and the rest of them is packed: what
a department stores was never seen before either.
"""

from __future__ import annotations

import statistics
import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

import click
import zstandard

from emh_report.store.sealing import LEVEL
from scripts.store_words import BYTES, payloads

Way = tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]
"""How contents are packed, and how they are unpacked."""

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


def with_zlib(seen: Sequence[bytes], size: int, level: int) -> Way:
    """Return how contents are packed and unpacked by zlib, with the last bytes of what was seen."""
    words = b"".join(seen)[-size:]
    ready = zlib.compressobj(level=level, zdict=words)

    def pack(content: bytes) -> bytes:
        packer = ready.copy()
        return packer.compress(content) + packer.flush()

    return pack, lambda packed: zlib.decompressobj(zdict=words).decompress(packed)


def with_zstandard(seen: Sequence[bytes], size: int, level: int) -> Way:
    """Return the same by Zstandard, with a dictionary that is trained on what was seen."""
    trained = zstandard.train_dictionary(size, [*seen])
    trained.precompute_compress(level=level)
    return (
        lambda content: zstandard.ZstdCompressor(level, trained, write_checksum=True).compress(content),
        lambda packed: zstandard.ZstdDecompressor(trained).decompressobj().decompress(packed),
    )


WAYS: Final[Mapping[str, tuple[Callable[[Sequence[bytes], int, int], Way], int, int]]] = {
    "zlib, level 6": (with_zlib, ZLIB_BYTES, 6),
    "Zstandard": (with_zstandard, BYTES, LEVEL),
    "two levels higher": (with_zstandard, BYTES, LEVEL + 2),
    "half the dictionary": (with_zstandard, BYTES // 2, LEVEL),
    "twice the dictionary": (with_zstandard, 2 * BYTES, LEVEL),
}
"""What is compared, by name: who packs, bytes of what is in common, level. The first is what the others are held to."""


def main() -> None:
    """Compare."""
    reports = payloads()
    others = [payload for report in reports[::3] for payload in report]
    seen = [payload for place, report in enumerate(reports) if place % 3 for payload in report]
    rows = {name: measure(*make(seen, size, level), others) for name, (make, size, level) in WAYS.items()}
    first = next(iter(rows.values()))
    click.echo(f"{'a payload':22}{'bytes':>7}{'pack':>11}{'unpack':>11}   shares of the first")
    for name, row in rows.items():
        shares = "".join(f"{new / old:6.2f}" for old, new in zip(first, row, strict=True))
        click.echo(f"{name:22}{row.size:7.0f}{row.packs:8.1f} µs{row.unpacks:8.1f} µs  {shares}")


if __name__ == "__main__":
    main()

"""An uncached list against one made by hand, the router on against off, and a thousand readers at once."""

from __future__ import annotations

import argparse
import asyncio
import random
import time

from tests.bench.http import POPULAR, compared, filled, served

UNCACHED = "/uncached"
BY_HAND = "/by-hand"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seconds", type=float, default=4.0, help="Length of one measurement.")
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=5, help="Each figure is the median of so many.")
    parser.add_argument("--readers", type=int, default=1000, help="Connections that each ask once a second.")
    parser.add_argument("--minutes", type=float, default=0.5, help="How long the readers ask.")


def run(options: argparse.Namespace) -> None:
    with filled("slipway_bench_reads") as environment, served(environment) as port:
        with served(environment, "tests.bench.settings_without_router") as other:
            rates = compared(
                {"list": (port, UNCACHED), "by hand": (port, BY_HAND), "without router": (other, UNCACHED)}, options
            )
        for name, rate in rates.items():
            print(f"  {name:22} {rate:8,.0f} requests/s (median of {options.rounds})")
        print(f"  uncached list: {rates['list'] / rates['by hand']:.0%} of the requests/s of one made by hand")
        print(f"  router on: {rates['list'] / rates['without router']:.0%} of the requests/s without it")
        times = sorted(asyncio.run(_crowd(port, options.readers, options.minutes * 60)))
    at = {share: times[min(len(times) - 1, int(len(times) * share))] * 1000 for share in (0.5, 0.95, 0.99)}
    print(
        f"  {options.readers:,} connections, each once a second, {len(times):,} answers: "
        + ", ".join(f"p{share * 100:.0f} {milliseconds:.1f} ms" for share, milliseconds in at.items())
    )


async def _crowd(port: int, readers: int, seconds: float) -> list[float]:
    """Seconds that each answer took."""
    times: list[float] = []
    ends = time.perf_counter() + seconds
    await asyncio.gather(*(_reader(port, ends, times) for _ in range(readers)))
    return times


async def _reader(port: int, ends: float, times: list[float]) -> None:
    request = f"GET {POPULAR} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
    due = time.perf_counter() + random.random()  # they have not agreed on a moment
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while due < ends:
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"Not answered by 200: {head[:200]!r}")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        await reader.readexactly(length)
        times.append(time.perf_counter() - due)  # from when it should have been sent: a late client hides nothing
        due += 1.0
    writer.close()

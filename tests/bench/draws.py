"""A draw over a million entrants, its proof, and the verifier that anybody can run."""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from uuid import UUID

from tests.bench.databases import database
from tests.bench.manage import apart, migrated, options_apart

PROJECT = Path(__file__).resolve().parents[2]
GIVEAWAY = UUID("0198f9a0-0000-7000-8000-000000000001")
# Neither history nor foreign keys are what is measured.
FILL = """
    SET session_replication_role = replica;
    INSERT INTO accounts_user (id) SELECT 'entrant-' || number FROM generate_series(1, {entrants}) AS number;
    INSERT INTO giveaways_giveaway
        (id, creator_id, title, description, started_at, ends_at, duration, winners_count, allow_tickets)
    SELECT '{giveaway}', 'entrant-1', 'Stars', '', now() - interval '1 day', now(), 86400, {winners}, true;
    INSERT INTO giveaways_participant (giveaway_id, user_id) SELECT '{giveaway}', id FROM accounts_user;
    INSERT INTO giveaways_ticket (giveaway_id, user_id, count)
    SELECT '{giveaway}', 'entrant-' || number, number FROM generate_series(1, {entrants}, 10) AS number;
    SET session_replication_role = origin;
    ANALYZE;
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--entrants", type=int, default=1_000_000)
    parser.add_argument("--winners", type=int, default=100)


def run(options: argparse.Namespace) -> None:
    with database("slipway_bench_draws") as url:
        apart(migrated(url), "tests.bench.draws", options)


def measure(entrants: int, winners: int) -> None:
    from django.db import connection

    from accounts.models import User
    from giveaways.actions.drawing import advance, commit_to_draw
    from giveaways.models import Giveaway
    from giveaways.proof import inclusion_of

    with connection.cursor() as cursor:
        cursor.execute(FILL.format(entrants=entrants, winners=winners, giveaway=GIVEAWAY))
    commit_to_draw(giveaway=Giveaway.objects.get())

    began = time.perf_counter()
    assert advance(giveaway_id=GIVEAWAY) == Giveaway.Status.COMPLETED
    print(f"  draw of {winners} among {entrants:,} entrants: {time.perf_counter() - began:5.1f} s")

    began = time.perf_counter()
    size = len(inclusion_of(GIVEAWAY, User.objects.get(pk=f"entrant-{entrants}")).model_dump_json())
    print(f"  proof of inclusion: {size:,} bytes, in {(time.perf_counter() - began) * 1000:.0f} ms")
    with tempfile.TemporaryDirectory(prefix="slipway-bench-") as folder:
        _verify(Path(folder), entrants)
    print(f"  memory of this process at most: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB")


def _verify(folder: Path, entrants: int) -> None:
    from django.test import Client

    address = f"/api/giveaways/{GIVEAWAY}/proof"
    (folder / "proof.json").write_bytes(Client(SERVER_NAME="localhost").get(address).content)
    began = time.perf_counter()
    with (folder / "entries.ndjson").open("wb") as file:
        for lines in Client(SERVER_NAME="localhost").get(f"{address}/entries").streaming_content:  # type: ignore[attr-defined]
            file.write(lines)
    print(f"  {entrants:,} entries fetched: {time.perf_counter() - began:5.1f} s")
    began = time.perf_counter()
    files = [str(folder / "proof.json"), str(folder / "entries.ndjson")]
    subprocess.run([sys.executable, "docs/verify_draw.py", *files], cwd=PROJECT, check=True, stdout=sys.stderr)
    print(f"  docs/verify_draw.py: {time.perf_counter() - began:5.1f} s")


if __name__ == "__main__":
    chosen = options_apart(add_arguments)
    measure(chosen.entrants, chosen.winners)

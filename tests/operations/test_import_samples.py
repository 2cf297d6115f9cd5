"""Samples of every generation, imported: each record ends as the sample states, and nothing else happens."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path
from typing import get_args

import pytest

from catalog.legacy.sample import Generation, Sample, write_sample
from catalog.models import NFTMemorial, Track
from operations.models import LandedRecord, Rejection
from tests.operations.legacy_files import counts, imported, outcomes, row_counts, sequences, state, undone, versions

pytestmark = pytest.mark.django_db

ENTITIES = {
    "users": "users",
    "User": "users",
    "tracks": "tracks",
    "Track": "tracks",
    "nfts": "memorials",
    "Nft": "memorials",
}


@pytest.fixture(scope="module", params=get_args(Generation))
def sample(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """Large enough for every kind of dirt in users, tracks and tokens."""
    path = tmp_path_factory.mktemp("sample") / "production.db"
    return write_sample(path, generation=request.param, users=300, tracks=4_000, dirt=0.02)


@pytest.fixture(scope="module", params=get_args(Generation))
def small(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """Every kind of dirt in users and tracks, and some in tokens."""
    path = tmp_path_factory.mktemp("small") / "production.db"
    return write_sample(path, generation=request.param, users=200, tracks=500, dirt=0.15)


def listing(folder: Path) -> dict[str, tuple[int, str]]:
    return {
        file.name: (file.stat().st_mtime_ns, hashlib.sha256(file.read_bytes()).hexdigest()) for file in folder.iterdir()
    }


def stated(sample: Sample, table: str) -> dict[str, str]:
    """How each dirty record of the table must end, by the key under which it lands."""
    ends = {}
    for record in sample.dirty:
        if record.table == table:
            unusable = record.key is None or record.key == "" or len(record.key) > 255
            key = f"rowid:{record.rowid}" if unusable else str(record.key)
            ends[key] = f"merged into {record.other}" if record.fate == "merged" else record.fate
    return ends


def test_every_record_ends_as_the_sample_states(sample: Sample) -> None:
    report = imported(sample.path)

    assert report.ok
    assert (report.generation, report.proofs.sql.differences, report.proofs.source.differences) == (
        sample.generation,
        0,
        0,
    )
    for table, rows in sample.rows.items():
        entity = ENTITIES.get(table, table)
        found, dirty = outcomes(entity), stated(sample, table)
        assert {key: found.get(key) for key in dirty} == dirty
        clean = Counter(end for key, end in found.items() if key not in dirty)
        assert clean == {"loaded" if table in ENTITIES else "kept": rows - len(dirty)}


def test_counts_add_up_and_are_what_the_tables_hold(sample: Sample) -> None:
    report = imported(sample.path)

    for one in report.entities:
        assert one.read == one.loaded + one.merged + one.kept + one.rejected
        assert sum(one.reasons.values()) == one.rejected
        landed = Counter(LandedRecord.objects.filter(entity__name=one.entity).values_list("outcome", flat=True))
        assert landed == Counter(loaded=one.loaded, merged=one.merged, kept=one.kept, rejected=one.rejected)
        assert Rejection.objects.filter(entity__name=one.entity).count() == one.rejected
    by_entity = counts(report)
    assert {entity: read for entity, (read, *_) in by_entity.items()} == {
        ENTITIES.get(table, table): rows for table, rows in sample.rows.items()
    }
    assert Track.objects.count() == by_entity["tracks"][1]
    assert NFTMemorial.objects.count() == by_entity.get("memorials", (0, 0))[1]
    assert report.proofs.sql.rows == report.proofs.source.rows == sum(sample.rows.values())


def test_the_source_and_its_folder_stay_as_they_were(small: Sample) -> None:
    before = listing(small.path.parent)

    imported(small.path)
    imported(small.path, dry_run=True)

    assert listing(small.path.parent) == before


def test_a_second_run_writes_nothing(small: Sample) -> None:
    imported(small.path)
    before = versions()

    report = imported(small.path)

    assert report.ok
    assert versions() == before
    assert {entity: (read, unchanged) for entity, (read, *_, unchanged) in counts(report).items()} == {
        one.entity: (one.read, one.read) for one in report.entities
    }
    assert all(one.reasons == {} for one in report.entities)


def test_a_dry_run_predicts_everything_and_leaves_nothing(small: Sample) -> None:
    before = row_counts(), sequences()

    rehearsed = imported(small.path, dry_run=True)

    assert (row_counts(), sequences()) == before
    assert set(row_counts().values()) == {0}
    real = imported(small.path)
    assert rehearsed.entities == real.entities
    assert (rehearsed.proofs, rehearsed.ok, rehearsed.dry_run) == (real.proofs, real.ok, True)


def test_the_size_of_batches_changes_nothing(small: Sample) -> None:
    with undone():
        with_one = imported(small.path)
        expected = state()

    in_many = imported(small.path, batch_size=97)

    assert in_many.entities == with_one.entities
    assert state() == expected

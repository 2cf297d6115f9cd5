"""The giveaways and the music platform, as they live on: who is known to both, and what stands here of them."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import redis

from accounts.models import User
from catalog.legacy.normaldance import NORMALDANCE
from giveaways.legacy.giveaways import GIVEAWAY_TOOL
from operations.importing.declaration import LegacySource
from operations.importing.importer import Options, import_source
from operations.importing.report import ImportReport
from operations.importing.verifying import verify_source
from operations.models import LandedRecord
from tests.operations.legacy_files import legacy_file

GIVEAWAY = {
    "id": "00000001-0000-4000-8000-000000000000",
    "creator_id": 7,
    "title": "A mug",
    "started_at": "2025-06-01T10:00:00Z",
    "duration": 300,
    "winners_count": 1,
    "status": "completed",
}
PLAYER = {"first_name": "Pat", "last_name": "P", "username": "pat", "role": "user", "status": "banned"}
ANN = {"id": "u1", "name": "Ann", "telegramId": "7", "email": "ann@x.ru", "isArtist": 1, "solanaAddress": "W"}
TRACKS = ({"id": "t1", "artistId": "u1"},)


class Systems:
    """The two systems; each import writes what there is anew and proves both, also that of the other."""

    def __init__(self, folder: Path, address: str) -> None:
        self.path = folder / "music.db"
        self.address = address
        self.seen: set[str] = set()

    def music(self, *users: dict[str, Any], tracks: tuple[dict[str, Any], ...] = (), **options: Any) -> ImportReport:
        self.path.unlink(missing_ok=True)
        legacy_file(self.path, users=users or (ANN,), tracks=tracks)
        return self._imported(NORMALDANCE, f"sqlite:///{self.path}", options)

    def giveaways(self, *players: int, **options: Any) -> ImportReport:
        says = options.pop("says", PLAYER)
        with closing(redis.Redis.from_url(self.address)) as client:
            client.flushall()
            for player in players or (7,):
                client.set(f"user:{player}", json.dumps({"id": player, **says}))
            client.set(f"giveaway:{GIVEAWAY['id']}", json.dumps(GIVEAWAY))
        return self._imported(GIVEAWAY_TOOL, self.address, options)

    def _imported(self, source: LegacySource, address: str, options: dict[str, Any]) -> ImportReport:
        report = import_source(source, address, Options(**options))
        assert (report.ok, report.proofs.sql.named, report.proofs.source.named) == (True, [], [])
        if not report.dry_run:
            self.seen.add(source.name)
            self.verify()
        return report

    def verify(self) -> set[str]:
        """Both proofs of both; what they name as changed later."""
        changed: set[str] = set()
        for source, address in ((NORMALDANCE, f"sqlite:///{self.path}"), (GIVEAWAY_TOOL, self.address)):
            if source.name in self.seen:
                proofs = verify_source(source, address)
                assert (proofs.sql.named, proofs.source.named) == ([], [])
                both = [{f"{one.key} {one.column}" for one in part.changes} for part in (proofs.sql, proofs.source)]
                assert both[0] == both[1]
                changed |= both[0]
        return changed


def fates() -> dict[str, str]:
    """What became of the records of people: system, key, and the row where it is not their own."""
    return {
        f"{source} {key}": outcome if outcome == "loaded" and target in (None, key) else f"{outcome} {target}"
        for source, key, outcome, target in LandedRecord.objects.filter(
            entity__name__in=("users", "strangers")
        ).values_list("entity__source", "key", "outcome", "target")
    }


def shown(**known: str) -> tuple[Any, ...]:
    """What the row of a person says: of the music, of the giveaways, and what both can."""
    [(provider, subject)] = known.items()
    fields = ("display_name", "email", "is_artist", "first_name", "role", "username", "is_banned")
    return User.objects.known_as(provider, subject).values_list(*fields).get()


BY_ANN = ("Ann", "ann@x.ru", True, None, None, None, True)
BY_PAT = (None, None, False, "Pat", "user", "pat", True)

"""docs/verify_draw.py, run as anybody would run it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.test import Client

from giveaways.models import Giveaway

SCRIPT = Path(__file__).resolve().parents[2] / "docs" / "verify_draw.py"


def proof_of(giveaway: Giveaway) -> Any:
    response = Client().get(f"/api/giveaways/{giveaway.pk}/proof")
    assert response.status_code == 200, response.content
    return response.json()


def entries_of(giveaway: Giveaway, query: str = "") -> str:
    response = Client().get(f"/api/giveaways/{giveaway.pk}/proof/entries{query}")
    assert response.status_code == 200
    return response.getvalue().decode()  # type: ignore[attr-defined]


def verify(folder: Path, proof: Any, lines: str | None = None) -> tuple[int, str]:
    """Its exit status and what it says, without anything of this project in reach."""
    (folder / "proof.json").write_text(json.dumps(proof))
    arguments = [folder / "proof.json"]
    if lines is not None:
        (folder / "entries.ndjson").write_text(lines)
        arguments.append(folder / "entries.ndjson")
    ran = subprocess.run([sys.executable, "-I", SCRIPT, *arguments], capture_output=True, text=True, check=False)
    assert "Traceback" not in ran.stderr, ran.stderr
    return ran.returncode, (ran.stdout + ran.stderr).strip()

"""The codes of refusals are what programs go by: each is described, and the description has no others."""

from __future__ import annotations

import re
from pathlib import Path

from django.test import Client

from giveaways import errors

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "giveaways.md"


def test_every_code_is_documented_with_its_status() -> None:
    section = DOCUMENT.read_text(encoding="utf-8").partition("### Errors")[2].partition("### A list")[0]

    missing = [
        refusal.stable_code
        for refusal in errors.Refusal.__subclasses__()
        if refusal.status != 404
        and not re.search(rf"^\|[^|]*`{refusal.stable_code}`[^|]*\|[^|]*{refusal.status}", section, re.MULTILINE)
    ]

    assert missing == []


def test_the_api_lists_every_code(client: Client) -> None:
    schemas = client.get("/api/openapi.json").json()["components"]["schemas"]

    described = schemas["ErrorDetail"]["properties"]["code"]["description"]

    assert set(errors.CODES) <= set(re.findall(r"\w+", described))

"""Which addresses may be opened from the admin."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from operations.importing.addresses import AddressRefused, files, redacted, resolve


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    (tmp_path / "secret.db").write_text("not for everybody")
    inside = tmp_path / "legacy"
    (inside / "deep").mkdir(parents=True)
    (inside / "a.db").write_text("")
    (inside / "deep" / "b.db").write_text("")
    (inside / "way-out.db").symlink_to(tmp_path / "secret.db")
    (inside / "within.db").symlink_to(inside / "a.db")
    settings.LEGACY_FILES_DIR = inside
    settings.LEGACY_ADDRESSES = {"normaldance": "redis://:secret@host/0"}
    return inside


def test_files_are_opened_by_their_true_place(folder: Path) -> None:
    assert resolve("normaldance", "a.db") == f"{folder}/a.db"
    assert resolve("normaldance", "deep/b.db") == f"{folder}/deep/b.db"
    assert resolve("normaldance", "deep/../a.db") == f"{folder}/a.db"
    assert resolve("normaldance", "within.db") == f"{folder}/a.db"
    assert resolve("normaldance", f"{folder}/a.db") == f"{folder}/a.db"
    assert resolve("normaldance", "sqlite:///a.db") == f"sqlite:///{folder}/a.db"
    assert resolve("normaldance", f"sqlite:///{folder}/a.db") == f"sqlite:///{folder}/a.db"


@pytest.mark.parametrize(
    "typed",
    [
        "../secret.db",
        "deep/../../secret.db",
        "way-out.db",
        "/etc/passwd",
        "sqlite:////etc/passwd",
        "sqlite:///../secret.db",
        "sqlite://../secret.db",
        "%2e%2e/secret.db",
        "sqlite:///%2e%2e/secret.db",
        "missing.db",
        "deep",
        ".",
        "a.db\x00",
        "x" * 5_000,
        "~/secret.db",
    ],
)
def test_no_way_leads_out_of_the_folder(folder: Path, typed: str) -> None:
    with pytest.raises(AddressRefused, match="There is no such file in LEGACY_FILES_DIR"):
        resolve("normaldance", typed)


def test_without_a_folder_no_file_is_opened(settings: Any) -> None:
    settings.LEGACY_FILES_DIR = None

    with pytest.raises(AddressRefused, match="until LEGACY_FILES_DIR names the folder"):
        resolve("normaldance", "/etc/passwd")
    assert files() == []


@pytest.mark.parametrize(
    "typed",
    [
        "redis://legacy.example.org:6379/0",
        "rediss://reader@legacy.example.org/1?db=2",
        "valkey://10.0.0.7",
        "redis://[::1]:6379/0",
        "postgresql://reader@legacy.example.org:5432/meals?sslmode=verify-full",
    ],
)
def test_addresses_without_a_password_are_taken_as_they_are(folder: Path, typed: str) -> None:
    assert resolve("normaldance", typed) == typed


@pytest.mark.parametrize(
    "typed",
    [
        "redis://:secret@host/0",
        "redis://user:secret@host/0",
        "redis://user:@host/0",
        "redis://user%3Asecret@host/0",
        "redis://host/0?password=secret",
        "redis://host/0?db=1&username=u&password=secret",
        "rediss://host/0?ssl_keyfile=/etc/ssl/private/key.pem",
        "postgresql://host/db?password=secret",
        "postgresql://host/db?passfile=/home/somebody/.pgpass",
        "postgresql://host/db?host=/var/run/postgresql",
        "postgresql://host/db?service=x",
        "postgresql:///db",
        "postgresql://%2Fvar%2Frun/db",
        "postgresql://a,b/db",
        "unix:///var/run/redis.sock",
        "file:///etc/passwd",
        "http://host/",
        "redis://host:99999/0",
        "redis://host:0/0",
        "redis://[::1/0",
        "redis://host/0#x",
        "redis://ho st/0",
        "redis://host/0\n",
        "://",
    ],
)
def test_other_addresses_are_refused_and_not_repeated(folder: Path, typed: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        resolve("normaldance", typed)

    assert "secret" not in str(refused.value)


def test_the_settings_have_the_address_that_is_not_typed(folder: Path) -> None:
    assert resolve("normaldance", "") == "redis://:secret@host/0"
    with pytest.raises(AddressRefused, match="set LEGACY_MEALS_URL where the site and its worker run"):
        resolve("meals", "")


def test_the_form_offers_what_lies_in_the_folder(folder: Path) -> None:
    assert files() == ["a.db", "deep/b.db", "way-out.db", "within.db"]


@pytest.mark.parametrize(
    ("address", "text", "shown"),
    [
        ("redis://u:s%2Fecret@host/0", "redis://u:s%2Fecret@host/0 refused s/ecret", "redis://…@host/0 refused …"),
        (
            "redis://host/0?password=hush",
            "cannot open redis://host/0?password=hush",
            "cannot open redis://host/0?password=…",
        ),
        ("redis://host:6379/0", "host:6379 is away", "host:6379 is away"),
        ("/srv/legacy/a.db", "/srv/legacy/a.db is cut off", "/srv/legacy/a.db is cut off"),
        ("redis://[u:secret@host", "redis://[u:secret@host is no address", "… is no address"),
    ],
)
def test_a_message_keeps_no_secret_of_an_address(address: str, text: str, shown: str) -> None:
    assert redacted(text, address) == shown

"""The containers: what docker-compose.yml says, and its scripts run for real."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from config import environment
from operations.sandbox import Sandbox
from operations.sandbox.binaries import find_binaries

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "operations" / "docker"
SECRETS = {"SECRET_KEY", "ALLOWED_HOSTS", "POSTGRES_PASSWORD", "REPLICATION_PASSWORD", "REDIS_PASSWORD"}
PASSWORD = 'it\'s \\ a "p@ss" $word'


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return found


def test_compose_brings_up_everything(compose: dict[str, Any]) -> None:
    images = {name: service["image"] for name, service in compose["services"].items()}

    assert images == {
        "primary": "postgres:18",
        "replica": "postgres:18",
        "cache": "valkey/valkey:9",
        "migrate": "slipway",
        "web": "slipway",
        "worker": "slipway",
    }


def test_every_service_that_stays_has_a_health_check(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        check = service["healthcheck"]
        assert (
            check == {"disable": True}
            if name == "migrate"
            else {"test", "interval", "timeout", "retries"} <= set(check)
        )
    assert "/health" in " ".join(compose["services"]["web"]["healthcheck"]["test"])


def test_secrets_have_no_default(compose: dict[str, Any]) -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    references = re.findall(r"(?<!\$)\$\{([A-Z_]+)([^}]*)\}", text)
    variables = [pair for service in compose["services"].values() for pair in service.get("environment", {}).items()]

    assert {name for name, rest in references if rest.startswith(":?")} == SECRETS
    assert {name for name, rest in references if not rest.startswith(":?")} == {"GRANIAN_PORT"}
    secret = [value for name, value in variables if re.search("PASSWORD|SECRET|AUTH", name)]
    assert len(secret) > len(SECRETS)
    assert all(re.fullmatch(r"\$\{[A-Z_]+:\?[^}]+\}", value) for value in secret)


def test_what_services_lean_on_is_there(compose: dict[str, Any]) -> None:
    services, volumes = compose["services"], set(compose["volumes"])
    used = set()
    for service in services.values():
        for other, how in service.get("depends_on", {}).items():
            assert other in services
            assert how["condition"] != "service_healthy" or services[other]["healthcheck"] != {"disable": True}
        for mount in service.get("volumes", []):
            source = mount.split(":")[0]
            if source.startswith("./"):
                assert (ROOT / source).stat().st_mode & stat.S_IXUSR, f"{source} is no program"
            else:
                used.add(source)
    assert used == volumes == {"primary", "replica"}


@pytest.mark.parametrize("name", ["migrate", "web", "worker"])
def test_the_settings_find_the_servers(compose: dict[str, Any], name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in compose["services"][name]["environment"].items():
        monkeypatch.setenv(variable, re.sub(r"\$\{[A-Z_]+:\?[^}]*\}", lambda _: PASSWORD, value))

    databases = environment.databases()

    for alias, host in {"default": "primary", "replica": "replica"}.items():
        database = databases[alias]
        assert [database[part] for part in ("HOST", "USER", "PASSWORD", "NAME")] == [
            host,
            "slipway",
            PASSWORD,
            "slipway",
        ]
    assert re.fullmatch(r"redis://:[^@]+@cache:6379/0", environment.redis_url())
    assert environment.flag("DEBUG", default=True) is False


def test_compose_accepts_the_file() -> None:
    docker = shutil.which("docker")
    if not docker or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("needs the client of Docker with its compose plugin")
    variables = {"PATH": os.environ["PATH"], **dict.fromkeys(SECRETS, "x")}

    done = subprocess.run(
        [docker, "compose", "config", "--quiet"], cwd=ROOT, env=variables, capture_output=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, b"")


def test_the_image_serves_as_nobody_important_and_holds_no_secret() -> None:
    steps = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text()).splitlines()
    users = [step for step in steps if step.startswith("USER ")]

    assert steps[0] == "FROM python:3.13-slim"
    assert users == ["USER slipway"]
    assert steps.index("USER slipway") < next(i for i, step in enumerate(steps) if step.startswith("CMD "))
    assert any("pip install" in step and "--require-hashes -r requirements.lock" in step for step in steps)
    assert not [step for step in steps if step.startswith(("ENV", "ARG")) and "SECRET_KEY" in step]
    assert {".env", ".git", ".venv"} <= set((ROOT / ".dockerignore").read_text().splitlines())


@pytest.fixture(scope="module")
def primary() -> Iterator[Sandbox]:
    with Sandbox(["primary"]) as sandbox:
        yield sandbox


def run(script: str, stand_ins: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """The script, with the real programs of PostgreSQL but for those in the folder `stand_ins`."""
    path = f"{stand_ins}:{find_binaries().pginstall / 'bin'}:{os.environ['PATH']}"
    command = ["sh", str(SCRIPTS / script), "-c", "hot_standby_feedback=on"]
    return subprocess.run(
        command, env={"PATH": path, **variables}, capture_output=True, text=True, timeout=60, check=False
    )


def stand_in(folder: Path, name: str, script: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def test_a_replica_starts_from_a_copy_of_the_primary(primary: Sandbox, tmp_path: Path) -> None:
    data = tmp_path / "18" / "docker"
    stand_ins = tmp_path / "bin"
    stand_in(stand_ins, "postgres", 'echo "postgres $*"')
    home = str(primary.primary.home)
    (tmp_path / "pg_hba.conf").write_text("local all all trust\n")
    first = {"POSTGRES_USER": "slipway", "POSTGRES_DB": "slipway", "PGHOST": home, "PGDATA": str(tmp_path)}
    replica = {"PRIMARY_HOST": home, "REPLICATION_PASSWORD": PASSWORD, "PGDATA": str(data)}

    prepared = run("primary.sh", stand_ins, **first, REPLICATION_PASSWORD=PASSWORD)
    assert prepared.returncode == 0, prepared.stderr
    assert (tmp_path / "pg_hba.conf").read_text().splitlines() == [
        "local all all trust",
        "host replication replication_client all scram-sha-256",
    ]

    # The first copy breaks off.
    stand_in(stand_ins, "pg_basebackup", f"mkdir -p {data}.new; echo 18 >{data}.new/PG_VERSION; exit 1")
    assert run("replica.sh", stand_ins, **replica).returncode != 0
    assert not data.exists()

    (stand_ins / "pg_basebackup").unlink()
    started = run("replica.sh", stand_ins, **replica)
    assert started.stdout.splitlines() == ["replica: copying the primary", "postgres -c hot_standby_feedback=on"]
    assert (data / "standby.signal").exists()
    assert data.stat().st_mode & 0o777 == 0o700
    settings = (data / "postgresql.auto.conf").read_text()
    assert "primary_slot_name = 'replica'" in settings
    assert "user=replication_client" in settings

    again = run("replica.sh", stand_ins, **replica)
    assert again.stdout == "postgres -c hot_standby_feedback=on\n"


def test_the_cache_gets_its_password_in_no_argument(tmp_path: Path) -> None:
    stand_in(tmp_path / "bin", "valkey-server", 'echo "$*"; cat')

    lines = run("cache.sh", tmp_path / "bin", VALKEYCLI_AUTH=PASSWORD).stdout.splitlines()

    assert lines[0] == "-"
    assert 'requirepass "it\'s \\\\ a \\"p@ss\\" $word"' in lines
    assert 'save ""' in lines


@pytest.mark.parametrize("script", ["replica.sh", "cache.sh"])
def test_a_server_without_its_password_does_not_start(script: str, tmp_path: Path) -> None:
    assert run(script, tmp_path, PRIMARY_HOST="primary", PGDATA=str(tmp_path / "data")).returncode != 0
    assert list(tmp_path.iterdir()) == []

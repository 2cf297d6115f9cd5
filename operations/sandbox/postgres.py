"""PostgreSQL for a sandbox: settings, the command that makes a cluster, the copy that becomes its replica."""

from __future__ import annotations

import shutil
from pathlib import Path
from urllib.parse import quote

from operations.sandbox import family
from operations.sandbox.binaries import Binaries

ROLE = "slipway"
DATABASE = "slipway"

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
    # Pages come from memory or flash: reading one here and there costs as much as reading them in order.
    "random_page_cost": "1.1",
    # A replica that was killed replays from its last checkpoint on: that must not be the beginning of a long life.
    "checkpoint_timeout": "1min",
    # The replica is told of a commit when its WAL is flushed; off would delay that by up to 200 ms.
    "synchronous_commit": "on",
    "wal_level": "replica",
    "hot_standby": "on",
    # Long reads on the replica are not cancelled because the primary cleaned up behind them.
    "hot_standby_feedback": "on",
    # A replica that found no primary asks again soon; the default is 5 s.
    "wal_retrieve_retry_interval": "100ms",
    # Parallel queries share memory in files of the data folder: what lies in /dev/shm would survive a SIGKILL, and a
    # container often has only 64 MB of it.
    "dynamic_shared_memory_type": "mmap",
    "shared_preload_libraries": "pg_stat_statements",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%a ",
}
# Only a machine that loses power needs these. A killed server does not: what it has written is the kernel's already,
# synced or not, so crash tests by SIGKILL lose nothing with them off.
_DURABILITY = ("fsync", "full_page_writes")


def data_folder(home: Path) -> Path:
    """Named after the sandbox, so that it has a name of its own in every sandbox: see `directory.spread`."""
    return home / home.parent.name


def initdb_command(binaries: Binaries, home: Path, *, durable: bool) -> list[str]:
    settings = _SETTINGS | dict.fromkeys(_DURABILITY, "on" if durable else "off")
    return [
        str(binaries.postgres_program("initdb")),
        f"--pgdata={data_folder(home)}",
        f"--username={ROLE}",
        "--auth=trust",  # the folder is 0700: whoever can reach the socket is the owner
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--no-sync",
        "--no-instructions",
        *(f"--set={name}={value}" for name, value in settings.items()),
    ]


def server_command(binaries: Binaries, home: Path) -> list[str]:
    program = str(binaries.postgres_program("postgres"))
    return [program, "-D", str(data_folder(home)), "-k", str(home), "-c", f"cluster_name={home.name}"]


def copy_as_replica(primary: Path, replica: Path) -> bool:
    """Makes the data of a primary that has never run the data of its replica; True, as it is run as another user.

    A copy of a cluster that was shut down is a base backup: same system identifier, same end of WAL. It takes a third
    of the time of pg_basebackup, which needs the primary to be up first.
    """
    data = data_folder(replica)
    shutil.copytree(data_folder(primary), data, copy_function=shutil.copyfile)
    with (data / "postgresql.auto.conf").open("a") as settings:
        settings.write(f"primary_conninfo = 'host={primary} user={ROLE} application_name={replica.name}'\n")
        settings.write(f"primary_slot_name = '{replica.name}'\n")
    (data / "standby.signal").touch()
    return True


def url(home: Path, database: str = DATABASE) -> str:
    """A URL that libpq and django-environ read alike.

    The socket folder as percent-encoded host would be shorter, but django-environ leaves that encoded.
    """
    return f"postgresql://{ROLE}@/{database}?host={quote(str(home))}"


def release_shared_memory(home: Path) -> None:
    """Removes the System V segment that a killed postmaster leaves to its next start, which may never come.

    The seventh line of postmaster.pid names it (LOCK_FILE_LINE_SHMEM_KEY in PostgreSQL's miscadmin.h). Ids are reused,
    hence the comparison of key and creator with what the kernel says; and a segment in use is left alone.
    """
    try:
        lines = (data_folder(home) / "postmaster.pid").read_text().splitlines()
        segments = Path("/proc/sysvipc/shm").read_text().splitlines()[1:]
        creator, (key, segment) = lines[0].strip(), lines[6].split()
    except (OSError, IndexError, ValueError):
        return
    for row in segments:
        row_key, row_segment, _, _, row_creator, _, attached = row.split()[:7]
        same_key = int(row_key) % 2**32 == int(key) % 2**32
        if same_key and (row_segment, row_creator, attached) == (segment, creator, "0"):
            family.remove_shared_memory(int(segment))

#!/bin/sh
# Starts the replica: the first time from a base backup of the primary, afterwards from what it has.
# The backup is made beside the data directory and moved when it is complete, so that one that was interrupted is made
# again instead of being taken for a database.
set -eu

: "${PRIMARY_HOST:?}" "${REPLICATION_PASSWORD:?}" "${PGDATA:?}"

if [ ! -s "$PGDATA/PG_VERSION" ]; then
    rm -rf "$PGDATA" "$PGDATA.new"
    mkdir -p "$(dirname "$PGDATA")"
    echo "replica: copying the primary"
    PGPASSWORD=$REPLICATION_PASSWORD pg_basebackup --pgdata="$PGDATA.new" --host="$PRIMARY_HOST" \
        --username=replication_client --slot=replica --wal-method=stream --checkpoint=fast --write-recovery-conf
    chmod 700 "$PGDATA.new"
    mv "$PGDATA.new" "$PGDATA"
fi

exec postgres "$@"

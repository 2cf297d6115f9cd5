#!/bin/sh
# Runs once, when the primary's data directory is made (/docker-entrypoint-initdb.d): the role that a replica streams
# with, the slot that keeps its WAL while it is away, and the right to connect.
set -eu

psql --set=ON_ERROR_STOP=1 --no-psqlrc --quiet --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" <<'SQL'
\getenv password REPLICATION_PASSWORD
CREATE ROLE replication_client LOGIN REPLICATION PASSWORD :'password';
DO $$ BEGIN PERFORM pg_create_physical_replication_slot('replica'); END $$;
SQL

echo 'host replication replication_client all scram-sha-256' >>"$PGDATA/pg_hba.conf"

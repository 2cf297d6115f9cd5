#!/bin/sh
# Starts Valkey as a cache: it forgets the oldest when it is full, and keeps nothing on disk.
# The configuration comes by standard input, because an argument would show the password in the list of processes.
set -eu

password=$(printf '%s' "${VALKEYCLI_AUTH:?}" | sed 's/[\\"]/\\&/g')

exec valkey-server - <<CONFIGURATION
requirepass "$password"
maxmemory 256mb
maxmemory-policy allkeys-lru
save ""
CONFIGURATION

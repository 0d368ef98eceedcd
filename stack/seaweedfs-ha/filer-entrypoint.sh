#!/bin/sh
# Starts a filer with its database password from the secret. Arguments go to `weed filer`.
set -eu

# A filer that finds no filer.toml opens a private LevelDB and looks healthy, with an empty tree: refuse.
grep -q '^\[postgres\]' /etc/seaweedfs/filer.toml || {
  echo "/etc/seaweedfs/filer.toml names no Postgres store: not starting" >&2
  exit 1
}
WEED_POSTGRES_PASSWORD=$(tr -d '\r\n' < /run/secrets/seaweedfs_db_password)
export WEED_POSTGRES_PASSWORD
exec weed filer "$@"

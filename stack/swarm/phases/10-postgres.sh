# shellcheck shell=bash disable=SC2154
# Postgres HA as deployed: members, synchronous standby, the pool, roles, monitoring.

phase_postgres() {
  make_pgpass
  check "three members, quorum standby, within 120 s" waits 120 redundant
  check "database-setup ended well" waits 120 setup_done
  check "every service of the stack runs" waits 120 everything_of postgres
  check "the applications' address answers within 60 s" waits 60 sql admin 192.168.4.30:6432 'SELECT 1'
  sql admin "$everyone" 'CREATE DATABASE ledger' 2> /dev/null
  check "a new database is usable through the pool" waits 20 sql admin 192.168.4.30:6432 'SELECT 1' ledger
  check "the pool leads to the leader" pool_leads
  check "the superuser does not come in through the pool" refuses "no such user" sql postgres 192.168.4.30:6432 'SELECT 1'
  check "a wrong password is refused by the pool" wrong_password
  check "the pool wants TLS from the applications' network" refuses "login rejected" plain_pool
  check "PostgreSQL wants TLS from the storage network" refuses "no encryption" plain_postgres
  check "settings: quorum, strict, failsafe, 20/2/5" dcs_settings
  check "data checksums are on" equals on sql postgres "$everyone" 'SHOW data_checksums'
  check "the reading role reads and cannot write" reader_reads
  check "the exporter has pg_monitor and no more" equals "f" sql postgres "$everyone" \
    "SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = 'swfs_exporter'"
  check "a change through Patroni's API needs the password" equals 401 patroni_api "$(leader)" config -o /dev/null \
    -w '%{http_code}' -X PATCH -d '{"ttl":21}'
  check "apply-dcs-settings changes nothing when nothing changed" in_service "postgres_postgres-$(leader)" \
    apply-dcs-settings
}

setup_done() {
  manager docker service ps postgres_database-setup --format '{{.CurrentState}}' | head -n 1 | grep ^Complete > /dev/null
}
everything_of() {
  ! manager docker service ls --filter "name=$1_" --format '{{.Name}} {{.Replicas}}' |
    awk '{ split($2, r, "/"); if (r[1] != r[2] && $1 !~ /database-setup/) bad = 1 } END { exit !bad }'
}
equals() {
  local wanted=$1 got
  shift
  got=$("$@")
  [ "$got" = "$wanted" ] || { echo "wanted $wanted, got $got"; return 1; }
}
# refuses TEXT COMMAND...: it has to fail, saying TEXT.
refuses() {
  local text=$1 said
  shift
  if said=$("$@" 2>&1); then
    echo "was allowed: $said"
    return 1
  fi
  grep -q -- "$text" <<< "$said" || { echo "failed for another reason: $said"; return 1; }
}
pool_leads() {
  equals f sql admin 192.168.4.30:6432 'SELECT pg_is_in_recovery()'
}
wrong_password() {
  refuses "password authentication failed\|SASL authentication failed" fabric env PGPASSWORD=wrong PGSSLMODE=require \
    psql -XAtq -h 192.168.4.30 -p 6432 -U admin -d postgres -c 'SELECT 1'
}
plain_pool() {
  fabric env PGPASSFILE="$bed_state/pgpass" PGSSLMODE=disable PGCONNECT_TIMEOUT=5 psql -XAtq -h 192.168.4.30 \
    -p 6432 -U admin -d postgres -c 'SELECT 1'
}
plain_postgres() {
  fabric env PGPASSFILE="$bed_state/pgpass" PGSSLMODE=disable PGCONNECT_TIMEOUT=5 psql -XAtq -h 192.168.12.40 \
    -U postgres -d postgres -c 'SELECT 1'
}
dcs_settings() {
  patroni_api "$(leader)" config | jq -e '.ttl == 20 and .loop_wait == 2 and .retry_timeout == 5 and
    .synchronous_mode == "quorum" and .synchronous_mode_strict and .failsafe_mode'
}
reader_reads() {
  sql swfs_reader "$everyone" 'SELECT count(*) FROM filemeta' seaweedfs > /dev/null &&
    refuses "permission denied" sql swfs_reader "$everyone" 'DELETE FROM filemeta' seaweedfs
}

# shellcheck shell=bash disable=SC2154
# Words the phases are written in.

storage_ip() { echo "192.168.12.$((39 + $1))"; }

# Runs a command in a service's container, on the node where it is pinned: in_service postgres_postgres-1 CMD...
in_service() {
  local service=$1 node
  shift
  node=docker-infra-${service##*-}
  # shellcheck disable=SC2016 # expands in the node
  on "$node" sh -c 'exec docker exec "$(docker ps -qf "name=$0" | head -n 1)" "$@"' "$service" "$@"
}

# psql as a client on the administrator's machine: sql ROLE HOSTS[:PORT] STATEMENT [DATABASE]
sql() {
  local role=$1 hosts=$2 port=5432 statement=$3 database=${4:-postgres}
  [[ $hosts != *:* ]] || { port=${hosts##*:}; hosts=${hosts%:*}; }
  fabric env PGPASSFILE="$bed_state/pgpass" PGSSLMODE=verify-ca PGSSLROOTCERT="$bed_secrets/postgres_ca.crt" \
    PGTARGETSESSIONATTRS="${attrs:-read-write}" PGCONNECT_TIMEOUT=5 \
    psql -XAtq -h "$hosts" -p "$port" -U "$role" -d "$database" -c "$statement"
}
everyone=192.168.12.40,192.168.12.41,192.168.12.42

make_pgpass() {
  local pair
  for pair in postgres:pg_superuser_password admin:pg_admin_password seaweedfs:seaweedfs_db_password \
    swfs_reader:swfs_reader_password swfs_exporter:pg_exporter_password; do
    printf '*:*:*:%s:%s\n' "${pair%%:*}" "$(cat "$bed_secrets/${pair##*:}")"
  done > "$bed_state/pgpass"
  chmod 0600 "$bed_state/pgpass"
}

patroni_api() { fabric curl -sS --max-time 4 --cacert "$bed_secrets/postgres_ca.crt" "https://$(storage_ip "$1"):8008/$2" "${@:3}"; }
is_leader() { [ "$(patroni_api "$1" primary -o /dev/null -w '%{http_code}' 2> /dev/null)" = 200 ]; }

# Number of the member that leads by its own word; a stale view of others does not count.
leader() {
  local number
  for number in 1 2 3; do is_leader "$number" && { echo "$number"; return; }; done
  return 1
}

# Redundant again: a leader, two replicas that stream, and a standby that counts for the quorum. A second fault before
# that would rightly end without a leader.
redundant() {
  local number
  number=$(leader) || return 1
  patroni_api "$number" cluster 2> /dev/null |
    jq -e '[.members[] | select(.state == "streaming")] | length == 2' > /dev/null || return 1
  patroni_api "$number" cluster | jq -e '[.members[] | select(.role == "quorum_standby")] | length >= 1' > /dev/null
}

other_than() {
  local number
  for number in 1 2 3; do [ "$number" = "$1" ] || { echo "$number"; return; }; done
}

# A writer through the pool as applications have it, and one past it with libpq alone.
ledger_start() {
  # shellcheck disable=SC2034
  ledger_pool="host=192.168.4.30 port=6432 dbname=ledger user=admin sslmode=verify-ca
    sslrootcert=$bed_secrets/postgres_ca.crt passfile=$bed_state/pgpass connect_timeout=5
    keepalives_idle=5 keepalives_interval=2 keepalives_count=3 tcp_user_timeout=8000"
  ledger_direct="host=$everyone dbname=ledger user=admin target_session_attrs=read-write
    sslmode=verify-ca sslrootcert=$bed_secrets/postgres_ca.crt passfile=$bed_state/pgpass connect_timeout=2
    keepalives_idle=3 keepalives_interval=1 keepalives_count=3 tcp_user_timeout=5000"
  ip netns exec "$bed_fabric" "$bed_here/ledger" write "$ledger_pool" "$bed_state/ledger.pool" &
  ledger_pool_pid=$!
  ip netns exec "$bed_fabric" "$bed_here/ledger" write "$ledger_direct" "$bed_state/ledger.direct" &
  ledger_direct_pid=$!
  sleep 4
}

# Ends a writer; one that hangs in a call does not hear TERM, and is a failure of its own.
writer_stop() {
  local pid
  for pid in "$@"; do
    kill "$pid" 2> /dev/null
    if ! waits 20 gone "$pid"; then
      fail "a writer hung"
      kill -9 "$pid"
    fi
    wait "$pid" 2> /dev/null
  done
}
gone() { ! kill -0 "$1" 2> /dev/null; }

# ledger_stop WHAT LIMIT: stops both; lost rows and a pause over LIMIT seconds are failures.
ledger_stop() {
  local what=$1 limit=$2 way line pause
  sleep 3
  writer_stop "$ledger_pool_pid" "$ledger_direct_pid"
  for way in pool direct; do
    line=$("$bed_here/ledger" report "$bed_state/ledger.$way")
    pause=$(sed -nE '1s/pause=([0-9.]+|inf).*/\1/p' <<< "$line")
    if [[ $pause =~ ^[0-9.]+$ ]] && awk -v p="$pause" -v l="$limit" 'BEGIN { exit !(p <= l) }'; then
      pass "$what, $way: writes went on after $pause s (limit $limit)"
    else
      fail "$what, $way: writes stood still for $pause s (limit $limit)"
    fi
    while read -r line; do say "$way: $line"; done <<< "$line"
    check "$what, $way: no confirmed row is lost" fabric "$bed_here/ledger" verify "$ledger_direct" \
      "$bed_state/ledger.$way"
  done
}

blobs_start() {
  ip netns exec "$bed_fabric" "$bed_here/blobs" write "$bed_secrets" "$bed_state/blobs" "$@" &
  blobs_pid=$!
  sleep 4
}

# blobs_stop WHAT: prints pauses and errors for each filer; a lost or altered file is a failure.
blobs_stop() {
  sleep 3
  # A call in flight may wait for its own time-out.
  kill "$blobs_pid" 2> /dev/null
  wait "$blobs_pid" 2> /dev/null
  "$bed_here/blobs" report "$bed_state/blobs" | while read -r line; do say "$1: $line"; done
  check "$1: no confirmed file is lost or altered" fabric "$bed_here/blobs" verify "$bed_secrets" \
    "$bed_state/blobs" "${2:-192.168.12.41:8888}"
}

service_running() {
  [ "$(manager docker service ls --filter "name=$1" --format '{{.Name}} {{.Replicas}}' |
    awk -v n="$1" '$1 == n { print $2 }')" = "${2:-1/1}" ]
}

everything_running() {
  ! manager docker service ls --format '{{.Name}} {{.Replicas}}' |
    awk '{ split($2, r, "/"); if (r[1] != r[2] && $1 !~ /database-setup/) bad = 1 } END { exit !bad }'
}

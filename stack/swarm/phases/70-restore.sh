# shellcheck shell=bash disable=SC2154
# The database comes back from the backups, to a time between two rows: the steps of docs/OPERATIONS.md. Last of all
# phases, since it replaces the cluster.

phase_restore() {
  local number target
  ready_for_fault restore || return
  sql admin "$everyone" "CREATE TABLE IF NOT EXISTS kept (what text); INSERT INTO kept VALUES ('before')" ledger
  sleep 2
  target=$(sql admin "$everyone" 'SELECT clock_timestamp()' ledger)
  sleep 2
  sql admin "$everyone" "INSERT INTO kept VALUES ('after')" ledger
  # The last segment is in the repository before the cluster goes away.
  sql postgres "$everyone" 'SELECT pg_switch_wal()' > /dev/null
  check "restore: the last WAL is archived" waits 60 archived
  for number in 1 2 3; do manager docker service scale -d "seaweedfs_filer-$number=0" > /dev/null; done
  manager docker stack rm postgres > /dev/null
  check "restore: the old cluster is gone" waits 120 no_postgres_containers
  for number in 1 2 3; do
    on "docker-infra-$number" sh -c 'cd /srv/data && mv postgres postgres.old && mv etcd etcd.old &&
      install -d -o 999 -g 999 -m 0700 postgres && install -d -o 10379 -g 10379 -m 0700 etcd'
  done
  check "restore: a new cluster is made from the repository" manager env "RESTORE_TARGET=$target" "$here/deploy" \
    postgres-ha
  check "restore: three members, quorum standby, within 240 s" waits 240 redundant
  check "restore: the row before the time is there and the one after is not" equals before \
    sql admin "$everyone" 'SELECT string_agg(what, $$,$$) FROM kept' ledger
  check "restore: deploy without the target" manager env UPDATE_MONITOR=5s "$here/deploy" postgres-ha
  for number in 1 2 3; do manager docker service scale -d "seaweedfs_filer-$number=1" > /dev/null; done
  check "restore: the filers are back" waits 120 everything_running
  check "restore: names of before are served" equals 200 http_code read GET 192.168.12.40:8888/test/1
  check "restore: new backups are made" waits 180 new_backup_after "$target"
}
archived() {
  in_service "postgres_postgres-$(leader)" psql -U postgres -XAtc \
    "SELECT last_archived_wal >= pg_walfile_name(pg_switch_wal()) OR last_archived_time > now() - interval '5 s'
     FROM pg_stat_archiver" | grep -x t > /dev/null
}
no_postgres_containers() {
  local number
  for number in 1 2 3; do
    [ -z "$(on "docker-infra-$number" docker ps -q --filter name=postgres_)" ] || return 1
  done
}
new_backup_after() {
  in_service "postgres_postgres-$(leader)" pgbackrest --stanza=postgres-cluster info --output=json |
    jq -e --argjson after "$(date -d "$1" +%s)" '[.[0].backup[] | select(.timestamp.stop > $after)] | length > 0'
}

# shellcheck shell=bash disable=SC2154
# WAL archive and base backups while everything runs. The restore is the last phase, since it replaces the cluster.

phase_backup() {
  local number
  number=$(leader)
  check "the repository verifies: archive and backups usable" in_service "postgres_postgres-$number" \
    pgbackrest --stanza=postgres-cluster check
  check "a full backup exists" waits 120 has_backup full
  check "the agents' metrics name one leader" equals 1 backup_leaders
  check "the newest backup is young" backup_is_young
}

has_backup() {
  in_service "postgres_postgres-$(leader)" pgbackrest --stanza=postgres-cluster info --output=json |
    jq -e --arg kind "$1" '[.[0].backup[] | select(.type == $kind)] | length > 0'
}
backup_metrics() { fabric curl -sf "http://$(storage_ip "$1"):9854/metrics"; }
backup_leaders() {
  local number
  for number in 1 2 3; do backup_metrics "$number" | awk '/^swfs_backup_leader/ { print $2 }'; done |
    awk '{ n += $1 } END { print n }'
}
backup_is_young() {
  backup_metrics "$(leader)" | awk -v now="$(date +%s)" '/last_completion.*full/ { ok = (now - $2 < 86400) } END { exit !ok }'
}

# shellcheck shell=bash disable=SC2154
# A changed stack file reaches a running cluster service by service, under a writer.

phase_update() {
  local before after
  ready_for_fault "rolling update" || return
  before=$(image_tasks)
  ledger_start
  # Any change of a variable of PostgreSQL restarts its three services, as a new image does.
  check "rolling update: stack/deploy brings a changed setting to the three members" manager env \
    SHARED_BUFFERS=192MB UPDATE_MONITOR=5s "$here/deploy" postgres-ha
  ledger_stop "rolling update" 30
  after=$(image_tasks)
  check "rolling update: all three members were restarted" differs "$before" "$after"
  check "rolling update: redundant" waits 120 redundant
  check "rolling update: the setting is there" equals 192MB sql postgres "$everyone" 'SHOW shared_buffers'
  check "rolling update: a broken image stops at the first service" refuses "left as they are" manager env \
    SHARED_BUFFERS=192MB UPDATE_MONITOR=5s POSTGRES_IMAGE=swfs/postgres-ha:missing "$here/deploy" --timeout 40 postgres-ha
  check "rolling update: the members still run" equals 3 running_members
  check "rolling update: the right image again" manager env SHARED_BUFFERS=192MB UPDATE_MONITOR=5s "$here/deploy" \
    postgres-ha
  check "rolling update: everything runs" waits 120 everything_running
}
image_tasks() {
  local number
  for number in 1 2 3; do
    manager docker service ps "postgres_postgres-$number" --filter desired-state=running -q
  done | sort | tr '\n' ' '
}
running_members() {
  local number count=0
  for number in 1 2 3; do service_running "postgres_postgres-$number" && count=$((count + 1)); done
  echo "$count"
}
differs() {
  local id
  for id in $1; do
    [[ " $2 " != *" $id "* ]] || { echo "task $id is still the old one"; return 1; }
  done
}

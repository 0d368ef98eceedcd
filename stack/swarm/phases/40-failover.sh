# shellcheck shell=bash disable=SC2154
# Faults of Postgres HA under a writer. A node that is off answers nothing, and so does one that is cut: both are tested,
# and a killed process, whose machine still refuses connections.
#
# Limits are the promise (30 s for a failover), not the usual figure; the report has the measured ones.

ready_for_fault() {
  check "$1: redundant before the fault" waits 120 redundant
}

phase_switchover() {
  local old
  ready_for_fault switchover || return
  old=$(leader)
  ledger_start
  check "switchover: patronictl does it without a candidate" in_service "postgres_postgres-$old" \
    patronictl switchover --leader "postgres-$old" --force
  check "switchover: another member leads" waits 30 moved_from "$old"
  ledger_stop switchover 10
}
moved_from() { local now && now=$(leader) && [ "$now" != "$1" ]; }

phase_leader_killed() {
  local old node
  ready_for_fault "leader killed" || return
  old=$(leader)
  node=docker-infra-$old
  ledger_start
  # shellcheck disable=SC2016 # expands in the node
  on "$node" sh -c 'docker kill -s KILL "$(docker ps -qf name=postgres_postgres)"' > /dev/null
  check "leader killed: somebody leads again" waits 40 leader
  sleep 10
  ledger_stop "leader killed" 30
}

phase_leader_off() {
  local old
  ready_for_fault "leader's node off" || return
  old=$(leader)
  ledger_start
  node_kill "docker-infra-$old"
  check "leader's node off: another member leads" waits 60 moved_from "$old"
  sleep 5
  ledger_stop "leader's node off" 30
  check "leader's node on again" node_back "docker-infra-$old"
  check "leader's node on again: three members within 180 s" waits 180 redundant
  check "leader's node on again: the old leader follows" follows "$old"
}
node_back() {
  node_boot "$1" && on "$1" nft -f "$bed_state/swfs.nft"
}
follows() {
  equals t attrs_any "$(storage_ip "$1")" 'SELECT pg_is_in_recovery()'
}
attrs_any() { attrs=any sql postgres "$1" "$2"; }

phase_leader_cut() {
  local old
  ready_for_fault "leader's node cut" || return
  old=$(leader)
  ledger_start
  node_cut "docker-infra-$old"
  check "leader's node cut: another member leads" waits 60 moved_from "$old"
  # The cut side must not take writes: asked from inside the node.
  check "leader's node cut: the old leader takes no writes" waits 40 demoted "$old"
  sleep 5
  ledger_stop "leader's node cut" 30
  node_heal "docker-infra-$old"
  check "leader's node healed: three members within 180 s" waits 180 redundant
  check "leader's node healed: the old leader follows, rewound to the new timeline" same_timeline
}
# Nobody can commit on the cut side: it is in recovery again, or its writes wait for a standby that cannot answer.
demoted() {
  # shellcheck disable=SC2016 # expands in the node
  on "docker-infra-$1" sh -c 'timeout 8 docker exec "$(docker ps -qf name=postgres_postgres)" psql -U postgres \
    -XAtc "SELECT pg_is_in_recovery()"' | grep t > /dev/null
}
same_timeline() {
  local number timelines
  timelines=$(for number in 1 2 3; do patroni_api "$number" patroni | jq .timeline; done | sort -u)
  [ "$(wc -l <<< "$timelines")" = 1 ] || { echo "timelines: $timelines"; return 1; }
}

phase_standby_cut() {
  local victim
  ready_for_fault "a standby's node cut" || return
  victim=$(other_than "$(leader)")
  ledger_start
  node_cut "docker-infra-$victim"
  sleep 25
  # The pool's address may sit on the cut node, and moves then.
  ledger_stop "a standby's node cut" 15
  node_heal "docker-infra-$victim"
  check "a standby's node healed: three members" waits 120 redundant
}

phase_etcd() {
  local victim other number
  ready_for_fault etcd || return
  victim=$(other_than "$(leader)")
  ledger_start
  manager docker service scale -d "postgres_etcd-$victim=0" > /dev/null
  sleep 20
  ledger_stop "one etcd member lost" 5
  ledger_start
  for number in 1 2 3; do
    if [ "$number" != "$victim" ] && [ "$number" != "$(leader)" ]; then other=$number; fi
  done
  manager docker service scale -d "postgres_etcd-$other=0" > /dev/null
  # Failsafe mode: all members answer the leader, so it goes on without etcd.
  sleep 40
  ledger_stop "etcd's quorum lost for 40 s, all members alive" 5
  manager docker service scale -d "postgres_etcd-$victim=1" "postgres_etcd-$other=1" > /dev/null
  check "etcd back: three members" waits 120 redundant
  check "etcd back: three healthy members" waits 60 etcd_healthy
}
etcd_healthy() {
  [ "$(in_service postgres_etcd-1 etcdctl endpoint health --cluster 2>&1 | grep -c 'is healthy')" = 3 ]
}

phase_pool() {
  local holder
  ready_for_fault pool || return
  holder=$(vip_holder)
  ledger_start
  # shellcheck disable=SC2016 # expands in the node
  on "$holder" sh -c 'docker kill -s KILL "$(docker ps -qf name=postgres_pgbouncer)"' > /dev/null
  sleep 15
  ledger_stop "PgBouncer that holds the address killed" 20
  check "the address is held by one node" equals 1 vip_holders
}
vip_holder() {
  local node
  for node in "${bed_nodes[@]:1}"; do
    if on "$node" ip -o addr show | grep '192\.168\.4\.30/' > /dev/null; then echo "$node"; fi
  done
}
vip_holders() { vip_holder | wc -l; }

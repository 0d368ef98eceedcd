# shellcheck shell=bash disable=SC2154
# Faults of SeaweedFS under clients of all three filers, each with PUT and GET ten times a second.

filers=(192.168.12.40:8888 192.168.12.41:8888 192.168.12.42:8888)

master_leader() {
  local number
  for number in 1 2 3; do
    if fabric curl -s --max-time 3 "http://$(storage_ip "$number"):9333/cluster/status" | jq -e .IsLeader > /dev/null; then
      echo "$number"
      return
    fi
  done
  return 1
}
master_moved_from() { local now && now=$(master_leader) && [ "$now" != "$1" ]; }

phase_masters() {
  local old began
  check "masters: one leads" waits 60 master_leader || return
  old=$(master_leader)
  blobs_start "${filers[@]}"
  began=$SECONDS
  manager docker service scale -d "seaweedfs_master-$old=0" > /dev/null
  check "master leader stopped: another leads within 30 s" waits 30 master_moved_from "$old"
  say "master leader stopped: a new leader after about $((SECONDS - began)) s"
  sleep 45
  blobs_stop "master leader stopped"
  manager docker service scale -d "seaweedfs_master-$old=1" > /dev/null
  check "master back: all agree" waits 90 masters_agree
}

phase_filers() {
  local number
  blobs_start "${filers[@]:1}"
  manager docker service scale -d seaweedfs_filer-1=0 > /dev/null
  sleep 20
  for number in 2 3; do
    check "filer 1 stopped: filer $number serves" equals 200 http_code read GET "$(storage_ip "$number"):8888/test/1"
  done
  blobs_stop "a filer stopped, clients of the others"
  manager docker service scale -d seaweedfs_filer-1=1 > /dev/null
  check "filer 1 back" waits 90 service_running seaweedfs_filer-1
}

phase_volumes() {
  local number
  for number in 1 2 3; do
    blobs_start "${filers[@]}"
    # shellcheck disable=SC2016 # expands in the node
    on "docker-infra-$number" sh -c 'docker kill -s KILL "$(docker ps -qf name=seaweedfs_volume)"' > /dev/null
    sleep 12
    blobs_stop "volume server $number killed"
    check "volume server $number back" waits 90 service_running "seaweedfs_volume-$number"
  done
}

phase_node_off() {
  local victim others
  ready_for_fault "a whole node off" || return
  victim=$(other_than "$(leader)")
  mapfile -t others < <(printf '%s\n' "${filers[@]}" | grep -vF "$(storage_ip "$victim"):")
  blobs_start "${others[@]}"
  ledger_start
  node_kill "docker-infra-$victim"
  sleep 60
  ledger_stop "a whole node off (not the leader's)" 15
  blobs_stop "a whole node off, clients of the others" "$(storage_ip "$(leader)"):8888"
  check "node on again" node_back "docker-infra-$victim"
  check "node on again: everything runs within 180 s" waits 180 everything_running
  check "node on again: Postgres redundant" waits 120 redundant
}

phase_all_off() {
  local node
  ready_for_fault "all nodes off" || return
  ledger_start
  blobs_start "${filers[@]}"
  for node in "${bed_nodes[@]:1}"; do node_kill "$node"; done
  sleep 2
  # Nobody answers them any more.
  kill -9 "$ledger_pool_pid" "$ledger_direct_pid" "$blobs_pid"
  wait "$ledger_pool_pid" "$ledger_direct_pid" "$blobs_pid" 2> /dev/null
  for node in "${bed_nodes[@]:1}"; do node_back "$node" & done
  wait
  check "all nodes on again: everything runs within 240 s" waits 240 everything_running
  check "all nodes on again: Postgres redundant" waits 120 redundant
  check "all nodes on again: no confirmed row is lost" fabric "$bed_here/ledger" verify "$ledger_direct" \
    "$bed_state/ledger.direct"
  check "all nodes on again: no confirmed file is lost" fabric "$bed_here/blobs" verify "$bed_secrets" \
    "$bed_state/blobs" 192.168.12.41:8888
}

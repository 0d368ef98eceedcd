# shellcheck shell=bash
# A Docker Swarm of one manager and three infrastructure nodes on this machine. Each node is a set of namespaces (network,
# mounts, host name, processes) with a Docker engine of its own; two bridges stand for the two VLANs. Sourced
# by stack/swarm-test; everything it makes has the prefix $bed_name and lies below $bed_state.
#
# A node's first process is its power switch: killing it is a power loss. Taking its links down is a cut.

bed_name=${BED_NAME:-swfs-swarm}
bed_here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bed_state=${BED_STATE:-/var/tmp/$bed_name}
bed_fabric=$bed_name-fabric
bed_nodes=(docker-manager-1 docker-infra-1 docker-infra-2 docker-infra-3)
declare -A bed_host_number=(
  [docker-manager-1]=10 [docker-infra-1]=40 [docker-infra-2]=41 [docker-infra-3]=42)

fabric() { ip netns exec "$bed_fabric" "$@"; }

bed_fabric_up() {
  ip netns add "$bed_fabric"
  fabric ip link set lo up
  local bridge
  for bridge in apps storage; do
    fabric ip link add "$bridge" type bridge
    fabric ip link set "$bridge" up
  done
  # An administrator's machine, in both networks; and a stranger in the applications' network only.
  fabric ip addr add 192.168.4.5/24 dev apps
  fabric ip addr add 192.168.12.5/24 dev storage
  ip netns add "$bed_name-stranger"
  fabric ip link add stranger type veth peer name eth0 netns "$bed_name-stranger"
  fabric ip link set stranger master apps up
  stranger ip link set lo up
  stranger ip addr add 192.168.4.99/24 dev eth0
  stranger ip link set eth0 up
}

stranger() { ip netns exec "$bed_name-stranger" "$@"; }

# The host's process id of a node's first process.
node_pid() { cat "$bed_state/$1/pid"; }

# Runs a command in a node, as a login there would.
on() {
  local node=$1
  shift
  nsenter -t "$(node_pid "$node")" -m -u -n -p -- env DOCKER_HOST=unix:///run/docker.sock "$@"
}

# The short name of a node's cables: m1, i1, i2, i3.
cable() { sed -E 's/docker-(.).*-([0-9])/\1\2/' <<< "$1"; }

node_boot() {
  local node=$1 number=${bed_host_number[$1]} state=$bed_state/$1 pid kind wire
  mkdir -p "$state"/{docker,srv,mnt,etc-seaweedfs,etc-swfs} "$bed_state/backup"
  rm -f "$state/pid"
  unshare -n -m -u -p -f --kill-child --mount-proc --propagation private \
    bash "$bed_here/node-init" "$node" "$state" "$bed_state/backup" > "$state/console" 2>&1 < /dev/null &
  local outer=$! tries=0
  until pid=$(pgrep -P "$outer") && [ -n "$pid" ]; do
    tries=$((tries + 1))
    [ $tries -lt 100 ] || { echo "$node does not start"; return 1; }
    sleep 0.05
  done
  echo "$pid" > "$state/pid"
  for kind in apps storage; do
    wire=$(cable "$node")$kind
    # After a power loss the old cable lives on for a moment.
    fabric ip link del "$wire" 2> /dev/null || true
    fabric ip link add "$wire" type veth peer name "$kind" netns "$pid"
    fabric ip link set "$wire" master "$kind" up
    nsenter -t "$pid" -n ip link set "$kind" up
  done
  nsenter -t "$pid" -n ip link set lo up
  nsenter -t "$pid" -n ip addr add "192.168.4.$number/24" dev apps
  nsenter -t "$pid" -n ip addr add "192.168.12.$number/24" dev storage
  touch "$state/wired"
  for tries in $(seq 300); do
    on "$node" docker version > /dev/null 2>&1 && return 0
    sleep 0.2
  done
  echo "the engine of $node does not start: $(tail -n 3 "$state/dockerd.log")" >&2
  return 1
}

node_kill() {
  kill -9 "$(node_pid "$1")"
  rm -f "$bed_state/$1/wired"
  local kind
  for kind in apps storage; do fabric ip link del "$(cable "$1")$kind" 2> /dev/null || true; done
}

node_cut() {
  local kind
  for kind in apps storage; do fabric ip link set "$(cable "$1")$kind" down; done
}

node_heal() {
  local kind
  for kind in apps storage; do fabric ip link set "$(cable "$1")$kind" up; done
}

bed_down() {
  local node pid path
  for node in "${bed_nodes[@]}"; do
    [ -e "$bed_state/$node/pid" ] || continue
    pid=$(node_pid "$node")
    # Only our own: a number may have been given to somebody else since.
    if grep -qaF "$bed_state/$node" "/proc/$pid/cmdline" 2> /dev/null; then kill -9 "$pid"; fi
  done
  for path in "$bed_name-stranger" "$bed_fabric"; do ip netns del "$path" 2> /dev/null || true; done
  for _ in $(seq 50); do
    rm -rf --one-file-system "$bed_state"/docker-* "$bed_state/backup" 2> /dev/null && break
    sleep 0.2
  done
  # Kept for the next time: the base tree and the images.
  find "$bed_state" -mindepth 1 -maxdepth 1 ! -name debian ! -name debian.log ! -name 'build*' ! -name 'images.*' \
    ! -name report -exec rm -rf --one-file-system {} + 2> /dev/null || true
  find /sys/fs/cgroup -depth -type d -path "*/$bed_name-*" -exec rmdir {} + 2> /dev/null || true
}

# Waits until a command succeeds: waits SECONDS COMMAND...
waits() {
  local end=$((SECONDS + $1))
  shift
  until "$@" > /dev/null 2>&1; do
    [ $SECONDS -lt $end ] || return 1
    sleep 0.5
  done
}

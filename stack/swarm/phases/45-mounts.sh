# shellcheck shell=bash disable=SC2154
# swfs-mount on every node, configured by the files of stack/ansible (role mount): the way its systemd unit starts it.
# MOUNT_BINARY says which program; without one these checks fail.

mount_binary=${MOUNT_BINARY:-$here/../.build/debug/swfs-mount}

phase_mounts() {
  local number
  check "swfs-mount is built ($mount_binary)" test -x "$mount_binary" || return
  for number in 1 2 3; do
    check "node $number mounts with the files of role mount" mount_on "$number"
  done
  check "what node 1 writes, nodes 2 and 3 read" mounts_agree
  check "names come from Postgres, through TLS" names_from_postgres
  check "the change feed hears all three filers" waits 30 feeds_up
  check "the mount's metrics are those of the rules" mount_metrics
  mount_writers_start 1 2 3
  sleep 5
  mount_writers_stop "no fault" 5
}

conf_of() {
  ANSIBLE_LOCALHOST_WARNING=False ansible localhost -i localhost, -c local -m ansible.builtin.template \
    -a "src=$here/ansible/roles/mount/templates/mount.conf.j2 dest=$2 mode=0644" \
    -e @"$here/ansible/roles/mount/defaults/main.yml" -e "storage_address=$(storage_ip "$1")" \
    -e swfs_filers=192.168.12.40:8888,192.168.12.41:8888,192.168.12.42:8888 > /dev/null
}
mount_on() {
  local node=docker-infra-$1 state=$bed_state/docker-infra-$1 file
  conf_of "$1" "$state/etc-swfs/seaweedfs.conf" || return 1
  for file in seaweedfs_ca.crt seaweedfs_client.crt seaweedfs_client.key; do
    install -m 0600 "$bed_secrets/$file" "$state/etc-seaweedfs/$file"
  done
  install -m 0600 "$bed_secrets/mount_security.toml" "$state/etc-seaweedfs/security.toml"
  install -m 0600 "$bed_secrets/postgres_ca.crt" "$state/etc-swfs/postgres_ca.crt"
  (
    umask 077
    echo "host=$everyone dbname=seaweedfs user=swfs_reader target_session_attrs=read-write connect_timeout=2" \
      "keepalives_idle=3 keepalives_interval=1 keepalives_count=3 tcp_user_timeout=5000 sslmode=verify-ca" \
      "sslrootcert=/etc/swfs/postgres_ca.crt password=$(cat "$bed_secrets/swfs_reader_password")" \
      > "$state/etc-swfs/postgres"
  )
  on "$node" umount /mnt/seaweedfs 2> /dev/null
  on "$node" "$mount_binary" --config /etc/swfs/seaweedfs.conf --log-file /srv/swfs.log || {
    tail -n 5 "$state/srv/swfs.log"
    return 1
  }
  on "$node" findmnt /mnt/seaweedfs
}
mounts_agree() {
  local number
  on docker-infra-1 dd if=/dev/urandom of=/mnt/seaweedfs/shared bs=1M count=12 conv=fsync status=none || return 1
  for number in 2 3; do
    [ "$(on docker-infra-1 sha256sum < /dev/null /mnt/seaweedfs/shared)" = \
      "$(on "docker-infra-$number" sha256sum /mnt/seaweedfs/shared)" ] || { echo "node $number differs"; return 1; }
  done
}
mount_metric() { fabric curl -sf "http://$(storage_ip "$1"):9327/metrics" | awk -v n="$2" '$1 == n { print $2 }'; }
names_from_postgres() {
  local number
  for number in 1 2 3; do
    on "docker-infra-$number" ls /mnt/seaweedfs > /dev/null
    equals 1 mount_metric "$number" swfs_postgres_up || return 1
  done
}
feeds_up() {
  local number
  for number in 1 2 3; do equals 3 mount_metric "$number" swfs_feed_streams_up || return 1; done
}
mount_metrics() {
  fabric curl -sf "http://$(storage_ip 1):9327/metrics" > "$bed_state/mount.metrics" || return 1
  local name
  grep -ohE 'swfs_[a-z_]+' "$here"/monitoring/rules/mounts.yml | sort -u > "$bed_state/mount.wanted"
  while read -r name; do
    grep -E "^${name}[ {]" "$bed_state/mount.metrics" > /dev/null || { echo "no $name"; return 1; }
  done < "$bed_state/mount.wanted"
}

# Writers of small files with checksums, one per mount: each line of the report is a file that close() confirmed.
mount_writers_start() {
  local number
  mount_writers=()
  for number in "$@"; do
    on "docker-infra-$number" "$bed_here/files" write "/mnt/seaweedfs/files-$number" \
      "/srv/files.report" > "$bed_state/files.$number.err" 2>&1 &
    mount_writers+=("$number")
  done
}
# mount_writers_stop WHAT LIMIT: an error to the application, a wrong byte or a longer pause is a failure.
mount_writers_stop() {
  local what=$1 limit=$2 number line pause
  for number in "${mount_writers[@]}"; do
    on "docker-infra-$number" touch /srv/files.report.stop
    waits 140 grep -q ' end ' "$bed_state/docker-infra-$number/srv/files.report" ||
      fail "$what, mount $number: the writer hung"
    line=$("$bed_here/files" report "$bed_state/docker-infra-$number/srv/files.report")
    pause=$(sed -nE 's/pause=([0-9.]+|inf).*/\1/p' <<< "$line")
    if [[ $line == *errors=0* ]] && awk -v p="$pause" -v l="$limit" 'BEGIN { exit !(p <= l) }'; then
      pass "$what, mount $number: no error, longest pause $pause s (limit $limit)"
    else
      fail "$what, mount $number: $line (limit $limit)"
      "$bed_here/files" errors "$bed_state/docker-infra-$number/srv/files.report"
    fi
    say "$what, mount $number: $line"
  done
  # Read on another node, by its own mount.
  for number in "${mount_writers[@]}"; do
    check "$what: what mount $number confirmed is there, read on another node" on "docker-infra-$(other_than "$number")" \
      "$bed_here/files" verify "/mnt/seaweedfs/files-$number" "$bed_state/docker-infra-$number/srv/files.report"
  done
}

# Faults under applications that use the mounts: what swfs promises is a pause, never an error.
phase_mount_faults() {
  local old node others=()
  ready_for_fault "mounts: leader killed" || return
  old=$(leader)
  mount_writers_start 1 2 3
  sleep 3
  # shellcheck disable=SC2016 # expands in the node
  on "docker-infra-$old" sh -c 'docker kill -s KILL "$(docker ps -qf name=postgres_postgres)"' > /dev/null
  sleep 25
  mount_writers_stop "leader of Postgres killed" 32
  check "mounts: redundant again" waits 120 redundant

  mount_writers_start 1 2 3
  sleep 3
  old=$(master_leader)
  manager docker service scale -d "seaweedfs_master-$old=0" > /dev/null
  sleep 40
  mount_writers_stop "master leader stopped" 32
  manager docker service scale -d "seaweedfs_master-$old=1" > /dev/null
  check "mounts: the master is back" waits 90 masters_agree

  mount_writers_start 1 2 3
  sleep 3
  manager docker service scale -d seaweedfs_filer-1=0 > /dev/null
  sleep 15
  # The filer that keeps order for a path has to be replaced by another.
  mount_writers_stop "a filer stopped" 15
  manager docker service scale -d seaweedfs_filer-1=1 > /dev/null
  check "mounts: the filer is back" waits 90 service_running seaweedfs_filer-1

  mount_writers_start 1 2 3
  sleep 3
  # shellcheck disable=SC2016 # expands in the node
  on docker-infra-2 sh -c 'docker kill -s KILL "$(docker ps -qf name=seaweedfs_volume)"' > /dev/null
  sleep 15
  mount_writers_stop "a volume server killed" 5
  check "mounts: the volume server is back" waits 90 service_running seaweedfs_volume-2

  old=$(leader)
  for node in 1 2 3; do [ "$node" = "$old" ] || others+=("$node"); done
  mount_writers_start "${others[@]}"
  sleep 3
  node_cut "docker-infra-$old"
  sleep 55
  node_heal "docker-infra-$old"
  check "mounts: redundant again" waits 180 redundant
  # Failover of the database, then masters that still hand out volumes of the dark server.
  mount_writers_stop "node of the database's leader cut off" 60
}

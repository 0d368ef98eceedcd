# shellcheck shell=bash disable=SC2154
# SeaweedFS HA as deployed: members, store, tokens, two copies, S3.

phase_seaweedfs() {
  check "every service of the stack runs" waits 180 everything_of seaweedfs
  check "one master leads and the two others know it" masters_agree
  check "three volume servers" equals 3 volume_servers
  check "the filers' store is the table filemeta" stored_in_filemeta
  check "a file put through each filer reads back through the others" filers_agree
  check "every new file has two copies" two_copies
  check "filers refuse a write without a token" equals 401 http_code "" PUT 192.168.12.40:8888/x
  check "filers refuse a read without a token" equals 401 http_code "" GET 192.168.12.40:8888/test/1
  check "S3 refuses anonymous listing" equals 403 http_code "" GET 192.168.12.40:8333/
  check "telemetry is off" refuses "" in_logs seaweedfs_master-1 'telemetry.*enabled'
  check "Iceberg and Lance ports are closed" closed_ports
  say "metadata: $(sql postgres "$everyone" 'SELECT count(*) FROM filemeta' seaweedfs) rows"
}

token() { "$here/seaweedfs-ha/filer-token" "$1" "$bed_secrets"; }
# http_code read|write|"" METHOD URL [FILE]
http_code() {
  local kind=$1 method=$2 url=$3 header=()
  [ -z "$kind" ] || header=(-H "Authorization: BEARER $(token "$kind")")
  fabric curl -s -o /dev/null -w '%{http_code}' --max-time 40 -X "$method" "${header[@]}" \
    ${4:+--data-binary "@$4"} "http://$url"
}
masters_agree() {
  local number leaders=0 named
  for number in 1 2 3; do
    fabric curl -s "http://$(storage_ip "$number"):9333/cluster/status" > "$bed_state/status.$number" || return 1
    if jq -e .IsLeader "$bed_state/status.$number" > /dev/null; then leaders=$((leaders + 1)); fi
  done
  named=$(jq -r .Leader "$bed_state"/status.? | sort -u | wc -l)
  if [ "$leaders" != 1 ] || [ "$named" != 1 ]; then
    cat "$bed_state"/status.?
    return 1
  fi
}
volume_servers() {
  fabric curl -sL http://192.168.12.40:9333/dir/status | jq '[.Topology.DataCenters[].Racks[].DataNodes[]] | length'
}
stored_in_filemeta() {
  local number
  for number in 1 2 3; do
    in_service "seaweedfs_filer-$number" true || return 1
    in_logs "seaweedfs_filer-$number" 'configured filer store to postgres' || return 1
  done
}
in_logs() { manager docker service logs --raw "$1" 2>&1 | grep -E "$2"; }
filers_agree() {
  local put get
  for put in 1 2 3; do
    [ "$(http_code write PUT "$(storage_ip $put):8888/test/$put" /etc/os-release)" = 201 ] || { echo "PUT $put"; return 1; }
    for get in 1 2 3; do
      fabric curl -sf -H "Authorization: BEARER $(token read)" "http://$(storage_ip $get):8888/test/$put" |
        cmp - /etc/os-release || return 1
    done
  done
}
# Places of every volume that takes new files, asked one by one.
two_copies() {
  local volume places
  for volume in $(fabric curl -sL http://192.168.12.40:9333/dir/status | jq -r '.Topology.Layouts[].writables[]'); do
    places=$(fabric curl -sL "http://192.168.12.40:9333/dir/lookup?volumeId=$volume" | jq '.locations | length')
    [ "$places" = 2 ] || { echo "volume $volume has $places places"; return 1; }
  done
  [ -n "$volume" ]
}
closed_ports() {
  local port
  for port in 8181 9101; do
    if fabric timeout 3 bash -c "exec 3<>/dev/tcp/192.168.12.40/$port" 2> /dev/null; then
      echo "$port is open"
      return 1
    fi
  done
}

# shellcheck shell=bash disable=SC2154
# What a stranger in the applications' network reaches, what listens where, and that no secret shows.

phase_security() {
  check "a stranger in the applications' network reaches 6432, 8888 and 8333 only" stranger_ports
  check "the storage network has the ports of the table and no others" storage_ports
  check "no secret in an image, an environment, an argument or a log" no_secret_shows
  check "services run without root" not_root
  check "etcd refuses a client without a certificate" refuses "certificate\|not connected\|eof\|reset" fabric curl -sS --max-time 3 -k \
    https://192.168.12.40:2379/version
  check "etcd refuses the certificate of a mount" refuses "bad certificate\|not connected\|eof\|reset" fabric curl -sS --max-time 3 -k \
    --cert "$bed_secrets/seaweedfs_client.crt" --key "$bed_secrets/seaweedfs_client.key" \
    https://192.168.12.40:2379/version
  check "etcd accepts its own" fabric curl -sS --max-time 3 --cacert "$bed_secrets/etcd_ca.crt" \
    --cert "$bed_secrets/etcd.crt" --key "$bed_secrets/etcd.key" https://192.168.12.40:2379/version
  check "a filer's gRPC refuses a client without a certificate" refuses "handshake failure" filer_grpc
  check "a filer's gRPC accepts a mount's certificate" filer_grpc -cert "$bed_secrets/seaweedfs_client.crt" \
    -key "$bed_secrets/seaweedfs_client.key"
}

# Every port that something listens on in a node, tried from outside.
listening() {
  on "$1" ss -Htln | awk '{ n = split($4, a, ":"); print a[n] }' | sort -nu
}
open_ports() {
  local from=$1 address=$2 port
  shift 2
  for port in "$@"; do
    if $from timeout 1 bash -c "exec 3<>/dev/tcp/$address/$port" 2> /dev/null; then echo "$port"; fi
  done
}
stranger_ports() {
  local number got
  for number in 1 2 3; do
    # shellcheck disable=SC2046
    got=$(open_ports stranger "192.168.4.$((39 + number))" $(listening "docker-infra-$number") | tr '\n' ' ')
    # 7946 is Swarm's own, between nodes; close it to strangers where the applications' network is not trusted.
    [ "${got/ 7946/}" = "6432 8333 8888 " ] || { echo "node $number: $got"; return 1; }
  done
}
storage_ports() {
  local number port got allowed=" 2379 2380 2381 5432 6432 7946 8008 8080 8333 8405 8888 9187 9324 9325 9326 9333
    9854 18080 18333 18888 19333 "
  for number in 1 2 3; do
    # shellcheck disable=SC2046
    for port in $(open_ports fabric "192.168.12.$((39 + number))" $(listening "docker-infra-$number")); do
      grep -qw "$port" <<< "$allowed" || { echo "node $number: $port is open"; return 1; }
      got=yes
    done
  done
  [ -n "$got" ]
}
no_secret_shows() {
  local file value number found=
  : > "$bed_state/shown"
  for number in 1 2 3; do
    # shellcheck disable=SC2016 # expands in the node
    on "docker-infra-$number" sh -c '
      for c in $(docker ps -q); do docker inspect "$c"; docker logs "$c" 2>&1; done
      for i in $(docker images -q | sort -u); do docker history --no-trunc "$i"; docker inspect "$i"; done
      ps axww' >> "$bed_state/shown"
    # What a process was given stays in /proc for its own user; a filer's password is there by design of weed, so
    # only the arguments count.
  done
  for file in "$bed_secrets"/*_password "$bed_secrets"/*jwt* "$bed_secrets"/s3_*_key "$bed_secrets"/pg_backup_cipher; do
    value=$(cat "$file")
    if grep -qF -- "$value" "$bed_state/shown"; then
      echo "$(basename "$file") shows: $(grep -F -- "$value" "$bed_state/shown" | head -n 2 | cut -c1-200)"
      found=yes
    fi
  done
  rm -f "$bed_state/shown"
  [ -z "$found" ]
}
not_root() {
  local number bad
  for number in 1 2 3; do
    # shellcheck disable=SC2016 # expands in the node
    bad=$(on "docker-infra-$number" sh -c 'for c in $(docker ps -q); do
      docker inspect -f "{{.Config.User}} {{.Name}}" "$c"; done' | grep -vE '^[1-9]' | grep -v postgres_vip || true)
    [ -z "$bad" ] || { echo "$bad"; return 1; }
  done
}
filer_grpc() {
  fabric openssl s_client -connect 192.168.12.40:18888 -alpn h2 -brief -CAfile "$bed_secrets/seaweedfs_ca.crt" \
    -tls1_2 "$@" < /dev/null 2>&1 | tr -d "\000"
}

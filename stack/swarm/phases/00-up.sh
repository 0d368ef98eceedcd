# shellcheck shell=bash disable=SC2154
# Brings the bed up: engines, Swarm, images, labels, secrets, both stacks.

bed_secrets=$bed_state/secrets
manager() { DOCKER_HOST=unix://$bed_state/docker-manager-1/docker.sock "$@"; }

bed_up() {
  local started=$SECONDS token node
  install_programs || return 1
  mkdir -p "$bed_state"
  : > "$report"
  check "images build from the product's Dockerfiles" "$bed_here/images/build" "$bed_state" || return 1
  bed_fabric_up || return 1
  for node in "${bed_nodes[@]}"; do node_boot "$node" & done
  wait
  check "four engines answer" engines_answer || return 1

  manager docker swarm init --advertise-addr 192.168.12.10 > /dev/null || return 1
  token=$(manager docker swarm join-token -q worker)
  for node in "${bed_nodes[@]:1}"; do
    on "$node" docker swarm join --advertise-addr "192.168.12.${bed_host_number[$node]}" --token "$token" \
      192.168.12.10:2377 > /dev/null || return 1
  done
  for node in "${bed_nodes[@]:1}"; do
    on "$node" docker load -q -i "$bed_state/images.tar" > /dev/null || return 1
  done
  label_nodes
  check "directories as stack/ansible makes them" make_directories
  check "firewall of stack/ansible loads on each node" load_firewall
  "$here/secrets/make" "$bed_secrets" > /dev/null
  manager "$here/secrets/load" "$bed_secrets" > /dev/null
  check "postgres-ha deploys" manager "$here/deploy" postgres-ha
  check "seaweedfs-ha deploys" manager "$here/deploy" seaweedfs-ha
  say "up in $((SECONDS - started)) s"
}

install_programs() {
  local package missing=()
  for package in docker.io debootstrap iproute2 nftables python3-psycopg2 ansible jq postgresql-client \
    openssl prometheus; do
    dpkg -s "$package" > /dev/null 2>&1 || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] || { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q \
    --no-install-recommends "${missing[@]}"; } > /dev/null
}

engines_answer() {
  local node
  for node in "${bed_nodes[@]}"; do on "$node" docker version > /dev/null || return 1; done
}

# The labels that role `labels` sets; the role itself is run by stack/ansible/test.
label_nodes() {
  local number
  for number in 1 2 3; do
    manager docker node update --label-add swfs.infra=true --label-add "swfs.member=$number" \
      "docker-infra-$number" > /dev/null
  done
}

# What role `storage` makes, read from its own defaults.
make_directories() {
  local node
  /usr/bin/python3 -c '
import yaml
for d in yaml.safe_load(open("'"$here"'/ansible/roles/storage/defaults/main.yml"))["storage_directories"]:
    print(d["path"], d["owner"], d["mode"])' > "$bed_state/directories"
  for node in "${bed_nodes[@]:1}"; do
    while read -r path owner mode; do
      on "$node" install -d -o "$owner" -g "$owner" -m "$mode" "/srv/data/$path" || return 1
    done < "$bed_state/directories"
    on "$node" install -d -o 999 -g 999 -m 0700 /srv/backup/postgres || return 1
  done
}

load_firewall() {
  local node
  "$here/checks/render-firewall" "$bed_state/swfs.nft" || return 1
  for node in "${bed_nodes[@]:1}"; do on "$node" nft -f "$bed_state/swfs.nft" || return 1; done
}

# shellcheck shell=bash disable=SC2154
# The verification checklist of docs/OPERATIONS.md, with its own commands: each block marked `sh run=...` there
# is run as it stands, on the machine it names.

phase_checklist() {
  local work=$bed_state/checklist number name node
  rm -rf "$work"
  mkdir -p "$work"
  # Blocks look like:  ```sh run=NODE name=words   with NODE a node, or admin, the administrator's machine.
  awk -v work="$work" '
    /^ *```sh run=/ { n++; split($2, r, "="); name = $0; sub(/.*name=/, "", name); file = work "/" n
                    print r[2] > (file ".node"); print name > (file ".name"); inside = 1; next }
    /^ *```/ { inside = 0 }
    inside { sub(/^  /, ""); print > (file ".sh") }' "$here/../docs/OPERATIONS.md"
  for number in $(find "$work" -name '*.sh' -printf '%f\n' | sort -n | sed 's/\.sh//'); do
    name=$(cat "$work/$number.name")
    node=$(cat "$work/$number.node")
    check "OPERATIONS: $name" run_block "$node" "$work/$number.sh"
  done
  [ -n "${number:-}" ] || fail "docs/OPERATIONS.md has no commands to run"
}

# Variables that the document tells the reader to set.
run_block() {
  local node=$1 file=$2 environment
  environment=(env "SECRETS=$bed_secrets" "PGPASSFILE=$bed_state/pgpass"
    "PATH=$here:$here/seaweedfs-ha:$PATH")
  case $node in
    admin) fabric "${environment[@]}" bash -euo pipefail "$file" ;;
    manager) manager "${environment[@]}" bash -euo pipefail "$file" ;;
    *) on "$node" "${environment[@]}" bash -euo pipefail "$file" ;;
  esac
}

# shellcheck shell=bash disable=SC2154
# A real Prometheus scrapes the running stacks with the shipped configuration and evaluates the shipped rules.

phase_monitoring() {
  local work=$bed_state/prometheus pid
  rm -rf "$work"
  mkdir -p "$work"
  cp -r "$here/monitoring/rules" "$work/"
  sed "s#/etc/prometheus/#$bed_secrets/#" "$here/monitoring/prometheus.yml" > "$work/prometheus.yml"
  ip netns exec "$bed_fabric" prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/data" \
    --web.listen-address=127.0.0.1:9090 > "$work/log" 2>&1 &
  pid=$!
  check "Prometheus scrapes every target of both stacks" waits 60 targets_up
  check "what it gets is what stack/monitoring/metrics.txt lists" metrics_known
  check "its rules evaluate without an error" rules_healthy
  check "no alert fires on a healthy cluster" waits 60 nothing_fires
  kill "$pid"
  wait "$pid" 2> /dev/null
}
prometheus_api() { fabric curl -sfG "http://127.0.0.1:9090/api/v1/$1" "${@:2}"; }
# Mounts and node exporters are of the machines, not of the stacks.
targets_up() {
  prometheus_api targets | jq -e '[.data.activeTargets[] | select(.labels.job != "swfs-mount" and .labels.job != "node")
    | .health] | length == 24 and all(. == "up")'
}
metrics_known() {
  local missing
  prometheus_api label/__name__/values | jq -r '.data[]' | sort > "$bed_state/prometheus/names"
  # Those that a rule or a panel uses. The number of volumes with too few copies appears with the leading master's first
  # scan, a quarter of an hour after its election.
  missing=$(grep -vE '^(#|node )' "$here/monitoring/metrics.txt" | awk '{ print $2 }' | sort -u |
    grep -vx SeaweedFS_master_under_replicated_volumes |
    comm -23 - "$bed_state/prometheus/names" | while read -r name; do
      grep -rlqw "$name" "$here/monitoring/rules" "$here/monitoring/dashboards" && echo "$name"
    done)
  [ -z "$missing" ] || { echo "not scraped: $missing"; return 1; }
}
rules_healthy() {
  prometheus_api rules | jq -e '[.data.groups[].rules[] | select(.health == "err")] | length == 0'
}
nothing_fires() {
  prometheus_api alerts | jq -e '[.data.alerts[] | select(.state == "firing" and
    (.labels.job // "" | test("swfs-mount|node") | not))] | length == 0'
}

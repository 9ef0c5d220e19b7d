# shellcheck shell=bash
# Real registries for as long as a program in scripts/ runs. Sourced after install.sh.

: "${repository:?install.sh comes first}"

registry_pids=()
trap stop_registries EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# start_registry FOLDER [OPTION...]: starts a server (options: see registry.py) and sets `registry` to its HOST:PORT.
# It is stopped when the calling program ends; a program with an EXIT trap of its own calls stop_registries there.
start_registry() {
  local answer pid
  answer=$(python3 "$repository/scripts/lib/registry.py" start "$@") || exit 1
  read -r registry pid <<<"$answer"
  registry_pids+=("$pid")
  say "A docker-registry runs at $registry"
}

stop_registries() {
  local pid
  for pid in ${registry_pids[@]+"${registry_pids[@]}"}; do
    python3 "$repository/scripts/lib/registry.py" stop "$pid"
  done
  registry_pids=()
}

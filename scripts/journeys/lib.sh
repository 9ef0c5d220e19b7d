# shellcheck shell=bash disable=SC2034  # the variables are for the journeys
# What all journeys begin with. Sourced by the programs in scripts/journeys.
#
# Each takes a folder, makes it, copies its own configuration there, and does everything else in it. These variables of
# the environment say what differs from place to place, all options as words without quotes:
#   SEALIFT_TARGET           the registry behind the gap, and a prefix there (registry.example.com:8443/mirror)
#   SEALIFT_CONFIG           a configuration in place of the journey's own
#   SEALIFT_KEY              the key that signs the bundle; without it one is made
#   SEALIFT_PACK_OPTIONS     more for `sealift pack`, such as --src-ca FILE
#   SEALIFT_UNPACK_OPTIONS   more for `sealift unpack`, such as --dest-ca FILE
#   SEALIFT_RELEASE_OPTIONS  more for each command that proves releases again, such as --release-key FILE
#   SEALIFT_APPLY            yes: the manifests are applied to the cluster of $KUBECONFIG
set -euo pipefail

journeys=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
journey=$(basename "$0")

die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

if [ $# -ne 1 ] || [ "$1" = -h ] || [ "$1" = --help ]; then
  sed -n '2,/^[^#]/{/^#/s/^# \{0,1\}//p}' "$0" >&2
  printf '\nusage: %s FOLDER\n' "$0" >&2
  exit 2
fi
command -v sealift >/dev/null || die "there is no 'sealift' on PATH"

config=$(realpath "${SEALIFT_CONFIG:-$journeys/$journey.yaml}")
mkdir -p "$1"
cd "$1"
[ ! -e bundle.tar.zst ] || die "$1 has a bundle already; name another folder"
cp "$config" "$journey.yaml"
if [ -d "$journeys/$journey.files" ]; then cp -R "$journeys/$journey.files/." .; fi

target=${SEALIFT_TARGET:-registry.example.com:8443/mirror}
read -ra pack_options <<<"${SEALIFT_PACK_OPTIONS:-} ${SEALIFT_RELEASE_OPTIONS:-}"
read -ra unpack_options <<<"${SEALIFT_UNPACK_OPTIONS:-} ${SEALIFT_RELEASE_OPTIONS:-}"
read -ra verify_options <<<"${SEALIFT_RELEASE_OPTIONS:-}"

# The key is made once, on the connected side. Its public half goes to the other side by a way of its own.
if [ -n "${SEALIFT_KEY:-}" ]; then
  key=$SEALIFT_KEY
  openssl pkey -in "$key" -pubout -out release-team.pub
else
  key=release-team.key
  [ -e "$key" ] || sealift keygen --out release-team
fi

# Whether the manifests are to be applied as well.
applies() { [ "${SEALIFT_APPLY:-}" = yes ]; }

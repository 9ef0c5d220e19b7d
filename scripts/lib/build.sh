# shellcheck shell=bash
# Builds Sealift for release. Sourced after install.sh.

: "${repository:?install.sh comes first}"

# Builds the release program and prints its path.
build_release() {
  local options=(--package-path "$repository" -c release --product sealift)
  # A program that carries Swift's own libraries runs on machines without the toolchain, and starts faster.
  if [ -e "$(dirname "$(readlink -f "$(command -v swift)")")/../lib/swift_static" ]; then
    options+=(--static-swift-stdlib)
  fi
  say "Building: swift build ${options[*]}"
  swift build "${options[@]}" >&2 || die "the build failed; its messages are above."
  printf '%s/sealift\n' "$(swift build "${options[@]}" --show-bin-path)"
}

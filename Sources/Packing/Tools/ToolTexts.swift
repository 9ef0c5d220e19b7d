/// The scripts and the text that lie beside a bundle; the same for every bundle, so that its name changes nothing.
enum ToolTexts {
  /// Starts the program, with `gpgv` where the system has none.
  static func launcher(_ interpreter: String) -> String {
    """
    #!/bin/sh
    # Starts sealift with the libraries that lie beside it; needs nothing but a shell, glibc and /proc.
    case $0 in
      */*) here=${0%/*}/ ;;
      *) here=. ;;
    esac
    here=$(CDPATH= cd -- "$here" && pwd -P) || exit 71
    case $here in
      *[:\\;]*)
        echo "sealift: no library is found below a directory with ':' or ';' in its name: $here" >&2
        exit 64
        ;;
    esac
    # What is installed here comes first: the system keeps it up to date.
    PATH=${PATH:-/usr/local/bin:/usr/bin:/bin}:$here/bin
    export PATH
    # The dynamic linker is called by name so that no other program is given these libraries.
    exec \(interpreter) --library-path "$here/lib" "$here/libexec/sealift" "$@"

    """
  }

  /// Starts `gpgv`.
  static func gpgvLauncher(_ interpreter: String) -> String {
    """
    #!/bin/sh
    # Starts gpgv with the libraries that lie beside it.
    here=$(CDPATH= cd -- "${0%/*}/.." && pwd -P) || exit 71
    exec \(interpreter) --library-path "$here/lib" "$here/libexec/gpgv" "$@"

    """
  }

  /// What this is, and how to begin.
  ///
  /// - Parameters:
  ///   - glibc: The oldest release of glibc that has all that is needed.
  ///   - files: How many files there are, with this one and SHA256SUMS.
  static func startHere(glibc: String, interpreter: String, files: Int) -> String {
    """
    START HERE

    A bundle, NAME.tar.zst, carries container images and all that belongs to them across an air gap. This directory,
    NAME.sealift, lies beside it and holds the program that unpacks the bundle, so that nothing need be installed:

      sealift      starts the program: a script of a few lines
      bin/gpgv     starts gpgv, which proves the signatures of releases: a script, too
      libexec/     the two programs themselves
      lib/         the libraries that they need
      SHA256SUMS   the digests of all of it

    It runs on Linux with glibc \(glibc) or later (`ldd --version` says which one is there) whose dynamic linker is
    \(interpreter), and needs /bin/sh and /proc. Nothing else.

    1. Set three names: the bundle, this directory, and the signer's public key. The key must have come by another way
       than the bundle: what lies here could have been exchanged together with the bundle.

         bundle=/media/NAME.tar.zst; tools=/media/NAME.sealift; key=release-team.pub

    2. Check this directory before anything of it is run. The bundle's index lists every file of it, and is signed; what
       proves that needs `tar`, `zstd`, `openssl` and `sha256sum`, and where they are missing, another machine has them.

         work=$(mktemp -d)
         id=$(openssl pkey -pubin -in "$key" -outform DER | sha256sum); id=${id%% *}
         tar --zstd --occurrence=1 -C "$work" -xf "$bundle" bundle.json "signatures/$id.sig"
         openssl dgst -sha256 -verify "$key" -signature "$work/signatures/$id.sig" "$work/bundle.json"

       must print `Verified OK` (for an Ed25519 key, the last line is `openssl pkeyutl -verify -pubin -inkey "$key" -rawin
       -in "$work/bundle.json" -sigfile "$work/signatures/$id.sig"`), and

         sums=$(sha256sum "$tools/SHA256SUMS")
         grep -o '"tools":.*' "$work/bundle.json" | grep -c "sha256:${sums%% *}\\",\\"path\\":\\"SHA256SUMS\\""
         (cd "$tools" && sha256sum --strict --check SHA256SUMS)
         (cd "$tools" && find . ! -type d | wc -l)

       must print `1`, then `OK` for each file, and at last `\(files)`: there is no other file.

    3. Copy this directory to a disk, if the medium is mounted so that no program can be run from it (`noexec`), or does
       not keep which files are programs:

         cp -R "$tools" /opt/sealift && tools=/opt/sealift
         chmod +x "$tools/sealift" "$tools/bin/gpgv" "$tools/libexec/gpgv" "$tools/libexec/sealift"

    4. Look, verify, unpack:

         "$tools/sealift" inspect "$bundle" --trust "$key"
         "$tools/sealift" verify  "$bundle" --trust "$key"
         "$tools/sealift" unpack  "$bundle" registry.local:8443/mirror --trust "$key" --manifests out/

       A registry whose certificate is by an authority of your own needs `--dest-ca FILE`. `"$tools/sealift" help` lists
       every option, and out/NEXT-STEPS.md what comes then.

    """
  }
}

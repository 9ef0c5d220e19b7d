/// The text that lies beside a bundle; the same for every bundle, so that its name changes nothing.
enum ToolTexts {
  /// What this is, and how to begin.
  ///
  /// - Parameter files: How many files there are, with this one and SHA256SUMS.
  static func startHere(files: Int) -> String {
    """
    START HERE

    A bundle, NAME.tar.zst, carries container images and all that belongs to them across an air gap. This directory,
    NAME.sealift, lies beside it and holds the program that unpacks the bundle, so that nothing need be installed:

      sealift      starts the program
      bin/gpgv     starts gpgv, which proves the signatures of releases, where the system has none
      libexec/     the two programs themselves
      lib/         all libraries that they need, the C library and the dynamic linker too
      SHA256SUMS   the digests of all of it

    It runs on any Linux for \(architecture) whose kernel is 4.18 or later, and needs /proc. Nothing else.

    1. Set three names: the bundle, this directory, and the signer's public key. The key must have come by another way
       than the bundle: what lies here could have been exchanged together with the bundle.

         bundle=/media/NAME.tar.zst; tools=/media/NAME.sealift; key=release-team.pub

       A bundle in volumes (NAME.tar.zst.001, NAME.tar.zst.002) is named in the same way, without their numbers.

    2. Check this directory before anything of it is run. The bundle's index lists every file of it, and is signed; what
       proves that needs `bash`, `tar`, `zstd`, `openssl` and `sha256sum`: where they are missing, another machine has them.

         work=$(mktemp -d)
         id=$(openssl pkey -pubin -in "$key" -outform DER | sha256sum); id=${id%% *}
         tar --occurrence=1 -C "$work" -xf <(cat "$bundle" "$bundle".[0-9]*[0-9] 2> /dev/null | zstd -dcq) \\
           bundle.json "signatures/$id.sig"
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
         chmod +x "$tools/sealift" "$tools/bin/gpgv" "$tools/lib/\(Launcher.linker)"

    4. Look, verify, unpack:

         "$tools/sealift" inspect "$bundle" --trust "$key"
         "$tools/sealift" verify  "$bundle" --trust "$key"
         "$tools/sealift" unpack  "$bundle" registry.local:8443/mirror --trust "$key" --manifests out/

       A registry whose certificate is by an authority of your own needs `--dest-ca FILE`. `"$tools/sealift" help` lists
       every option, and out/NEXT-STEPS.md what comes then.

    """
  }

  #if arch(x86_64)
    private static let architecture = "x86_64"
  #elseif arch(arm64)
    private static let architecture = "aarch64"
  #endif
}

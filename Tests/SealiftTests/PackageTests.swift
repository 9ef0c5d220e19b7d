import SystemIO
import TestSupport
import Testing

/// The parts of `scripts/package` that need no build; the whole of it has `--check`.
struct PackageTests {
  private let directory: TemporaryDirectory

  init() throws {
    directory = try TemporaryDirectory()
  }

  private func python(_ program: String, _ arguments: [String] = []) throws -> ToolResult {
    let environment = [
      "PYTHONPATH=\(Repository.path("scripts/lib"))", "PYTHONDONTWRITEBYTECODE=1", "SOURCE_DATE_EPOCH=\(Self.epoch)",
    ]
    return try runTool("python3", ["-c", program] + arguments, environment: environment)
  }

  // A day in May of 2025.
  private static let epoch = 1_748_700_000

  /// A portable directory without libraries, of what is there in each system.
  private func portable(_ name: String) throws -> String {
    let place = directory(name)
    let script = """
      mkdir -p "$0/bin" "$0/libexec" "$0/share/licenses/swift" "$0/share/man/man1" && cd "$0" && echo a >bin/gpgv &&
      chmod 700 bin/gpgv && ln -s "$1" sealift && ln -s sealift oc-sealift && echo terms >share/licenses/swift/copyright &&
      echo b >share/man/man1/sealift.1 && ln bin/gpgv libexec/gpgv && chmod 711 share
      """
    let made = try runTool("sh", ["-c", script, place, builtProgram])
    try #require(made.status == 0, "\(made.errors)")
    return place
  }

  private static let making = """
    import pathlib, sys
    from package import debian, facts, image, portable, redhat, spdx, carried, sums
    directory, work, gpgv = map(pathlib.Path, sys.argv[1:])
    work.mkdir()
    now = facts.Facts("1.2.3", "c0ffee", \(epoch), "x86_64")
    archive = portable.archive(directory, work / f"{now.stem}.tar.zst", now)
    found = [carried.Package("a+b", "1:2~3", "a", "2", "Its terms.")]
    files = [archive, debian.make(gpgv, directory, work, now), redhat.make(directory, work, now),
             image.make(directory, work, now), spdx.make(found, archive, work, now)]
    print(sums.make(files, work).read_text(), end="")
    """

  @Test func eachKindHasTheSameBytesInAnotherPlace() throws {
    let program = try #require(InstalledProgram("gpgv", environment: ["PATH": "/usr/bin:/bin"])?.path)
    let made = try ["one", "another-place"].map { name in
      let result = try python(Self.making, [try portable("\(name) a"), directory(name), program])
      try #require(result.status == 0, "\(result.errors)")
      return result.output
    }
    #expect(made[0] == made[1])
    #expect(made[0].split(separator: "\n").count == 5)
    let package = directory("one/sealift_1.2.3_amd64.deb")
    let fields = try runTool("dpkg-deb", ["--field", package]).output
    #expect(fields.contains("Version: 1.2.3\n") && fields.contains(#/\nDepends: .*libc6 .*, gpgv\n/#))
    let listed = try runTool("dpkg-deb", ["--contents", package]).output
    #expect(listed.contains(#/-rwxr-xr-x root/root .* \./usr/bin/sealift\n/#) && !listed.contains("/tmp"))
    let read = try runTool(
      "rpm",
      [
        "-qp", "--qf", "[%{FILEMODES:perms} %{FILEUSERNAME} %{FILENAMES} %{FILELINKTOS}\\n]",
        directory("one/sealift-1.2.3-1.x86_64.rpm"),
      ])
    #expect(read.output.contains("-rwxr-xr-x root /opt/sealift/bin/gpgv \n"), "\(read)")
    #expect(read.output.contains("lrwxrwxrwx root /usr/bin/oc-sealift ../../opt/sealift/sealift\n"))
    let members = try runTool(
      "tar", ["--zstd", "-tvf", directory("one/sealift-1.2.3-linux-x86_64.tar.zst")], environment: ["TZ=UTC"])
    #expect(
      members.output.contains(#/-rwxr-xr-x 0/0 +2 2025-05-31 14:00 sealift-1.2.3-linux-x86_64/libexec/gpgv\n/#),
      "\(members)")
    let document = try FileSystem.read(directory("one/sealift-1.2.3-linux-x86_64.spdx.json"), limit: 1 << 20)
    #expect(String(decoding: document, as: UTF8.self).contains("pkg:deb/debian/a%2Bb@1:2%7E3?arch=amd64"))
  }

  @Test(arguments: ["ed25519", "RSA", "EC"]) func theDigestsAreSignedByAnyKey(kind: String) throws {
    let options = kind == "EC" ? ["-pkeyopt", "ec_paramgen_curve:P-256"] : []
    let made = try runTool("openssl", ["genpkey", "-algorithm", kind, "-out", directory("key")] + options)
    try #require(made.status == 0, "\(made.errors)")
    let signing = """
      import pathlib, sys
      from package import sums
      work = pathlib.Path(sys.argv[1])
      (work / "SHA256SUMS").write_text("0  a\\n")
      print(sums.sign(work / "SHA256SUMS", work / "key", work)[1])
      """
    let signed = try python(signing, [directory.path])
    try #require(signed.status == 0, "\(signed.errors)")
    // What it says that others do.
    let check = "cd \"$0\" && cp signer.pub SIGNER.pub && \(signed.output)"
    #expect(try runTool("sh", ["-c", check, directory.path]).status == 0)
    try FileSystem.write(Array("1  a\n".utf8), to: directory("SHA256SUMS"))
    #expect(try runTool("sh", ["-c", check, directory.path]).status != 0)
  }

  @Test func whatDiffersFromTheCommitIsRefused() throws {
    let script = """
      mkdir "$0/scripts" && cp -R "$1/scripts/package" "$1/scripts/lib" "$0/scripts" && cd "$0" && git init -q . && git add . &&
      git -c user.name=a -c user.email=a@b.invalid commit -q -m a && echo >new && scripts/package --output dist
      """
    let result = try runTool("sh", ["-c", script, directory.path, Repository.path("")])
    #expect(result.status == 1)
    #expect(result.errors.contains("--allow-dirty:\n?? new\n"), "\(result.errors)")
    #expect(!FileSystem.exists(directory("dist")))
  }
}

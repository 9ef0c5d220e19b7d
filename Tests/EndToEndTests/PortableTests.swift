import Diagnostics
import Glibc
import OCI
import SystemIO
import TestSupport
import Testing

/// The directory that travels beside a bundle, made by the program under test.
final class PortableDirectoryFixture: Sendable {
  private static let held = SharedFixture { try PortableDirectoryFixture() }

  /// The one that all tests of this process share; nothing changes it.
  static func shared() throws -> PortableDirectoryFixture { try held.get() }

  /// Its path.
  let path: String
  private let directory: TemporaryDirectory

  private init() throws {
    directory = try TemporaryDirectory()
    path = directory("a.sealift")
    let layout = try LayoutFixture(directory("layout"))
    _ = try layout.image([layout.layer(seed: 1, size: 3000)], name: "app")
    try Program.succeed([
      "pack", "--image", "oci:\(directory("layout")):app", "--unsigned", "--include-self", "-o",
      directory("a.tar.zst"),
    ])
  }

  /// The dynamic linker in it.
  func linker() throws -> String {
    try #require(FileSystem.list("\(path)/lib").first { $0.hasPrefix("ld-linux-") })
  }
}

/// The whole job where there is no library and no other program.
@Suite(
  .enabled(if: EmptyRoot.isPossible, "\(EmptyRoot.reason)"),
  .enabled(if: ReleaseWorld.isPossible, "\(ReleaseWorld.reason)"))
struct EmptyRootTests {
  // A name with a space, as media have them.
  private let tools = "/work/the program"
  private let certificates: TestCertificates
  private let root: EmptyRoot

  init() throws {
    certificates = try TestCertificates.shared()
    root = try EmptyRoot(authorities: certificates.ca)
    try root.bring(PortableDirectoryFixture.shared().path, as: tools)
  }

  @discardableResult
  private func succeed(
    _ arguments: [String], user: Int = 0, options: String = "rw", _ location: SourceLocation = #_sourceLocation
  ) throws -> ToolResult {
    let result = try root.run("\(tools)/sealift", arguments, user: user, options: options)
    try #require(result.status == 0, "\(arguments): \(result.errors)", sourceLocation: location)
    return result
  }

  @Test func imagesGoFromARegistryToAnotherByNameAndTrust() throws {
    var options = RegistryServer.Options()
    options.tls = certificates.server
    let server = try RegistryServer(options)
    let layout = try LayoutFixture(root("/layout"))
    let app = try layout.image([layout.layer(seed: 1, size: 300_000)], name: "app")
    try RegistryStorage(server).add(app, from: layout, to: "team/app", tag: "v1")
    let name = "registry.test:\(server.port)"
    try succeed(["keygen", "--out", "/work/signer"])
    try succeed(["pack", "--image", "\(name)/team/app:v1", "--key", "/work/signer.key", "-o", "/work/a.tar.zst"])
    let trusted = ["/work/a.tar.zst", "--trust", "/work/signer.pub"]
    #expect(try succeed(["inspect"] + trusted).output.contains("\(app.digest)"))
    // Who only reads needs no rights, and no disk that can be written.
    try succeed(["verify"] + trusted, user: 65534, options: "ro")
    try succeed(["unpack", "/work/a.tar.zst", "\(name)/mirror"] + trusted.dropFirst())
    try succeed(["pack", "--image", "\(name)/mirror/team/app:v1", "--unsigned", "-o", "/work/b.tar.zst"])
    // Other CAs in place of the system's.
    func again(_ authorities: String) throws -> ToolResult {
      try root.run(
        "\(tools)/sealift", ["pack", "--image", "\(name)/team/app:v1", "--unsigned", "-o", "/work/c.tar.zst"],
        environment: ["SSL_CERT_FILE=\(authorities)"])
    }
    expectFailure(try again("/work/missing.crt"), .configuration, "/work/missing.crt")
    try root.bring(certificates.ca, as: "/work/ca.crt")
    try root.bring(certificates.client.certificate, as: "/etc/pki/tls/certs/ca-bundle.crt")
    #expect(try again("/work/ca.crt").status == 0)
    expectFailure(try again(""), .network, "not trusted")
  }

  @Test func aReleaseIsProvenByTheProgramThatCameAlong() throws {
    let job = try ReleaseJob()
    try job.configure("stable-4.16", "4.16.0"..."4.16.0")
    try root.bring([job.directory.path, job.world.releaseKey])
    try succeed(job.pack() + ["--include-self"])
    let proof = ["--release-key", job.world.releaseKey, "--require-release-signatures", "--trust", job.key.publicPath]
    let verified = try succeed(["verify", job.bundle] + proof).output
    #expect(verified.contains("releases   4.16.0 amd64 proven by "))
    #expect(verified.contains("\(job.directory("bundle.sealift")), proven"))
    try succeed(["unpack", job.bundle, "oci:/work/layout"] + proof)
    let index = String(
      decoding: try FileSystem.read(root("/work/layout/index.json"), limit: 1 << 20), as: UTF8.self)
    #expect(index.contains("openshift/release-images:4.16.0-x86_64"))
    // What the carried program carries is the same again.
    let original = try PortableDirectoryFixture.shared().path
    let compared = try runTool("diff", ["-r", original, root(job.directory("bundle.sealift"))])
    #expect(compared.status == 0, "\(compared.output)")
  }

  @Test func noLibraryIsTakenFromAnywhereElse() throws {
    let linker = try PortableDirectoryFixture.shared().linker()
    for program in ["sealift", "gpgv"] {
      let listed = try root.run(
        "\(tools)/lib/\(linker)", ["--library-path", "\(tools)/lib", "--list", "\(tools)/libexec/\(program)"])
      #expect(listed.status == 0, "\(listed.errors)")
      let lines = listed.output.split(separator: "\n").filter { $0.contains("=>") }
      #expect(lines.count > 3 && lines.allSatisfy { $0.contains("=> \(tools)/lib/") }, "\(listed.output)")
    }
  }
}

/// The small program that starts the others.
struct LauncherTests {
  private let portable: PortableDirectoryFixture
  private let directory: TemporaryDirectory

  init() throws {
    portable = try PortableDirectoryFixture.shared()
    directory = try TemporaryDirectory()
  }

  /// A portable directory whose program and libraries are links to those that are shared.
  private func copy(_ name: String) throws -> String {
    let place = directory(name)
    let script = "mkdir \"$0\" && cp -R \"$1/sealift\" \"$1/bin\" \"$0\" && ln -s \"$1/libexec\" \"$1/lib\" \"$0\""
    let made = try runTool("sh", ["-c", script, place, portable.path])
    try #require(made.status == 0, "\(made.errors)")
    return place
  }

  @Test func itNeedsNoLibraryItself() throws {
    let read = try runTool("readelf", ["-lW", "\(portable.path)/sealift"]).output
    #expect(!read.contains("INTERP") && !read.contains("DYNAMIC"))
    #expect(read.contains(#/GNU_STACK .* RW /#))
    let size = try File("\(portable.path)/sealift", .read).size()
    #expect(size < 20_000)
  }

  @Test(arguments: ["plain", "two words", "tab\there", "änderung", "x'y\"z"])
  func itWorksBelowAnyName(_ name: String) throws {
    let place = try copy(name)
    #expect(try runTool("\(place)/sealift", ["version"]).status == 0)
    #expect(try runTool("sh", ["-c", "cd \"$0\" && ./sealift version", place]).status == 0)
    #expect(try runTool("sh", ["-c", "cd \"$0/bin\" && ../sealift version", place]).status == 0)
    #expect(try runTool("sh", ["-c", "cd \"$0\" && PATH=. sealift version", place]).status == 0)
    #expect(try runTool("sh", ["-c", "cd \"$0/bin\" && PATH=. gpgv --version", place]).status == 0)
    #expect(try runTool("\(place)/bin/gpgv", ["--version"]).output.hasPrefix("gpgv "))
  }

  @Test func itIsFoundThroughLinksAndKeepsItsName() throws {
    let place = try copy("opt")
    let links = """
      mkdir -p "$0/usr/bin" && cd "$0/usr/bin" && ln -s ../../opt/sealift oc-sealift && ln -s "$PWD/oc-sealift" again
      """
    try #require(runTool("sh", ["-c", links, directory.path]).status == 0)
    #expect(try runTool(directory("usr/bin/oc-sealift"), ["help"]).output.hasPrefix("usage: oc sealift "))
    #expect(try runTool(directory("usr/bin/again"), ["help"]).output.hasPrefix("usage: sealift "))
    #expect(try runTool("sh", ["-c", "PATH=$0 oc-sealift version", directory("usr/bin")]).status == 0)
    #expect(FileSystem.exists("\(place)/sealift"))
  }

  @Test func wordsAndVariablesArriveAsTheyAre() throws {
    let place = try copy("words")
    let result = try runTool("\(place)/sealift", ["two words", "", "--x=*"], environment: ["LD_LIBRARY_PATH=/nowhere"])
    expectFailure(result, .usage, "'two words'")
    // Nothing that it starts finds other libraries than the system's.
    let helper = directory("docker-credential-show")
    try writeScript("env > '\(directory("seen"))'; echo '{\"Username\":\"a\",\"Secret\":\"b\"}'", to: helper)
    let server = try HTTPDouble { _ in .whole(401, ["WWW-Authenticate": "Basic realm=\"test\""]) }
    try FileSystem.write(
      Array("{\"credHelpers\":{\"\(server.address)\":\"show\"}}".utf8), to: directory("auth.json"))
    _ = try runTool(
      "\(place)/sealift",
      [
        "pack", "--image", "\(server.address)/a:b", "--authfile", directory("auth.json"), "--unsigned", "--retries",
        "0",
        "--src-tls-verify=false", "-o", directory("x.tar.zst"),
      ], environment: ["PATH=\(directory.path):/usr/bin:/bin"])
    let seen = String(decoding: try FileSystem.read(directory("seen"), limit: 1 << 16), as: UTF8.self)
    #expect(seen.contains("PATH=\(directory.path):/usr/bin:/bin\n") && !seen.contains("LD_"))
  }

  @Test(arguments: ["a:b", "a;b", "a$ORIGIN"])
  func aNameThatTheLinkerTakesApartIsRefused(_ name: String) throws {
    let place = try copy(name)
    expectFailure(try runTool("\(place)/sealift", ["version"]), .usage, place, next: "copy")
  }

  @Test func withoutItsLibrariesItSaysSo() throws {
    try #require(runTool("cp", ["\(portable.path)/sealift", directory("alone\u{1B}")]).status == 0)
    let result = try runTool(directory("alone\u{1B}"))
    expectFailure(result, .notFound, directory("alone?"), next: "copy the whole directory")
  }

  @Test(.enabled(if: EmptyRoot.isPossible, "\(EmptyRoot.reason)"))
  func aDiskThatRunsNothingIsNamed() throws {
    let place = try copy("noexec")
    let script = """
      rm "$0/lib" && mkdir "$0/lib" && cp "$1"/lib/ld-linux-* "$0/lib" && mount --bind "$0/lib" "$0/lib" &&
      mount -o remount,bind,noexec "$0/lib" && exec "$0/sealift" version
      """
    let result = try runTool("unshare", ["--mount", "sh", "-c", script, place, portable.path])
    expectFailure(result, .storage, "\(place)/lib/\(try portable.linker())", next: "noexec")
  }
}

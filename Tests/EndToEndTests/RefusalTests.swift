import Diagnostics
import Digests
import OCI
import SystemIO
import TestSupport
import Testing

/// Registries that refuse what they do not have, or take only some of what is sent to them.
@Suite struct RefusalTests {
  private let directory: TemporaryDirectory
  private let layout: LayoutFixture
  private let image: Descriptor
  private let bundle: String

  init() throws {
    directory = try TemporaryDirectory()
    layout = try LayoutFixture(directory("layout"))
    image = try layout.image([layout.layer(seed: 1, size: 5000)], name: "team/deep/app:v1")
    bundle = directory("a.tar.zst")
    try Program.succeed(["pack", "--image", "oci:\(layout.path):team/deep/app:v1", "--unsigned", "-o", bundle])
  }

  private func unpack(_ registry: RegistryDouble, _ more: String...) throws -> ToolResult {
    try Program.run(
      ["unpack", bundle, "\(registry.address)/mirror", "--allow-unsigned", "--dest-tls-verify=false", "--retries", "0"]
        + more)
  }

  private static func error(_ status: Int, _ code: String, _ message: String) -> HTTPDouble.Reply {
    .whole(status, [:], Array(#"{"errors":[{"code":"\#(code)","message":"\#(message)"}]}"#.utf8))
  }

  @Test(arguments: [401, 403]) func anImageWithoutSignaturesIsPackedAndUnpackedWhereRegistriesHideThat(
    status: Int
  ) throws {
    let source = try RegistryDouble { request in
      let isAside = request.path.contains(/\/manifests\/sha256-[0-9a-f]{64}/) || request.path.contains("/referrers/")
      return isAside ? Self.error(status, "DENIED", "requested access to the resource is denied") : nil
    }
    try source.add(image, from: layout, to: "team/app", tag: "v1")
    let packed = try Program.succeed([
      "pack", "--image", "\(source.address)/team/app:v1", "--src-tls-verify=false", "--unsigned", "-o",
      directory("b.tar.zst"),
    ])
    #expect(packed.errors.split(separator: "\n").count { $0.contains("is taken to have none") } == 2)
    let target = try RegistryDouble { request in
      request.method == "HEAD" ? .whole(status) : nil
    }
    let result = try unpack(target)
    #expect(result.status == 0, "\(result.errors)")
    #expect(target.content.tags == ["mirror/team/deep/app:v1"])
  }

  @Test func aTokenServerThatRefusesADeepPathLeadsToTheOptionThatHelps() throws {
    let registry = try RegistryDouble { request in
      if request.path == "/v2/" { return nil }
      if request.path == "/token" {
        return request.target.contains("deep%2fapp")
          ? .whole(400, [:], Array(#"{"error":"invalid_scope","message":"cannot decode that repository"}"#.utf8))
          : .whole(200, [:], Array(#"{"token":"good"}"#.utf8))
      }
      if request.headers["authorization"] == "Bearer good" { return nil }
      return .whole(401, ["WWW-Authenticate": #"Bearer realm="http://\#(request.headers["host"] ?? "")/token""#])
    }
    let result = try unpack(registry)
    expectFailure(
      result, .protocol, "mirror/team/deep/app", "cannot decode that repository", next: "--max-nested-paths 2")
    let advised = try unpack(registry, "--max-nested-paths", "2")
    #expect(advised.status == 0, "\(advised.errors)")
    #expect(registry.content.tags == ["mirror/team-deep-app:v1"])
  }

  @Test(arguments: [
    (412, "PRECONDITION", "'app:v1' configured as immutable"),
    (400, "TAG_INVALID", "The image tag 'v1' already exists and cannot be overwritten"),
    (409, "CONFLICT", "tag v1 is there"), (403, "DENIED", "not enough permissions to overwrite artifact"),
    (400, "MANIFEST_INVALID", "Repository does not allow updating assets: mirror"),
  ])
  func aTagThatMayNotMoveIsTold(status: Int, code: String, words: String) throws {
    let registry = try RegistryDouble { request in
      request.method == "PUT" && request.path.hasSuffix("/manifests/v1") ? Self.error(status, code, words) : nil
    }
    let result = try unpack(registry)
    expectFailure(result, .denied, words, next: "delete mirror/team/deep/app:v1 there first")
    #expect(registry.content.tags.isEmpty)
  }

  @Test(arguments: [
    ("POST", 405, "UNSUPPORTED", "The operation is unsupported"),
    ("POST", 403, "DENIED", "The system is in read only mode. Any modification is prohibited"),
    ("PUT", 405, "METHOD_NOT_ALLOWED", "can not push artifact to a proxy project"),
  ])
  func aRegistryThatTakesNothingIsNamedAsSuch(method: String, status: Int, code: String, words: String) throws {
    let registry = try RegistryDouble { request in
      request.method == method ? Self.error(status, code, words) : nil
    }
    let result = try unpack(registry)
    expectFailure(result, .denied, words, "read-only, or a pull-through cache", next: "made writable")
  }

  @Test(arguments: [
    (403, "adding 110 Bytes of storage resource will exceed the configured upper limit of 5.0 GiB"),
    (412, "project quota is used up"), (507, "Insufficient Storage"),
  ])
  func aRegistryThatIsFullIsToldFromOneThatDenies(status: Int, words: String) throws {
    let registry = try RegistryDouble { request in
      request.method == "PUT" && request.path.contains("/uploads/") ? Self.error(status, "DENIED", words) : nil
    }
    expectFailure(try unpack(registry), .denied, words, next: "make room")
  }

  @Test(arguments: [
    (
      "The repository with name 'x' does not exist in the registry with id '123456789012'",
      "for r in mirror/team/deep/app mirror/team/other; do aws ecr create-repository --repository-name"
    ),
    ("repository name not known to registry", "make them there first"),
  ])
  func allRepositoriesThatAreMissingAreNamedAtOnce(words: String, next: String) throws {
    _ = try layout.image([layout.layer(seed: 2, size: 5000)], name: "team/other:v1")
    _ = try layout.image([layout.layer(seed: 3, size: 5000)], name: "team/there:v1")
    let images = ["team/deep/app:v1", "team/other:v1", "team/there:v1"].flatMap {
      ["--image", "oci:\(layout.path):\($0)"]
    }
    try Program.succeed(["pack"] + images + ["--unsigned", "-o", bundle])
    let registry = try RegistryDouble { request in
      request.method == "POST" && !request.path.contains("/there/") ? Self.error(404, "NAME_UNKNOWN", words) : nil
    }
    let result = try unpack(registry)
    expectFailure(
      result, .notFound, "2 repositories are not there: mirror/team/deep/app, mirror/team/other", next: next)
  }
}

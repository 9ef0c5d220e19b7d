import Content
import Diagnostics
import Gathering
import Packing
import Publishing
import SystemIO
import TestSupport
import Testing

/// What `unpack --manifests` writes.
struct UnpackClusterManifestsTests {
  private let directory: TemporaryDirectory
  private static let target = "registry.local:5000/a/b"
  private static let sets = [
    "ImageDigestMirrorSet": ("config.openshift.io/v1", "imageDigestMirrors", "idms-release-0"),
    "ImageTagMirrorSet": ("config.openshift.io/v1", "imageTagMirrors", "itms-release-0"),
    "ImageContentSourcePolicy": ("operator.openshift.io/v1alpha1", "repositoryDigestMirrors", "icsp-release-0"),
  ]

  init() throws {
    directory = try TemporaryDirectory()
    try write(Self.release)
  }

  /// A release with a mirror set of each kind, as `pack` makes them.
  private static var release: TinyRelease {
    var release = TinyRelease()
    release.signature = nil
    for (kind, (version, list, name)) in sets {
      release.templates["config/\(kind)/\(name).yaml"] = """
        apiVersion: \(version)
        kind: \(kind)
        metadata:
          name: \(name)
        spec:
          \(list):
          - mirrors:
            - sealift.target.invalid/team
            source: registry.example/team

        """
    }
    return release
  }

  private func write(_ release: TinyRelease) throws {
    try TinyBundle(layers: [.gzip([1, 2, 3])], keys: [], release: release).write(to: directory("a.tar.zst"))
  }

  /// Unpacks the manifests alone.
  @discardableResult
  private func manifests(
    _ name: String, to target: String = target, reporter: any Reporter = SilentReporter(),
    _ change: (inout UnpackOptions, inout ClusterManifestOptions) -> Void = { _, _ in }
  ) async throws -> UnpackReport {
    var trust = TrustOptions()
    trust.allowUnsigned = true
    var manifests = ClusterManifestOptions(directory: directory(name))
    manifests.isOnly = true
    var options = UnpackOptions(
      bundle: BundlePlaces(directory("a.tar.zst")), target: target, trust: trust,
      registry: RegistryAccess(environment: ["TMPDIR": directory.path, "PATH": "/usr/bin:/bin"]))
    change(&options, &manifests)
    options.clusterManifests = manifests
    return try await unpack(options, reporter: reporter)
  }

  private func text(_ path: String) throws -> String {
    String(decoding: try FileSystem.read(directory(path), limit: 1 << 20), as: UTF8.self)
  }

  /// All files of a directory, with their content.
  private func files(_ name: String) throws -> [String: [UInt8]] {
    var found: [String: [UInt8]] = [:]
    for entry in try FileSystem.list(directory(name)) {
      let path = "\(name)/\(entry)"
      if FileSystem.isDirectory(directory(path)) {
        for (inner, bytes) in try files(path) { found["\(entry)/\(inner)"] = bytes }
      } else {
        found[entry] = try FileSystem.read(directory(path), limit: 1 << 20)
      }
    }
    return found
  }

  @Test("The target stands in place of the placeholder, and each file is reported")
  func filledIn() async throws {
    let report = try await manifests("out")
    #expect(
      report.clusterManifests?.files == [
        "ImageDigestMirrorSet/idms-release-0.yaml", "ImageTagMirrorSet/itms-release-0.yaml", "NEXT-STEPS.md",
        "WRITTEN-BY-SEALIFT", "install-config-snippet.txt", "mapping.txt", "optional/icsp-release-0.yaml.off",
      ])
    #expect(try files("out").keys.sorted() == report.clusterManifests?.files)
    #expect(report.receipt?.clusterManifests?.files == report.clusterManifests?.files)
    let set = try text("out/ImageDigestMirrorSet/idms-release-0.yaml")
    #expect(set.contains("- registry.local:5000/a/b/team\n"))
    #expect(try text("out/mapping.txt") == "registry.example/team/tiny:1.0=registry.local:5000/a/b/team/tiny:1.0\n")
    for bytes in try files("out").values { #expect(bytes.firstRange(of: "sealift.target.invalid".utf8) == nil) }
  }

  @Test("Two runs write the same bytes, one over the other too")
  func deterministic() async throws {
    try await manifests("out")
    try await manifests("other")
    let first = try files("out")
    #expect(try files("other") == first)
    try await manifests("out")
    #expect(try files("out") == first)
  }

  static let choices: [(String?, String?, [String])] = [
    ("idms", nil, ["idms", "itms"]), ("icsp", nil, ["icsp"]), ("both", nil, ["icsp", "idms", "itms"]),
    (nil, "4.12", ["icsp"]), (nil, "4.13", ["idms", "itms"]), ("idms", "4.12", ["idms", "itms"]),
  ]

  @Test("The API or the cluster's version chooses the mirror sets", arguments: choices)
  func mirrorAPI(_ api: String?, _ version: String?, _ expected: [String]) async throws {
    let report = try await manifests("out") {
      $1.mirrorAPI = api
      $1.clusterVersion = version
    }
    let written = Self.sets.values.map(\.2).filter { name in
      report.clusterManifests?.files.contains { $0.hasSuffix("/\(name).yaml") } == true
    }
    #expect(written.map { String($0.prefix(4)) }.sorted() == expected)
  }

  static let wrongChoices: [(String?, String?)] = [("4", nil), (nil, "all")]

  @Test("A version or API that does not exist is a mistake of usage", arguments: wrongChoices)
  func wrongChoice(_ version: String?, _ api: String?) async throws {
    let error = await #expect(throws: SealiftError.self) {
      try await manifests("out") {
        $1.clusterVersion = version
        $1.mirrorAPI = api
      }
    }
    #expect(error?.code == .usage)
    #expect(!FileSystem.exists(directory("out")))
  }

  @Test("Where paths are joined, each repository has an entry of its own")
  func maxNestedPaths() async throws {
    let report = try await manifests("out") {
      $0.maxNestedPaths = 2
      $1.mirrorAPI = "both"
    }
    #expect(report.mapping.map(\.destination) == ["registry.local:5000/a/b-team-tiny:1.0"])
    for (kind, (_, _, name)) in Self.sets {
      let set = try text("out/\(kind)/\(name).yaml")
      #expect(set.contains("- registry.local:5000/a/b-team-tiny\n"), "\(set)")
      #expect(set.contains("source: registry.example/team/tiny\n"), "\(set)")
    }
  }

  @Test("A target without a host is refused with what to do", arguments: ["oci:/tmp/layout", "file:///tmp/mirror"])
  func noHost(_ target: String) async throws {
    let error = await #expect(throws: SealiftError.self) { try await manifests("out", to: target) }
    #expect(error?.code == .usage)
    #expect(error?.nextStep.contains("--manifests-only") == true)
    #expect(!FileSystem.exists(directory("out")))
  }

  @Test("A dry run lists the files and writes none")
  func dryRun() async throws {
    let planned = try await manifests("out") { options, _ in options.isDryRun = true }
    #expect(!FileSystem.exists(directory("out")))
    #expect(planned.receipt == nil)
    #expect(try await manifests("out").clusterManifests?.files == planned.clusterManifests?.files)
  }

  @Test("Only the beginning of the bundle is needed")
  func headOnly() async throws {
    try await manifests("out")
    let whole = try FileSystem.read(directory("a.tar.zst"), limit: 1 << 20)
    let body = try #require(whole.firstRange(of: [0x28, 0xB5, 0x2F, 0xFD, 0xA0])?.lowerBound)
    try FileSystem.write(Array(whole[..<body]), to: directory("a.tar.zst"))
    try await manifests("cut")
    #expect(try files("cut") == files("out"))
  }

  @Test("Files that are not its own are refused by name; what apply passes over stays")
  func foreignFiles() async throws {
    let foreign = [
      "ConfigMap/mine.yaml", "deep/er/mine.json", "mine.yml", "NEXT-STEPS.md", "mapping.txt", ".git/x.yaml",
    ]
    for (number, name) in foreign.enumerated() {
      let place = "out\(number)"
      try FileSystem.makeDirectory(directory("\(place)/\(FileSystem.parent(of: name))"))
      for path in ["\(place)/\(name)", "\(place)/notes.txt"] {
        try FileSystem.write(Array("mine".utf8), to: directory(path))
      }
      for isDry in [true, false] {
        let error = await #expect(throws: SealiftError.self) {
          try await manifests(place) { options, _ in options.isDryRun = isDry }
        }
        #expect(error?.code == .usage && error?.problem.contains(name) == true, "\(error?.problem ?? "")")
      }
      #expect(try files(place).values.allSatisfy { $0 == Array("mine".utf8) })
      try FileSystem.remove(directory("\(place)/\(name)"))
      try await manifests(place)
      #expect(try text("\(place)/notes.txt") == "mine")
    }
  }

  @Test("A link among the objects is not its own")
  func linkedObject() async throws {
    try FileSystem.makeDirectory(directory("out"))
    try FileSystem.write(Array("mine".utf8), to: directory("elsewhere.yaml"))
    try FileSystem.replace(directory("out/x.yaml"), withLinkTo: "../elsewhere.yaml")
    let error = await #expect(throws: SealiftError.self) { try await manifests("out") }
    #expect(error?.code == .usage && error?.problem.contains("x.yaml") == true)
  }

  @Test("An object that was switched on by its name stays, as NEXT-STEPS.md says that it may be")
  func renamedObject() async throws {
    try await manifests("out")
    let off = try #require(try files("out").keys.filter { $0.hasSuffix(".off") }.min())
    let on = String(off.dropLast(".off".count))
    try FileSystem.rename(directory("out/\(off)"), to: directory("out/\(on)"))
    try await manifests("out")
    #expect(try files("out")[on] == files("out")[off])
    try FileSystem.write(Array("mine".utf8), to: directory("out/\(on)"))
    let error = await #expect(throws: SealiftError.self) { try await manifests("out") }
    #expect(error?.code == .usage && error?.problem.contains(on) == true)
  }

  @Test("What was changed by hand is not written over, and a damaged marker is told")
  func changedFiles() async throws {
    try await manifests("out")
    let set = "out/ImageDigestMirrorSet/idms-release-0.yaml"
    let written = try text(set)
    try FileSystem.write(Array((written + "# mine\n").utf8), to: directory(set))
    let error = await #expect(throws: SealiftError.self) { try await manifests("out") }
    #expect(error?.code == .usage && error?.problem.contains("were changed since") == true, "\(error?.problem ?? "")")
    try FileSystem.write(Array(written.utf8), to: directory(set))
    try await manifests("out")
    try FileSystem.write(Array("{".utf8), to: directory("out/WRITTEN-BY-SEALIFT"))
    let damaged = await #expect(throws: SealiftError.self) { try await manifests("out") }
    #expect(damaged?.code == .usage && damaged?.problem.contains("is damaged") == true)
  }

  @Test("What another bundle had put there is replaced, removed and told; --no-replace refuses")
  func anotherBundle() async throws {
    var other = Self.release
    other.templates["config/ImageDigestMirrorSet/idms-release-0.yaml"] =
      Self.release.templates["config/ImageDigestMirrorSet/idms-release-0.yaml"]?
      .replacing("source: registry.example/team", with: "source: registry.example/other")
    other.templates["config/ConfigMap/extra.yaml"] = "kind: ConfigMap\nmetadata: {name: extra}\n"
    try write(other)
    try await manifests("out")
    let before = try files("out")
    try write(Self.release)
    let refused = await #expect(throws: SealiftError.self) {
      try await manifests("out") { options, _ in options.refusesReplacing = true }
    }
    #expect(refused?.code == .configuration, "\(refused?.problem ?? "")")
    #expect(try files("out") == before)
    let planned = try await manifests("out") { options, _ in options.isDryRun = true }
    let reporter = ReportKeeper()
    let report = try await manifests("out", reporter: reporter)
    let texts = report.clusterManifests?.replaced.map(\.text) ?? []
    #expect(planned.clusterManifests?.replaced.map(\.text) == texts)
    #expect(texts.count == 2, "\(texts)")
    #expect(texts.first?.hasPrefix("ConfigMap/extra.yaml of the bundle sha256:") == true)
    #expect(texts.first?.hasSuffix("is removed") == true)
    #expect(texts.last?.hasSuffix("is replaced; no mirrors are left of registry.example/other") == true)
    #expect(try text("out/NEXT-STEPS.md").contains("no mirrors are left of registry.example/other"))
    #expect(!FileSystem.exists(directory("out/ConfigMap/extra.yaml")))
    #expect(try files("out").keys.sorted() == report.clusterManifests?.files)
    // The same bundle again is no other.
    #expect(try await manifests("out").clusterManifests?.replaced == [])
  }

  @Test(
    "A link in place of a kind's directory is refused, and nothing is written where it leads", arguments: [true, false])
  func linkedKind(isLink: Bool) async throws {
    try FileSystem.makeDirectory(directory("out"))
    try FileSystem.makeDirectory(directory("elsewhere"))
    let place = directory("out/ImageDigestMirrorSet")
    if isLink { try FileSystem.replace(place, withLinkTo: "../elsewhere") } else { try FileSystem.write([], to: place) }
    let error = await #expect(throws: SealiftError.self) { try await manifests("out") }
    #expect(error?.code == .storage)
    #expect(error?.problem.contains("out/ImageDigestMirrorSet") == true)
    #expect(try files("elsewhere").isEmpty)
    #expect(!FileSystem.exists(directory("out/NEXT-STEPS.md")))
  }

  @Test(
    "A template that is not what its path says, or has the placeholder where no target fits, is in no bundle",
    arguments: [
      ("config/ConfigMap/a.yaml", "kind: Secret\nmetadata: {name: a}\n"),
      ("config/ConfigMap/a.yaml", "kind: ConfigMap\nmetadata: {name: b}\n"),
      ("config/ConfigMap/a.yaml", "kind: ConfigMap\nmetadata: {name: a}\ndata: {x: 'at sealift.target.invalid'}\n"),
      ("config/ConfigMap/a.yaml", "kind: ConfigMap\nmetadata: {name: a}\nitems: [{kind: ClusterRoleBinding}]\n"),
      ("config/ConfigMap/a.yaml", "not an object"),
      ("config/ConfigMap/a.yaml", "kind: ConfigMap\nmetadata: {name: a}\n---\nkind: ConfigMap\n"),
    ])
  func wrongTemplate(_ path: String, _ content: String) throws {
    var release = Self.release
    release.templates[path] = content
    // Readers are tried with those of a hostile writer.
    let error = #expect(throws: SealiftError.self) { try write(release) }
    #expect(error?.problem.contains("ConfigMap/a.yaml") == true, "\(error?.problem ?? "")")
  }

  @Test("Of a file with certificates nothing else is taken")
  func certificates() async throws {
    let certificate = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
    let key = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n"
    try FileSystem.write(Array("text\n\(certificate)\(key)\(certificate)".utf8), to: directory("ca.pem"))
    try await manifests("out") { options, _ in options.registry.caFile = directory("ca.pem") }
    let snippet = try text("out/install-config-snippet.txt")
    #expect(snippet.split(separator: "BEGIN CERTIFICATE").count == 3)
    for bytes in try files("out").values { #expect(bytes.firstRange(of: "c2VjcmV0".utf8) == nil) }
    try FileSystem.write(Array(key.utf8), to: directory("ca.pem"))
    let error = await #expect(throws: SealiftError.self) {
      try await manifests("out") { options, _ in options.registry.caFile = directory("ca.pem") }
    }
    #expect(error?.code == .configuration)
  }

  @Test("Nothing is written if the images could not be sent")
  func failedPublish() async throws {
    let closed = "127.0.0.1:1"
    await #expect(throws: SealiftError.self) {
      try await manifests("out", to: closed) {
        $0.registry.retries = 0
        $0.receipt = directory("receipt.json")
        $1.isOnly = false
      }
    }
    #expect(try files("out").isEmpty)
    #expect(try text("receipt.json").contains(#""clusterManifests":null"#))
  }

  @Test(
    "They are written once the images are in the registry",
    .enabled(if: RegistryServer.program != nil, "\(RegistryServer.reason)"))
  func publish() async throws {
    let server = try RegistryServer()
    let report = try await manifests("out", to: "\(server.address)/mirror") { options, manifests in
      options.registry.verifiesTLS = false
      options.receipt = directory("receipt.json")
      manifests.isOnly = false
    }
    #expect(report.receipt?.tagCount == 1)
    #expect(try files("out").keys.sorted() == report.clusterManifests?.files)
    #expect(try text("out/ImageDigestMirrorSet/idms-release-0.yaml").contains("- \(server.address)/mirror/team\n"))
    #expect(try text("receipt.json").contains("NEXT-STEPS.md"))
  }
}

import Digests
import JSON
import OCI
import SystemIO
import TestSupport
import Testing

/// Two bundles of one catalog live together at a target.
@Suite(.enabled(if: CatalogWorld.isPossible, "\(CatalogWorld.reason)"))
struct MergeCatalogsTests {
  private let job: CatalogJob
  private let target: RegistryServer
  private let key: SigningKey

  private static let catalog = "catalogs/harbour"

  init() throws {
    job = try CatalogJob()
    var options = RegistryServer.Options()
    options.allowsDelete = true
    target = try RegistryServer(options)
    key = try SigningKey(.ed25519, in: job.directory, name: "signer")
  }

  private func file(_ name: String) -> String { job.directory(name) }

  /// Packs some of the catalog.
  ///
  /// - Parameters:
  ///   - wanted: What is written behind the catalog's name.
  ///   - isPartial: Whether some of that is missing at the source.
  ///   - base: A bundle that the target has.
  private func pack(
    _ name: String, _ wanted: String, signed: Bool = true, isPartial: Bool = false, since base: String? = nil
  ) throws {
    try job.configure(
      "- {catalog: @harbour, skipDependencies: true, \(wanted)}".replacing(
        "@harbour", with: job.world.reference("harbour")))
    let result = try Program.run(
      [
        "pack", "-c", file("imageset-config.yaml"), "--src-tls-verify=false", "--retries", "0", "-o", file(name),
      ] + (signed ? ["--key", key.privatePath] : ["--unsigned"]) + (isPartial ? ["--keep-going"] : [])
        + (base.map { ["--since", file($0)] } ?? []))
    try #require(result.status == (isPartial ? 2 : 0), "\(result.errors)")
  }

  private func unpack(_ name: String, _ more: String..., at place: String? = nil) -> [String] {
    [
      "unpack", file(name), place ?? target.address, "--trust", key.publicPath, "--dest-tls-verify=false", "--retries",
      "0",
    ] + more
  }

  private func merge(_ name: String, with earlier: String, as receipt: String) -> [String] {
    unpack(name, "--merge-catalogs", file(earlier), "--receipt", file(receipt))
  }

  /// Brings a bundle of one package, and packs one of another.
  private func prepare() throws {
    try pack("one", "packages: [{name: pier}]")
    try pack("two", "packages: [{name: tug}]")
    try Program.succeed(unpack("one", "--receipt", file("one.json"), "--manifests", file("m")))
  }

  /// The sources of all mirror sets of a directory.
  private func mirrored(_ directory: String) throws -> Set<String> {
    let lines = try runTool("sh", ["-c", "cat \(file(directory))/Image*MirrorSet/*.yaml | grep ' source: '"])
    return Set(lines.output.split(separator: "\n").map(String.init))
  }

  private func receipt(_ name: String) throws -> JSONValue {
    let bytes = try FileSystem.read(file(name), limit: 1 << 24)
    if SchemaValidator.isInstalled {
      #expect(try SchemaValidator("receipt.schema.json").verdicts([bytes]) == ["ok"])
    }
    return try JSONReader.value(bytes, source: name)
  }

  private var digest: Digest? { RegistryStorage(target).digest(of: "v1", in: Self.catalog) }

  /// The documents that the target's catalog has, read with other programs; as text, sorted.
  private func documents(_ image: String) throws -> [String] {
    let place = try TemporaryDirectory()
    let script = """
      skopeo copy -q --src-tls-verify=false --override-arch amd64 \(image) oci:\(place("image")):x
      umoci unpack --rootless --image \(place("image")):x \(place("root"))
      cat $(find \(place("root"))/rootfs/configs -name '*.json') | jq -cS .
      """
    let result = try runTool("sh", ["-ec", script])
    try #require(result.status == 0, "\(result.errors)")
    return result.output.split(separator: "\n").map(String.init).sorted()
  }

  private func packages(_ documents: [String]) -> [String] {
    documents.filter { $0.contains(#""schema":"olm.package""#) }.compactMap { text in
      (try? JSONReader.value(Array(text.utf8), source: "it"))?["name"]?.text
    }.sorted()
  }

  @Test func theOperatorsOfBothAreThere() throws {
    try prepare()
    let image = "docker://\(target.address)/\(Self.catalog):v1"
    let first = try documents(image)
    let (before, sources) = (try RegistryStorage(target).state(), try mirrored("m"))
    try #require(!sources.isEmpty)
    let dry = try Program.succeed(merge("two", with: "one.json", as: "two.json") + ["--dry-run"])
    #expect(dry.output.contains("would merge") && dry.output.contains("with pier of what was there"), "\(dry.output)")
    #expect(try !dry.output.contains("would replace") && RegistryStorage(target).state() == before)
    let done = try Program.succeed(
      merge("two", with: "one.json", as: "two.json") + [
        "--no-replace", "--manifests", file("m"), "--cluster-version", "4.18",
      ])
    #expect(done.output.contains("merged") || done.errors.contains("merged"), "\(done.output)\(done.errors)")
    #expect(!done.errors.contains("warning"), "\(done.errors)")
    #expect(try sources.isSubset(of: mirrored("m")))
    let both = try documents(image)
    #expect(packages(both) == ["pier", "tug"])
    #expect(Set(first).isSubset(of: both))
    let digest = try #require(digest)
    for kind in ["CatalogSource/cs", "ClusterCatalog/cc"] {
      let object = String(
        decoding: try FileSystem.read(file("m/\(kind)-harbour-v1.yaml"), limit: 1 << 16), as: UTF8.self)
      #expect(object.contains(": \(target.address)/\(Self.catalog)@\(digest)\n"), "\(object)")
    }
    let steps = String(decoding: try FileSystem.read(file("m/NEXT-STEPS.md"), limit: 1 << 20), as: UTF8.self)
    #expect(steps.contains("## What was merged\n") && !steps.contains("## What was replaced"))
    let merged = try #require(try receipt("two.json")["merged"]?.elements?.first)
    #expect(
      merged["digest"]?.text == digest.description && merged["addedPackages"]?.elements?.compactMap(\.text) == ["pier"])
    let config = try runTool("skopeo", ["inspect", "--config", "--tls-verify=false", image])
    #expect(config.output.contains("serve") && !config.output.contains("--cache-dir"), "\(config.output)")
  }

  @Test func anUpdateIsMergedAsAWholeBundleIs() throws {
    try prepare()
    try Program.succeed(merge("two", with: "one.json", as: "two.json"))
    let whole = try #require(digest)
    try pack("update", "packages: [{name: tug}]", since: "one")
    #expect(try #require(inspected(file("update"))["held"]?["blobs"]?.integer) > 0)
    let place = "\(target.address)/far"
    try Program.succeed(unpack("one", "--receipt", file("far.json"), at: place))
    let arguments = unpack(
      "update", "--merge-catalogs", file("far.json"), "--receipt", file("update.json"), at: place)
    let dry = try Program.succeed(arguments + ["--dry-run"])
    #expect(dry.output.contains("would merge"), "\(dry.output)")
    try Program.succeed(arguments)
    #expect(RegistryStorage(target).digest(of: "v1", in: "far/\(Self.catalog)") == whole)
  }

  @Test func theSameCommandAgainChangesNothing() throws {
    try prepare()
    try Program.succeed(merge("two", with: "one.json", as: "two.json"))
    let (before, digest) = (try RegistryStorage(target).state(), digest)
    for (earlier, written) in [("one.json", "two.json"), ("two.json", "again.json"), ("one", "again.json")] {
      let again = try Program.succeed(merge("two", with: earlier, as: written) + ["--no-replace"])
      #expect(try RegistryStorage(target).state() == before, "\(again.errors)")
      #expect(try receipt(written)["tags"]?.elements?.allSatisfy { $0["outcome"]?.text == "present" } == true)
      #expect(try receipt(written)["replaced"]?.elements == [])
    }
    // The receipt proves what was merged to the next one.
    try pack("three", "packages: [{name: lighthouse}]")
    try Program.succeed(merge("three", with: "two.json", as: "three.json"))
    #expect(self.digest != digest)
    #expect(
      try packages(documents("docker://\(target.address)/\(Self.catalog):v1")) == ["lighthouse", "pier", "tug"])
  }

  @Test func aCatalogThatHasAllIsBroughtAsItIs() throws {
    try prepare()
    try pack("all", "packages: [{name: pier}, {name: tug}]")
    try Program.succeed(merge("all", with: "one.json", as: "all.json"))
    #expect(try receipt("all.json")["merged"]?.elements == [])
    let index = try JSONReader.value(
      Array(Program.succeed(["inspect", "--json", "--trust", key.publicPath, file("all")]).output.utf8), source: "it")
    #expect(index["catalogs"]?.elements?.first?["digest"]?.text == digest?.description)
  }

  /// The newest bundle of `wreck` names an image that is nowhere, so that `--keep-going` leaves it out, and with it the
  /// package of which nothing else is asked for.
  @Test(arguments: [false, true], [("", ["pier", "tug"]), (", minVersion: 1.0.0", ["pier", "tug", "wreck"])])
  func aCatalogOfWhichAPartIsMissing(isEarlier: Bool, wanted: (String, [String])) throws {
    try pack("whole", "packages: [{name: pier}]")
    try pack("part", "packages: [{name: wreck\(wanted.0)}, {name: tug}]", isPartial: true)
    let (first, second) = isEarlier ? ("part", "whole") : ("whole", "part")
    try Program.succeed(unpack(first, "--receipt", file("first.json")))
    try Program.succeed(merge(second, with: isEarlier ? first : "first.json", as: "second.json") + ["--no-replace"])
    let both = try documents("docker://\(target.address)/\(Self.catalog):v1")
    #expect(packages(both) == wanted.1)
    #expect(!both.contains { $0.contains("wreck.v1.1.0") })
  }

  @Test(arguments: ["oci", "file"])
  func inADirectory(kind: String) throws {
    let place = kind == "oci" ? "oci:\(file("out"))" : "file://\(file("out"))"
    try pack("one", "packages: [{name: pier}]")
    try pack("two", "packages: [{name: tug}]")
    try Program.succeed(unpack("one", "--receipt", file("one.json"), at: place))
    for written in ["two.json", "again.json"] {
      try Program.succeed(
        unpack("two", "--merge-catalogs", file("one.json"), "--receipt", file(written), at: place))
    }
    #expect(try receipt("again.json")["tags"]?.elements?.allSatisfy { $0["outcome"]?.text == "present" } == true)
    guard kind == "oci" else { return }
    #expect(try packages(documents("oci:\(file("out")):\(Self.catalog):v1")) == ["pier", "tug"])
  }

  @Test func whatNobodyHasProvenIsNotMerged() throws {
    try prepare()
    try pack("other", "packages: [{name: lighthouse}]", signed: false)
    try Program.succeed(
      unpack("other", "--allow-unsigned", "--receipt", file("other.json")))
    let before = try RegistryStorage(target).state()
    let unproven = try Program.run(merge("two", with: "one.json", as: "two.json"))
    #expect(unproven.status == 79 && unproven.errors.contains("none of the files of --merge-catalogs proves that"))
    #expect(unproven.errors.contains("\(digest?.description ?? "?")"))
    let unsigned = try Program.run(merge("two", with: "other.json", as: "two.json"))
    #expect(unsigned.status == 79 && unsigned.errors.contains("--allow-unsigned"), "\(unsigned.errors)")
    #expect(try RegistryStorage(target).state() == before)
    // With both receipts, and by leave, all three are there.
    try Program.succeed(
      merge("two", with: "one.json", as: "two.json") + ["--merge-catalogs", file("other.json"), "--allow-unsigned"])
    #expect(
      try packages(documents("docker://\(target.address)/\(Self.catalog):v1")) == ["lighthouse", "pier", "tug"])
  }

  @Test func badInputIsNamed() throws {
    try prepare()
    let foreign = try RegistryServer()
    try Program.succeed(unpack("one", "--receipt", file("foreign.json"), at: foreign.address))
    try Program.succeed(unpack("one", "--receipt", file("prefix.json"), at: "\(target.address)/prefix"))
    try FileSystem.write(Array("{}".utf8), to: file("empty.json"))
    let before = try RegistryStorage(target).state()
    func refuses(_ status: Int, _ text: String, _ arguments: [String], input: String? = nil) throws {
      let result = try Program.run(arguments, input: input)
      #expect(result.status == status && result.errors.contains(text), "\(result.status): \(result.errors)")
    }
    try refuses(64, "needs --receipt", unpack("two", "--merge-catalogs", file("one.json")))
    try refuses(64, "would write over", merge("two", with: "one.json", as: "one.json"))
    try refuses(78, "is a receipt of", merge("two", with: "foreign.json", as: "two.json"))
    try refuses(64, "has no \(Self.catalog):v1", merge("two", with: "prefix.json", as: "two.json"))
    try refuses(78, "neither a bundle nor a receipt", merge("two", with: "empty.json", as: "two.json"))
    try refuses(66, "gone.json", merge("two", with: "gone.json", as: "two.json"))
    try refuses(
      64, "--manifests-only",
      merge("two", with: "one.json", as: "two.json") + ["--manifests", file("none"), "--manifests-only"])
    var pipe = merge("two", with: "one.json", as: "two.json")
    pipe[1] = "-"
    let piped = try Run(pipe, under: piped(file("two"))).result()
    #expect(piped.status == 64 && piped.errors.contains("a pipe is read only once"), "\(piped.errors)")
    #expect(try RegistryStorage(target).state() == before && !FileSystem.exists(file("none")))
  }

  @Test func anEntryThatWouldBeLostIsTold() throws {
    try pack("old", "packages: [{name: lighthouse, minVersion: 1.0.0, maxVersion: 1.0.0, channels: [{name: stable}]}]")
    try pack("new", "packages: [{name: lighthouse, minVersion: 1.3.0, maxVersion: 1.3.0, channels: [{name: stable}]}]")
    try Program.succeed(unpack("old", "--receipt", file("one.json")))
    let refused = try Program.run(merge("new", with: "one.json", as: "two.json") + ["--no-replace"])
    #expect(refused.status == 78 && refused.errors.contains("no update leads"), "\(refused.errors)")
    let done = try Program.succeed(merge("new", with: "one.json", as: "two.json"))
    #expect(done.errors.contains("warning: bundle lighthouse.v1.0.0 is no more in channel 'stable'"), "\(done.errors)")
  }

  @Test func whatAMergedCatalogNeedsIsNotDeleted() throws {
    try prepare()
    try Program.succeed(merge("two", with: "one.json", as: "two.json"))
    let text = """
      kind: DeleteImageSetConfiguration
      apiVersion: mirror.openshift.io/v2alpha1
      delete:
        operators:
        - catalog: \(job.world.reference("harbour"))
          packages: [{name: pier}]

      """
    try FileSystem.write(Array(text.utf8), to: file("delete.yaml"))
    let kept = try Program.succeed([
      "delete", "--generate", file("list.yaml"), "-c", file("delete.yaml"), "--trust", key.publicPath, "--bundle",
      file("one"), "--keep", file("two.json"), "--json", target.address,
    ])
    let report = try JSONReader.value(Array(kept.output.utf8), source: "the report")
    #expect(report["images"] == .integer(0), "\(kept.output)")
    #expect(report["kept"]?.elements?.isEmpty == false)
    // What somebody has deleted all the same is told when it is merged again.
    let gone = try #require(
      try receipt("one.json")["manifests"]?.elements?.first { $0["repository"]?.text != Self.catalog })
    let place = "\(gone["repository"]?.text ?? "")/manifests/\(gone["digest"]?.text ?? "")"
    let deleted = try runTool("curl", ["-sS", "-f", "-X", "DELETE", "http://\(target.address)/v2/\(place)"])
    try #require(deleted.status == 0, "\(deleted.errors)")
    let again = try Program.succeed(merge("two", with: "one.json", as: "two.json"))
    #expect(again.errors.contains("warning: the target does not have "), "\(again.errors)")
  }
}

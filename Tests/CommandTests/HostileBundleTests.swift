import BundleFormat
import Content
import Deleting
import Diagnostics
import Digests
import Gathering
import JSON
import OCI
import Packing
import Publishing
import SystemIO
import TestSupport
import Testing

/// Bundles whose signer breaks a rule: all commands give one answer, and what is proven can be unpacked.
struct HostileBundleTests {
  @Test("One thing wrong in a signed bundle: one answer from every command", arguments: HostileBundle.all)
  func oneRule(_ hostile: HostileBundle) async throws {
    var draft = HostileBundle.sample
    try hostile.change(&draft)
    for (name, error) in try await Answers(draft.bytes()).all() {
      guard let reason = hostile.reason else {
        // What an update rests on is at none of the targets.
        let isMissingBase = !draft.index.held.isEmpty && error?.code == .baseMissing && Answers.ofTarget.contains(name)
        #expect(error == nil || isMissingBase, "\(name): \(error?.problem ?? "")")
        continue
      }
      #expect(error?.code == .corrupt, "\(name): \(error?.problem ?? "accepted")")
      #expect(error?.problem.contains(reason) == true, "\(name): \(error?.problem ?? "accepted")")
    }
  }

  @Test("Signed bundles that nobody has thought of: one answer from every command")
  func mutations() async throws {
    let isLong = RunningProcess.environment("SEALIFT_LONG") != nil
    let seed = RunningProcess.environment("SEALIFT_SEED").flatMap { UInt64($0) } ?? .random(in: 0...999_999)
    let label = "SEALIFT_SEED=\(seed)"
    var mutator = JSONMutator(seed: seed)
    var accepted = 0
    for number in 0..<(isLong ? 10_000 : 200) {
      let changesBlobs = Shared(false)
      let draft = try mutated(&mutator, noting: changesBlobs)
      let answers = try await Answers(draft.bytes()).all()
      let codes = Set(answers.map { $0.error?.code })
      // In which order compressed blobs stand, and what files have, the body alone shows; some of it the file's end.
      let isOfFile = draft.index.carriedFiles.contains { file in
        answers.contains { $0.name == "verify" && $0.error?.problem.contains(file.digest.hex) == true }
      }
      let isOfBody =
        changesBlobs.with(\.self)
        && answers.allSatisfy { answer in
          switch answer.name {
          // Nobody asks it for the file.
          case "layout" where isOfFile: [nil, .corrupt].contains(answer.error?.code)
          case "verify", "layout", "directory": answer.error?.code == .corrupt
          // It reads the head and the end.
          case "dry run": [nil, .corrupt].contains(answer.error?.code)
          default: answer.error == nil
          }
        }
      #expect(codes == [nil] || codes == [.corrupt] || isOfBody, "\(label), \(number): \(answers)")
      if codes == [nil] { accepted += 1 }
    }
    print("mutations of bundles: \(label), \(accepted) accepted")
    #expect(accepted > 0, "\(label)")
  }

  /// The sample with one part changed: its index, a manifest or a template.
  ///
  /// - Parameter changesBlobs: Becomes whether the index lists other blobs than there are.
  private func mutated(_ mutator: inout JSONMutator, noting changesBlobs: Shared<Bool>) throws -> BundleDraft {
    var draft = HostileBundle.sample
    switch mutator.number(below: 4) {
    case 0:
      let seed = UInt64(mutator.number(below: .max))
      draft.change = { tree in
        var mutator = JSONMutator(seed: seed)
        let changed = mutator.mutated(tree)
        changesBlobs.with { $0 = changed["blobs"] != tree["blobs"] }
        return changed
      }
    case 1:
      let file = draft.index.files[mutator.number(below: draft.index.files.count)]
      draft.addFile(file.path, mutated(draft.contents[file.digest] ?? [], &mutator))
    default:
      let manifests = draft.index.metadata.filter(\.mediaType.isManifest)
      let digest = manifests[mutator.number(below: manifests.count)].digest
      let tree = try JSONReader.value(draft.contents[digest] ?? [], source: "a manifest")
      draft.replace(digest, with: JSONWriter.bytes(of: mutator.mutated(tree)))
    }
    return draft
  }

  /// A template with one line changed.
  private func mutated(_ template: [UInt8], _ mutator: inout JSONMutator) -> String {
    var lines = String(decoding: template, as: UTF8.self).split(separator: "\n").map(String.init)
    let place = mutator.number(below: lines.count)
    switch mutator.number(below: 5) {
    case 0: lines.remove(at: place)
    case 1: lines.insert(lines[mutator.number(below: lines.count)], at: place)
    case 2: lines[place] = "  \(lines[place])"
    case 3: lines.insert("---", at: place)
    default: lines[place] = lines[place].replacing("e", with: "E")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

/// What every command that reads a head says of one bundle.
private struct Answers {
  private let directory: TemporaryDirectory
  private let bundle: String
  private let trust: TrustOptions
  private let access: RegistryAccess

  init(_ bytes: [UInt8]) throws {
    directory = try TemporaryDirectory()
    bundle = directory("a.tar.zst")
    var trust = TrustOptions()
    trust.allowUnsigned = true
    self.trust = trust
    access = RegistryAccess(environment: ["TMPDIR": directory.path])
    try FileSystem.write(bytes, to: bundle)
  }

  /// The commands that need a target that can be reached.
  static let ofTarget: Set = ["layout", "directory"]

  func all() async throws -> [(name: String, error: SealiftError?)] {
    let target = "registry.local:5000/a/b"
    return [
      ("verify", try await error { try await proven() }),
      (
        "inspect",
        try await error {
          let options = InspectOptions(temporaryDirectory: directory.path)
          _ = try inspect(BundlePlaces(bundle), trust: TrustOptions(), options, reporter: SilentReporter())
        }
      ),
      ("sign", try await error { try signed() }),
      ("delete", try await error { try await deleted() }),
      ("manifests", try await error { try await unpacked(target) { $0.clusterManifests = manifests } }),
      (
        "dry run",
        try await error {
          try await unpacked(target) {
            $0.isDryRun = true
            $0.maxNestedPaths = 3
          }
        }
      ),
      ("layout", try await error { try await unpacked("oci:\(directory("layout"))") }),
      (
        "directory",
        try await error {
          try await unpacked("file://\(directory("mirror"))") { $0.files = directory("files") }
        }
      ),
    ]
  }

  private func error(_ body: () async throws -> Void) async throws -> SealiftError? {
    do {
      try await body()
      return nil
    } catch let error as SealiftError { return error }
  }

  private var manifests: ClusterManifestOptions {
    var manifests = ClusterManifestOptions(directory: directory("manifests"))
    manifests.isOnly = true
    return manifests
  }

  private func proven() async throws {
    _ = try await verify(
      BundlePlaces(bundle), trust: trust, releaseTrust: ReleaseTrustOptions(environment: [:]),
      reporter: SilentReporter())
  }

  private func signed() throws {
    let key = directory("signer.key")
    try FileSystem.write(TinyBundle.exampleKeyPEM, to: key)
    let file = KeyFile(path: key) { () throws(SealiftError) in [] }
    _ = try sign(BundlePlaces(bundle), key: file, detached: directory("a.sig"), reporter: SilentReporter())
  }

  private func unpacked(_ target: String, _ change: (inout UnpackOptions) -> Void = { _ in }) async throws {
    var options = UnpackOptions(bundle: BundlePlaces(bundle), target: target, trust: trust, registry: access)
    options.parallel = 2
    change(&options)
    _ = try await unpack(options, reporter: SilentReporter())
  }

  /// What is asked for may be what was changed: then the bundle is sound and does not have it.
  private func deleted() async throws {
    let text = """
      apiVersion: mirror.openshift.io/v2alpha1
      kind: DeleteImageSetConfiguration
      delete:
        platform:
          channels:
          - name: stable-4.18
            full: true
      """
    try FileSystem.write(Array(text.utf8), to: directory("delete.yaml"))
    let options = DeletionOptions(
      list: directory("list.yaml"), target: "registry.local:5000/a", trust: trust, registry: access)
    do {
      _ = try await generateDeletion(directory("delete.yaml"), bundles: [bundle], options, reporter: SilentReporter())
    } catch let error as SealiftError where error.code == .configuration {}
  }
}

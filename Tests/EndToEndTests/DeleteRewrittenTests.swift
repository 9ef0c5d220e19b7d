import Diagnostics
import Digests
import JSON
import OCI
import SystemIO
import TestSupport
import Testing

/// Lists that were made anew at a target, under another digest than the bundle has, go and stay as all else does.
@Suite(
  .enabled(if: RegistryServer.program != nil, "\(RegistryServer.reason)"),
  .enabled(if: hasTool("skopeo"), "skopeo is not installed"))
struct DeleteRewrittenTests {
  private let job: DeletionJob
  private let amd: Descriptor
  private let multi: Descriptor

  init() throws {
    job = try DeletionJob()
    amd = try job.layout.image([job.layout.layer(seed: 1, size: 500)])
    multi = try job.layout.index(
      [amd, job.layout.image([job.layout.layer(seed: 2, size: 500)], architecture: "arm64")])
    for tag in ["v1", "stable"] { try job.add(multi, "team/multi:\(tag)") }
  }

  private var storage: RegistryStorage { RegistryStorage(job.target) }

  /// Packs the list under a tag for amd64 alone, and unpacks it with its list made anew.
  ///
  /// - Returns: The digest of that.
  @discardableResult
  private func bring(_ name: String, tag: String) throws -> Digest {
    let config = """
      kind: ImageSetConfiguration
      apiVersion: mirror.openshift.io/v2alpha1
      mirror:
        additionalImages:
        - name: \(job.source.address)/team/multi:\(tag)
          platforms: [{os: linux, architecture: amd64}]

      """
    try File(job.directory("isc.yaml"), .replace).write(Array(config.utf8))
    try Program.succeed([
      "pack", "-c", job.directory("isc.yaml"), "--key", job.key.privatePath, "--src-tls-verify=false", "-o",
      job.bundle(name),
    ])
    try Program.succeed([
      "unpack", job.bundle(name), "\(job.target.address)/mirror", "--trust", job.key.publicPath,
      "--dest-tls-verify=false", "--rewrite-lists", "--receipt", job.receipt(name),
    ])
    return try #require(storage.digest(of: tag, in: "mirror/team/multi"))
  }

  @Test func theBundleFindsThem() throws {
    let made = try bring("old", tag: "v1")
    try #require(made != multi.digest)
    try Program.succeed(job.generate(images: ["team/multi:v1"], of: ["old"], keeping: []))
    for digest in [made, multi.digest] { #expect(try job.listText().contains("team/multi@\(digest)")) }
    let done = try job.executed(keeping: [])
    #expect(done["deleted"] == .integer(2) && done["absent"] == .integer(1), "\(done)")
    #expect(try storage.allTags() == [] && !storage.hasManifest(made, in: "mirror/team/multi"))
    #expect(!storage.hasManifest(amd.digest, in: "mirror/team/multi"))
  }

  @Test(arguments: [false, true]) func whatElseHasThemKeepsThem(isReceipt: Bool) throws {
    let made = try bring("old", tag: "v1")
    // A list without anyone who keeps it is made before the other bundle comes.
    try Program.succeed(job.generate(images: ["team/multi:v1"], of: ["old"], keeping: []))
    try bring("new", tag: "stable")
    let kept = isReceipt ? job.receipt("new") : job.bundle("new")
    let late = try Program.run(job.execute(keeping: [kept]) + ["--trust", job.key.publicPath])
    #expect(late.status == 78 || late.status == 2, "\(late.errors)")
    try job.pull("team/multi:stable")

    let generated = try Program.succeed(job.generate(images: ["team/multi:v1"], of: ["old"], keeping: [kept]))
    let reference = "docker://\(job.target.address)/mirror/team/multi@\(made)"
    #expect(generated.output.contains(reference), "\(generated.output)")
    let text = try job.listText()
    #expect(
      !text.contains("- imageName: \(job.source.address)/team/multi:v1\n  imageReference: \(reference)"), "\(text)")
    let done = try Program.run(job.execute(keeping: [kept]) + ["--trust", job.key.publicPath])
    #expect([0, 2].contains(done.status), "\(done.errors)")
    try job.pull("team/multi:stable")
    #expect(storage.digest(of: "stable", in: "mirror/team/multi") == made)
  }

  @Test func aTagThatNobodyKnowsStopsIt() throws {
    let made = try bring("old", tag: "v1")
    try storage.add(amd, from: job.layout, to: "mirror/team/multi", tag: "mine")
    try Program.succeed(job.generate(images: ["team/multi:v1"], of: ["old"], keeping: []))
    let known = try Program.run(job.execute(keeping: []))
    #expect(known.status == 78 && known.errors.contains("mirror/team/multi:mine stands for \(amd.digest) too"))
    #expect(storage.digest(of: "v1", in: "mirror/team/multi") == made)
    // Another image under the tag, too.
    try storage.add(amd, from: job.layout, to: "mirror/team/multi", tag: "v1")
    let moved = try Program.run(job.execute(keeping: []))
    #expect(moved.status == 78 && moved.errors.contains("nothing is deleted"), "\(moved.errors)")
  }
}

import Diagnostics
import Digests
import JSON
import SystemIO
import TestSupport
import Testing

/// Releases that share components go one by one.
@Suite(.enabled(if: ReleaseWorld.isPossible, "\(ReleaseWorld.reason)"))
struct DeleteReleaseTests {
  private let job: ReleaseJob
  private let target: RegistryServer

  init() throws {
    job = try ReleaseJob()
    var options = RegistryServer.Options()
    options.allowsDelete = true
    target = try RegistryServer(options)
  }

  private func delete(_ platform: String, _ more: String...) throws -> [String] {
    let text = "kind: DeleteImageSetConfiguration\napiVersion: mirror.openshift.io/v2alpha1\ndelete:\n  platform:\n"
    try File(job.directory("delete.yaml"), .replace).write(Array("\(text)    \(platform)\n".utf8))
    return [
      "delete", "--generate", job.directory("list.yaml"), "-c", job.directory("delete.yaml"), "--trust",
      job.key.publicPath, "--bundle", job.bundle,
    ] + more + [target.address]
  }

  private func execute(_ more: String...) -> [String] {
    ["delete", "--execute", job.directory("list.yaml"), "--dest-tls-verify=false", target.address] + more
  }

  @Test func olderReleasesGoAndWhatTheyShareWithTheRestOfTheirBundleStays() throws {
    try job.configure("stable-4.16", "4.16.0"..."4.16.3")
    try Program.succeed(job.pack())
    try Program.succeed(job.unpack(to: target.address))
    let generated = try Program.succeed(
      delete("channels: [{name: stable-4.16, minVersion: 4.16.0, maxVersion: 4.16.1}]", "--no-keep", "--json"))
    let plan = try JSONReader.value(Array(generated.output.utf8), source: "the plan")
    #expect(plan["types"]?["ocpRelease"]?.integer == 2, "\(plan)")
    try Program.succeed(execute("--no-keep"))
    try target.collectGarbage()

    let tags = try RegistryStorage(target).allTags()
    let left = try job.expectedTags(["4.16.2", "4.16.3"])
    #expect(Set(tags).isSuperset(of: left))
    // What else is there is shared with what stays.
    let digests = Set(left.compactMap { $0.split(separator: " ").last })
    #expect(tags.allSatisfy { digests.contains($0.split(separator: " ")[1]) })
    let gone = try ["4.16.0", "4.16.1"].flatMap { version in
      let release = try job.world.release(version)
      return [release.digest] + release.components.values
    }.filter { !digests.contains(Substring($0.description)) }
    #expect(gone.count > 2)
    for digest in gone { #expect(!FileSystem.exists(RegistryStorage(target).path(of: digest))) }
    // They are as whole as they were: all of it is found, and nothing is sent.
    let again = try Program.succeed(job.unpack(to: target.address, "--receipt", job.directory("again.json")))
    #expect(again.status == 0)
  }

  @Test func componentsThatALaterBundleSharesStay() throws {
    try job.configure("stable-4.16", "4.16.3"..."4.16.3")
    try Program.succeed(job.pack())
    try Program.succeed(job.unpack(to: target.address, "--receipt", job.directory("new.json")))
    try runOrFail("rm", [job.bundle])
    try job.configure("stable-4.16", "4.16.0"..."4.16.2")
    try Program.succeed(job.pack())
    try Program.succeed(job.unpack(to: target.address))
    let kept = ["--keep", job.directory("new.json")]
    try Program.succeed(delete("channels: [{name: stable-4.16, full: true}]") + kept)
    try Program.succeed(execute() + kept)
    try target.collectGarbage()
    let storage = RegistryStorage(target)
    let left = try job.expectedTags(["4.16.3"])
    #expect(Set(try storage.allTags()).isSuperset(of: left))
    for line in left {
      let words = line.split(separator: " ")
      let digest = try Digest(String(words[1]))
      #expect(storage.hasManifest(digest, in: String(words[0].prefix { $0 != ":" })))
      #expect(FileSystem.exists(storage.path(of: digest)))
    }
    #expect(try storage.digest(of: job.world.release("4.16.0").tag, in: "openshift/release-images") == nil)
  }

  @Test func whatNoBundleHasIsNamed() throws {
    try job.configure("stable-4.16", "4.16.0"..."4.16.1")
    try Program.succeed(job.pack())
    for (platform, words, next) in [
      ("channels: [{name: stable-4.16, minVersion: 4.16.7, maxVersion: 4.16.9}]", "no bundle has", "4.16.0 amd64"),
      ("channels: [{name: stable-4.16, full: true}]\n    architectures: [arm64]", "arm64", "4.16.0 amd64"),
      ("channels: [{name: stable-4.16}]", "which versions to delete", "full: true"),
      ("channels: [{name: stable-4.16, maxVersion: 4.16.1, shortestPath: true}]", "shortestPath", "remove it"),
      ("channels: [{name: stable, minVersion: 4.16.0}]", "no first and last version", "maxVersion"),
      ("release: quay.io/a/b:c", "quay.io/a/b:c", "4.16.0 amd64"), ("graph: true", "graph data", "remove"),
    ] {
      expectFailure(try Program.run(delete(platform, "--no-keep")), .configuration, words, next: next)
    }
  }
}

import Digests
import SystemIO
import TestSupport
import Testing

/// That the sample releases are what the other tests take them for.
@Suite(.enabled(if: ReleaseWorld.isPossible, "\(ReleaseWorld.reason)"))
struct ReleaseWorldTests {
  private let world: ReleaseWorld

  init() throws { world = try ReleaseWorld.shared() }

  @Test func everyReleaseIsInTheRegistry() throws {
    let storage = RegistryStorage(world.registry)
    #expect(world.releases.count == 18)
    for release in world.releases {
      #expect(storage.digest(of: release.tag, in: "openshift-release-dev/ocp-release") == release.digest)
      #expect(release.components.count == 6)
      for digest in release.components.values + release.bootImages {
        #expect(FileSystem.exists(storage.path(of: digest)), "\(release.tag)")
      }
    }
  }

  @Test func versionsShareMostComponents() throws {
    let (first, second) = (try world.release("4.16.0").components, try world.release("4.16.1").components)
    #expect(first.count { second[$0.key] == $0.value } == 5)
  }

  @Test func theReleaseKeyHasSignedEveryWholeRelease() throws {
    let directory = try TemporaryDirectory()
    try runOrFail("gpg", ["--dearmor", "--output", directory("key.gpg"), world.releaseKey])
    for release in world.releases where !release.version.hasPrefix("4.18.") {
      let number = release.version == "4.16.3" ? 2 : 1
      let signature = world.path("signatures/sha256=\(release.digest.hex)/signature-\(number)")
      let text = try runOrFail(
        "gpgv", ["--keyring", directory("key.gpg"), "--output", "-", signature])
      #expect(text.contains(release.digest.description))
    }
  }
}

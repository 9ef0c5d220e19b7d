import BundleFormat
import TestSupport
import Testing

/// What the index says of profiles.
struct ProfileTests {
  @Test("An index names the profiles of its files and manifests, sorted, each once")
  func union() throws {
    var index = try TinyBundle.example.index
    #expect(index.profiles == ["edge", "hub"])
    index.carriedFiles[0].profiles = ["a", "z"]
    #expect(index.profiles == ["a", "edge", "hub", "z"])
    index.carriedFiles = []
    index.carriedObjects = []
    #expect(index.profiles.isEmpty)
  }

  @Test("A target is given what belongs to its profile, and what belongs to all")
  func applies() {
    var manifest = BundleIndex.CarriedObject(path: "config/A/b.yaml", profiles: ["edge", "hub"], source: "b.yaml")
    #expect(manifest.applies(to: "hub"))
    #expect(!manifest.applies(to: "other"))
    #expect(!manifest.applies(to: nil))
    manifest.profiles = []
    #expect(manifest.applies(to: "hub"))
    #expect(manifest.applies(to: nil))
  }

  @Test("A profile's name is a DNS label")
  func names() {
    for name in ["a", "0", "hub", "managed-cluster-1", "a--b", String(repeating: "n", count: 63)] {
      #expect(BundleIndex.isProfile(name), "\(name)")
    }
    for name in ["", "-", "a-", "-a", "A", "a.b", "a_b", "a b", "\u{e4}", String(repeating: "n", count: 64)] {
      #expect(!BundleIndex.isProfile(name), "\(name)")
    }
  }

  @Test("The names that real files have are names of carried files, and of tools")
  func files() {
    for name in ["oc-4.18.tar.gz", "rhcos_4.18+build~1.iso", "libstdc++.so.6", "a@b=c", "0"] {
      #expect(BundleIndex.CarriedFile.isName(name), "\(name)")
      #expect(BundleIndex.Tool.isPath("lib/x86_64/\(name)"), "\(name)")
    }
  }
}

@testable import CatalogImages
@testable import Content

import Layers
import OCI
import Testing

/// Where the cache of a catalog image lies, and what hides it.
@Suite("Caches of catalog images")
struct CatalogCacheTests {
  private func cache(_ command: [String], entrypoint: [String] = ["/bin/opm"]) -> CatalogCache? {
    CatalogCache(
      ImageConfig.Process(
        labels: [:], entrypoint: entrypoint, command: command, platform: Platform(os: "linux", architecture: "amd64")))
  }

  @Test(arguments: [
    (["serve", "/configs", "--cache-dir=/tmp/cache"], "tmp/cache"),
    (["serve", "--cache-dir", "/tmp/cache/", "/configs"], "tmp/cache"),
    (["serve", "--cache-dir=/cache"], "cache"), (["--cache-dir=/a", "--cache-dir=/var/cache/opm"], "var/cache/opm"),
    (["serve", "--cache-dir=/tmp//./x"], "tmp/x"),
  ])
  func found(command: [String], path: String) {
    #expect(cache(command)?.path == path)
    #expect(cache([], entrypoint: command)?.path == path)
  }

  @Test(arguments: [
    "", "/", "/tmp", "/var/cache", "/usr", "/usr/share/cache", "/etc/opm", "relative", "/tmp/../bin", "/bin", "/.wh.x",
    "/a/b",
  ])
  func nothingElseIsHidden(path: String) {
    #expect(cache(["serve", "--cache-dir=\(path)"]) == nil)
    #expect(cache(["serve", "--cache-dir", path]) == nil)
    #expect(cache(["serve", "/configs", "--cache-directory=/tmp/x"]) == nil)
    #expect(cache(["serve", "--cache-dir"]) == nil)
  }

  @Test func aCatalogThatStartsSlowlyIsNoted() {
    #expect(SlowStart.note("a", SlowStart.bytes) == nil)
    let note = SlowStart.note("a", 80 << 20) ?? ""
    #expect(note.hasPrefix("a: its 80") && note.contains("of documents are read anew"), "\(note)")
  }

  @Test func whatIsAboveKeepsItsMode() {
    let entries = cache(["--cache-dir=/var/tmp/x"])?.entries ?? []
    #expect(entries.map(\.path) == ["var", "var/tmp", "var/tmp/x"])
    #expect(entries.map(\.mode) == [0o755, 0o1777, nil])
  }
}

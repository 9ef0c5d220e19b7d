import Configuration
import Diagnostics
import Testing

/// The rules of containers-registries.conf(5).
struct RegistryMirrorsTests {
  private func read(_ texts: String...) throws(SealiftError) -> RegistryMirrors {
    var mirrors = RegistryMirrors()
    for (number, text) in texts.enumerated() { try mirrors.add(Array(text.utf8), source: "f\(number).conf") }
    return mirrors
  }

  private func names(_ mirrors: RegistryMirrors, _ name: String, byDigest: Bool = true) throws -> [String] {
    let parts = name.split(separator: "/", maxSplits: 1).map(String.init)
    return try mirrors.endpoints(parts[0], parts[1], byDigest: byDigest).map {
      "\($0.host)/\($0.repository)" + ($0.isInsecure ? " insecure" : "")
    }
  }

  private static let text = """
    unqualified-search-registries = ["registry.access.redhat.com", "docker.io"]
    short-name-mode = "permissive"
    [aliases]
    "alpine" = "docker.io/library/alpine"

    [[registry]]
    location = "quay.io"
    [[registry.mirror]]
    location = "enclave.local:5000/quay"
    insecure = true
    [[registry.mirror]]
    location = "second.local"

    [[registry]]
    prefix = "quay.io/team"
    location = "internal.local/other/team"
    mirror-by-digest-only = true
    [[registry.mirror]]
    location = "third.local/team/"

    [[registry]]
    prefix = "*.example.com"
    [[registry.mirror]]
    location = "wild.local/all"
    pull-from-mirror = "tag-only"
    [[registry.mirror]]
    location = "wild.local/digests"
    pull-from-mirror = "digest-only"
    """

  @Test(
    "The longest prefix counts; mirrors come in order, and then the location",
    arguments: [
      ("quay.io/a/b", true, ["enclave.local:5000/quay/a/b insecure", "second.local/a/b", "quay.io/a/b"]),
      ("quay.io/a/b", false, ["enclave.local:5000/quay/a/b insecure", "second.local/a/b", "quay.io/a/b"]),
      ("quay.io/team/app", true, ["third.local/team/app", "internal.local/other/team/app"]),
      ("quay.io/team/app", false, ["internal.local/other/team/app"]),
      (
        "quay.io/teams/app", true,
        ["enclave.local:5000/quay/teams/app insecure", "second.local/teams/app", "quay.io/teams/app"]
      ),
      ("a.b.example.com/x", false, ["wild.local/all/x", "a.b.example.com/x"]),
      ("a.b.example.com/x", true, ["wild.local/digests/x", "a.b.example.com/x"]),
      ("example.com/x", true, ["example.com/x"]), ("other.io/x", true, ["other.io/x"]),
      ("quay.io:443/a", true, ["quay.io:443/a"]),
    ])
  func chooses(_ name: String, byDigest: Bool, expected: [String]) throws {
    #expect(try names(read(Self.text), name, byDigest: byDigest) == expected)
  }

  @Test("A later file has the last word on a prefix")
  func overrides() throws {
    let mirrors = try read(
      Self.text, "[[registry]]\nlocation = \"quay.io\"\n[[registry.mirror]]\nlocation = \"new.local\"")
    #expect(try names(mirrors, "quay.io/a") == ["new.local/a", "quay.io/a"])
    #expect(try names(mirrors, "quay.io/team/a") == ["third.local/team/a", "internal.local/other/team/a"])
    #expect(mirrors.concerns("quay.io", "a") && !mirrors.concerns("docker.io", "library/a"))
  }

  @Test("What is blocked is named with its place, also in the older form")
  func blocked() throws {
    let mirrors = try read(
      "[[registry]]\nlocation = \"quay.io/bad\"\nblocked = true",
      "[registries.search]\nregistries = ['docker.io']\n[registries.insecure]\nregistries = ['lab.local:5000']\n"
        + "[registries.block]\nregistries = ['evil.io']")
    let error = try #require(throws: SealiftError.self) { try names(mirrors, "quay.io/bad/app") }
    #expect(error.problem == "f0.conf:1: quay.io/bad/app is blocked here")
    #expect(error.code == .configuration)
    #expect(throws: SealiftError.self) { try names(mirrors, "evil.io/app") }
    #expect(try names(mirrors, "lab.local:5000/app") == ["lab.local:5000/app insecure"])
    #expect(try names(mirrors, "quay.io/good/app") == ["quay.io/good/app"])
  }

  @Test(
    "What is wrong is named with its line",
    arguments: [
      ("[[registry]]\nblocked = true", "1: a registry has neither a prefix nor a location"),
      ("[[registry]]\nprefix = 'a.b'", "1: the registry 'a.b' has no location"),
      ("[[registry]]\nlocation = 'https://a.b'", "2: 'https://a.b' has a scheme"),
      ("[[registry]]\nlocation = '-/x'", "2: '-/x' does not begin with the name of a host"),
      ("[[registry]]\nprefix = 'a.b/c:d'\nlocation = 'e'", "1: the prefix 'a.b/c:d' names an image"),
      (
        "[[registry]]\nlocation = 'a.b'\ninsecure = 'yes'",
        "3: true or false, without quotes, is wanted here, and this is 'yes'"
      ),
      ("[[registry]]\nlocation = 'a.b'\n[[registry.mirror]]\ninsecure = true", "3: a mirror has no location"),
      (
        "[[registry]]\nlocation = 'a.b'\n[[registry.mirror]]\nlocation = 'c'\npull-from-mirror = 'never'",
        "5: pull-from-mirror is 'never', and not one of all, digest-only and tag-only"
      ),
      (
        "[[registry]]\nlocation = 'a.b'\nmirror-by-digest-only = true\n[[registry.mirror]]\nlocation = 'c'\n"
          + "pull-from-mirror = 'all'", "6: pull-from-mirror has no meaning beside mirror-by-digest-only = true"
      ),
      ("[registry]\nlocation = 'a.b'", "1: an array is wanted here, and this is a table"),
    ])
  func refuses(_ text: String, _ problem: String) throws {
    let error = try #require(throws: SealiftError.self) { try read(text) }
    #expect(error.problem == "f0.conf:\(problem)")
    #expect(error.code == .configuration)
  }

  @Test func mixedVersionsAndUnknownKeysAreNamed() throws {
    let error = try #require(throws: SealiftError.self) {
      try read("[[registry]]\nlocation = 'a.b'\n[registries.block]\nregistries = ['c']")
    }
    #expect(error.problem == "f0.conf mixes version 1 and version 2 of its format")
    let mirrors = try read("[[registry]]\nlocation = 'a.b'\nmirror-by-digset-only = true")
    #expect(mirrors.notes == ["f0.conf:3: 'mirror-by-digset-only' is not known here, and has no effect"])
  }

  @Test func aPlaceThatLeavesNoRepositoryIsNamed() throws {
    let mirrors = try read("[[registry]]\nprefix = 'a.b/c'\nlocation = 'd.e'")
    let error = try #require(throws: SealiftError.self) { try names(mirrors, "a.b/c") }
    #expect(error.problem == "f0.conf:1: a.b/c would be 'd.e', which names no repository")
    #expect(try names(mirrors, "a.b/c/d") == ["d.e/d"])
  }
}

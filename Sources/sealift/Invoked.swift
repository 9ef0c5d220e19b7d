internal import Diagnostics
internal import Glibc
internal import SystemIO

/// What the program was started with.
struct Invoked: Sendable {
  /// How the user calls it; `oc sealift` where `oc` started it.
  ///
  /// Source: kubectl and oc run `oc-NAME` from the `PATH` as the command `oc NAME`.
  let name: String
  let arguments: [String]
  let environment: [String: String]

  /// Whether colours are wanted.
  ///
  /// Source: no-color.org: any value of `NO_COLOR` but the empty one forbids them.
  var allowsColour: Bool { environment["NO_COLOR", default: ""].isEmpty }

  /// - Throws: `usage` for an argument that is not UTF-8, whose file would not be found under its repaired name.
  init() throws(SealiftError) {
    var words: [String] = []
    for (index, bytes) in ProcessStart.arguments().enumerated() {
      guard let word = String(validatingCString: bytes) else {
        throw SealiftError(
          .usage, "argument \(index) is not UTF-8: '\(String(cString: bytes))'", nextStep: "rename the file")
      }
      words.append(word)
    }
    let file = words.first.map { $0.split(separator: "/").last.map(String.init) ?? $0 }
    name = file == "oc-sealift" ? "oc sealift" : "sealift"
    arguments = Array(words.dropFirst())
    environment = Self.readEnvironment()
  }

  private static func readEnvironment() -> [String: String] {
    var environment: [String: String] = [:]
    var next = environ
    while let entry = next.pointee {
      let parts = String(cString: entry).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if parts.count == 2 { environment[String(parts[0])] = String(parts[1]) }
      next += 1
    }
    return environment
  }
}

import Diagnostics
import JSON
import OCI
import Release
import Versions

/// A graph that a test makes up; `text` is what an update service would send.
struct GraphFixture {
  var versions: [String]
  /// `FROM>TO`.
  var upgrades: [String] = []
  /// `FROM>TO` by the name of the risk.
  var conditional: [(risk: String, upgrades: [String])] = []

  var text: String {
    var writer = JSONWriter()
    writer.value(
      .object([
        .init("version", .integer(1)), .init("nodes", .array(versions.map(Self.node))),
        .init("edges", .array(upgrades.map(edge))),
        .init("conditionalEdges", .array(conditional.map { Self.group($0.risk, $0.upgrades) })),
      ]))
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  func graph() throws(SealiftError) -> UpdateGraph { try UpdateGraph(Array(text.utf8), source: "graph") }

  /// A payload whose digest differs for each version.
  static func payload(_ version: String) -> String {
    let hex = version.utf8.map { String($0, radix: 16) }.joined()
    return "quay.io/openshift-release-dev/ocp-release@sha256:"
      + String((hex + String(repeating: "0", count: 64)).prefix(64))
  }

  private static func node(_ version: String) -> JSONValue {
    .object([
      .init("version", .string(version)), .init("payload", .string(payload(version))),
      .init("metadata", .object([.init("url", .string("https://errata.example/\(version)"))])),
    ])
  }

  private func edge(_ text: String) -> JSONValue {
    .array(text.split(separator: ">").map { .integer(versions.firstIndex(of: String($0)) ?? -1) })
  }

  private static func group(_ risk: String, _ upgrades: [String]) -> JSONValue {
    .object([
      .init(
        "edges",
        .array(
          upgrades.map { text in
            let ends = text.split(separator: ">").map(String.init)
            return .object([.init("from", .string(ends[0])), .init("to", .string(ends[1]))])
          })),
      .init(
        "risks",
        .array([
          .object([
            .init("matchingRules", .array([.object([.init("type", .string("Always"))])])),
            .init("message", .string("\(risk) can happen.")), .init("name", .string(risk)),
            .init("url", .string("https://risks.example/\(risk)")),
          ])
        ])),
    ])
  }
}

/// A version that a test is sure of.
func version(_ text: String) throws -> SemanticVersion {
  guard let version = SemanticVersion(text) else {
    throw SealiftError(.internal, "\(text) is no version", nextStep: "look at the test")
  }
  return version
}

/// Steps as `FROM>TO`, `FROM?TO(RISK,…)` where conditional, `FROM|TO` where blocked.
func notation(_ steps: [UpgradeStep]) -> [String] {
  steps.map { step in
    switch step.kind {
    case .unconditional: "\(step.from)>\(step.to)"
    case .conditional(let risks): "\(step.from)?\(step.to)(\(risks.map(\.name).joined(separator: ",")))"
    case .blocked: "\(step.from)|\(step.to)"
    }
  }
}

/// A Helm chart that is at the target.
public struct CarriedChart: Sendable, Equatable {
  /// The name.
  public let name: String
  /// The version.
  public let version: String
  /// The repository's path, relative to the target.
  public let destination: String

  /// Makes one of the title that an index gives.
  ///
  /// - Parameters:
  ///   - title: The name, a space, and the version.
  ///   - destination: The repository's path.
  /// - Returns: `nil` for a title that could not stand in a command as it is.
  public init?(title: String, destination: String) {
    let parts = title.split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy(Self.isWord) else { return nil }
    (name, version) = (String(parts[0]), String(parts[1]))
    self.destination = destination
  }

  /// Source: Helm: names of charts have letters, digits, `-`, `.` and `_`, and versions plus signs too.
  private static func isWord(_ text: Substring) -> Bool {
    guard let first = text.utf8.first, first != UInt8(ascii: "-") else { return false }
    return text.unicodeScalars.allSatisfy { scalar in
      scalar.isASCII
        && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || "-._+".unicodeScalars.contains(scalar))
    }
  }
}

/// The part of `NEXT-STEPS.md` about Helm charts.
struct ChartSteps {
  let charts: [CarriedChart]
  let target: MirrorTarget

  /// The section; `nil` where there are no charts.
  var text: String? {
    if charts.isEmpty { return nil }
    let commands = charts.map { chart in
      "    helm install \(Self.releaseName(chart.name)) oci://\(target(chart.destination)) --version \(chart.version)\n"
    }
    return """
      ## Helm charts

      Log in once (`helm registry login \(target.registry)`), then install what you want, in a namespace of yours:

      \(commands.joined())
      The images that a chart names by tag are found through an ImageTagMirrorSet; where the cluster has none, set them \
      in the chart's values.

      """
  }

  /// Source: Helm: the name of a release is a DNS name.
  private static func releaseName(_ chart: String) -> String { chart.lowercased().replacing("_", with: "-") }
}

internal import Content
public import Diagnostics
internal import SystemIO
internal import YAML

/// The program `helm`, which renders charts.
public struct HelmProgram: Sendable {
  /// What came of rendering one chart.
  enum Rendering: Sendable {
    /// The objects that would be applied.
    case objects([YAMLValue])
    /// Why there are none: a clause.
    case failed(String)
  }

  /// The version, as it says itself.
  public let version: String
  private let program: InstalledProgram
  private let path: String?
  private let temporaryDirectory: String

  // It takes milliseconds, and seconds for the largest charts.
  private static let patience: Duration = .seconds(120)
  /// The greatest output; the largest charts render to some MB.
  private static let maximumOutput = 64 << 20
  /// How much of what it says of a failure is shown.
  private static let shownError = 300

  /// Looks for the program, and asks for its version; blocks.
  ///
  /// - Parameter environment: `PATH` of it counts, and `TMPDIR`.
  /// - Returns: `nil` if it is not installed.
  /// - Throws: `configuration` for a program that does not say its version; `storage`.
  public init?(environment: [String: String]) throws(SealiftError) {
    guard let program = InstalledProgram("helm", environment: environment) else { return nil }
    self.program = program
    path = environment["PATH"]
    temporaryDirectory = FileSystem.temporaryDirectory(environment)
    let home = try PrivateDirectory(in: temporaryDirectory)
    let arguments = ["version", "--template", "{{.Version}}"]
    let environment = Self.environment(home: home.path, path: path)
    let outcome = try program.run(arguments, environment: environment, limit: 4 << 10, patience: Self.patience)
    guard case .ended(let output) = outcome, output.status == 0 else {
      throw SealiftError(
        .configuration, "\(program.path) does not say its version",
        nextStep: "run `\(program.path) version`, and repair it or take it off the PATH")
    }
    version = String(decoding: output.output.filter { $0 > 0x20 && $0 < 0x7F }, as: UTF8.self)
  }

  /// Renders a chart with its own values; blocks.
  ///
  /// - Parameters:
  ///   - name: The name of the release, that of the chart.
  ///   - archive: The chart's bytes.
  /// - Throws: `storage`.
  func render(_ name: String, archive: [UInt8]) throws(SealiftError) -> Rendering {
    let home = try PrivateDirectory(in: temporaryDirectory)
    let chart = "\(home.path)/chart.tgz"
    try FileSystem.write(archive, to: chart, permissions: 0o600)
    let release = Self.releaseName(name)
    let outcome = try program.run(
      ["template", release, chart], environment: Self.environment(home: home.path, path: path),
      limit: Self.maximumOutput, patience: Self.patience)
    switch outcome {
    case .tookTooLong: return .failed("helm did not end within \(Self.patience)")
    case .wroteTooMuch: return .failed("it renders to more than \(Self.maximumOutput.asBytes)")
    case .ended(let output):
      guard output.status == 0 else {
        let words = String(decoding: output.errors, as: UTF8.self).split(whereSeparator: \.isNewline)
        let error = words.last { $0.hasPrefix("Error") } ?? words.last ?? "it gave no reason"
        return .failed("helm failed: \(error.prefix(Self.shownError))")
      }
      return Self.read(output.output, name)
    }
  }

  private static func read(_ output: [UInt8], _ name: String) -> Rendering {
    var dialect = YAMLDialect.lenient
    dialect.maxBytes = maximumOutput
    do throws(SealiftError) {
      let name = "the rendered chart \(name)"
      return .objects(try YAMLReader.documents(output, source: name, code: .protocol, dialect: dialect).map(\.value))
    } catch {
      return .failed("what helm wrote cannot be read: \(error.problem)")
    }
  }

  /// A name that Helm takes: that of a chart can have dots in a row, or be longer.
  ///
  /// Source: Helm, pkg/chartutil, `ValidateReleaseName`: a DNS name of at most 53 characters.
  private static func releaseName(_ chart: String) -> String {
    let name = chart.lowercased().prefix(53).map { $0.isLetter || $0.isNumber ? $0 : "-" }
    return String(String(name.drop { $0 == "-" }.reversed().drop { $0 == "-" }.reversed()))
  }

  /// Neither the user's plugins and repositories nor a cluster have a part in what is rendered.
  private static func environment(home: String, path: String?) -> [String: String] {
    var environment = [
      "HOME": home, "HELM_CACHE_HOME": home, "HELM_CONFIG_HOME": home, "HELM_DATA_HOME": home, "LC_ALL": "C",
      "KUBECONFIG": "/dev/null",
    ]
    environment["PATH"] = path
    return environment
  }
}

internal import Diagnostics
internal import SystemIO

/// Where the dynamic linker finds the libraries of a program that is not running.
struct ListedLibraries {
  private static let patience: Duration = .seconds(60)
  // A line for each library.
  private static let maximumOutput = 1 << 20

  private var paths: [String: String] = [:]

  /// Asks the dynamic linker; blocks.
  ///
  /// Source: ld.so(8), `--list`.
  ///
  /// - Parameters:
  ///   - linker: Its path.
  ///   - directory: Where it looks first.
  init(of program: String, linker: String, directory: String?) throws(SealiftError) {
    let first = directory.map { ["--library-path", $0] } ?? []
    let asked = InstalledProgram(
      FileSystem.name(of: linker), environment: ["PATH": FileSystem.parent(of: linker)])
    guard
      case .ended(let output) = try asked?.run(
        first + ["--list", program], environment: ["LC_ALL": "C"], limit: Self.maximumOutput, patience: Self.patience),
      output.status == 0
    else {
      throw SealiftError(
        .configuration, "\(linker) does not list the libraries of \(program)",
        nextStep: "run `ldd \(program)` by hand: it says what is missing")
    }
    for line in String(decoding: output.output, as: UTF8.self).split(separator: "\n") {
      guard let arrow = line.firstRange(of: " => "), let end = line.lastRange(of: " (0x") else { continue }
      let name = line[..<arrow.lowerBound].drop { $0 == "\t" || $0 == " " }
      if arrow.upperBound < end { paths[String(name)] = SystemLibraries.general(String(line[arrow.upperBound..<end])) }
    }
  }

  /// Where the library of a name is.
  subscript(name: String) -> String? { paths[name] }
}

extension Substring {
  /// Where a text begins for the last time.
  fileprivate func lastRange(of text: String) -> Index? { ranges(of: text).last?.lowerBound }
}

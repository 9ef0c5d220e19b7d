public import BundleFormat
public import Diagnostics
internal import Digests
internal import SystemIO

/// The directory beside a bundle that holds the program itself.
public struct ToolDirectory: Sendable {
  /// The name of the text that says how to begin.
  public static let startName = "START-HERE.txt"

  /// The path.
  public let path: String

  /// - Parameter bundle: The path of the bundle: `NAME.tar.zst` has `NAME.sealift` beside it.
  public init(beside bundle: String) {
    let suffix = ".tar.zst"
    let hasStem = bundle.hasSuffix(suffix) && FileSystem.name(of: bundle) != suffix
    path = (hasStem ? String(bundle.dropLast(suffix.count)) : bundle) + ".sealift"
  }

  /// Proves that the directory holds the files that an index lists, and no others.
  ///
  /// - Returns: `false` if there is no such directory.
  /// - Throws: `corrupt`, with the first file that is missing, differs, or is not listed.
  public func prove(_ tools: [BundleIndex.Tool]) throws(SealiftError) -> Bool {
    guard try FileSystem.kind(of: path) == .directory else { return false }
    let found = try FileSystem.contents(ofTree: path, limit: BundleIndex.Tool.maximumCount)
    let listed = tools.map(\.path)
    for path in found where !Set(listed).contains(path) {
      throw damaged("\(self.path) holds \(path), which the bundle does not list")
    }
    for tool in tools {
      let file = "\(path)/\(tool.path)"
      guard try FileSystem.kind(of: file) == .file else { throw damaged("\(file) is missing") }
      guard try File(file, .read).size() == tool.size,
        SHA256Hasher.digest(of: try FileSystem.read(file, limit: tool.size)) == tool.digest
      else { throw damaged("\(file) is not the file that the bundle lists") }
    }
    return true
  }

  private func damaged(_ problem: String) -> SealiftError {
    SealiftError(.corrupt, problem, nextStep: "run nothing of \(path), and get a fresh copy of it")
  }
}

internal import BundleFormat
internal import Diagnostics
internal import Digests

/// The texts of the cluster manifests that somebody asks for.
struct ShownTemplates {
  // More than anybody reads: what is larger is asked for piece by piece.
  private static let maximumBytes = 64 << 20

  private let files: [BundleIndex.HeadFile]
  private var contents: [Digest: [UInt8]] = [:]

  /// - Parameter wanted: Paths of files or of directories in the bundle, or kinds of objects.
  /// - Throws: `notFound` if one of them names nothing, `usage` if they are too much.
  init(_ wanted: [String], of index: BundleIndex) throws(SealiftError) {
    let all = index.templateFiles
    var paths: Set<String> = []
    for name in wanted {
      let found = all.filter { Self.file($0, isNamedBy: name) }
      guard !found.isEmpty else {
        throw SealiftError(
          .notFound, "the bundle has no manifest \(name)",
          nextStep: "look at what `sealift inspect` lists without --show: name config/KIND/NAME.yaml, a kind, or "
            + "config/ for all")
      }
      paths.formUnion(found.map(\.path))
    }
    files = all.filter { paths.contains($0.path) }
    guard files.reduce(0, { $0 + $1.size }) <= Self.maximumBytes else {
      throw SealiftError(
        .usage, "the manifests have more than \(Self.maximumBytes.asBytes)", nextStep: "ask for them kind by kind")
    }
  }

  /// Takes the content of a manifest.
  mutating func add(_ digest: Digest, _ bytes: [UInt8]) {
    if files.contains(where: { $0.digest == digest }) { contents[digest] = bytes }
  }

  /// The one text; of several, each below a comment with its path, so that they are one YAML stream; `nil` for none.
  func text() throws(SealiftError) -> String? {
    guard files.count > 1 else { return try files.first.map { file throws(SealiftError) in try text(of: file) } }
    var all = ""
    for file in files {
      let text = try text(of: file)
      all += "---\n# \(file.path)\n\(text)\(text.hasSuffix("\n") ? "" : "\n")"
    }
    return all
  }

  private func text(of file: BundleIndex.HeadFile) throws(SealiftError) -> String {
    guard let text = String(validating: contents[file.digest] ?? [], as: UTF8.self) else {
      throw SealiftError(.corrupt, "\(file.path) is no text", nextStep: "pack the bundle again")
    }
    return text
  }

  private static func file(_ file: BundleIndex.HeadFile, isNamedBy name: String) -> Bool {
    let directory = name.hasSuffix("/") ? name : "\(name)/"
    return file.path == name || file.path.hasPrefix(directory) || file.kind == name
  }
}

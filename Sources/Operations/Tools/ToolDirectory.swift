internal import BundleFormat
internal import Diagnostics
internal import Digests
internal import SystemIO

/// The directory beside a bundle that holds the program itself.
struct ToolDirectory: Sendable {
  /// The path.
  let path: String

  private var partialPath: String { path + ".partial" }

  /// - Parameter bundle: The path of the bundle: `NAME.tar.zst` has `NAME.sealift` beside it.
  init(beside bundle: String) {
    let suffix = ".tar.zst"
    let hasStem = bundle.hasSuffix(suffix) && FileSystem.name(of: bundle) != suffix
    path = (hasStem ? String(bundle.dropLast(suffix.count)) : bundle) + ".sealift"
  }

  /// Checks that nothing stands at the path that somebody else has put there.
  func checkIsFree() throws(SealiftError) {
    try FileSystem.checkName(of: path, with: [".partial", ".former"])
    guard let kind = try FileSystem.kind(of: path) else { return }
    guard kind == .directory, FileSystem.exists("\(path)/\(ToolSet.startName)") else {
      throw SealiftError(
        .usage, "\(path) is to hold the program, and is something else",
        nextStep: "remove it, or give the bundle another name with -o")
    }
  }

  /// Writes all files under another name, so that `finish` need only rename.
  func prepare(_ tools: ToolSet) throws(SealiftError) {
    try FileSystem.removeTree(partialPath)
    var directories: Set<String> = []
    for file in tools.files {
      let target = "\(partialPath)/\(file.entry.path)"
      try FileSystem.makeDirectory(FileSystem.parent(of: target))
      directories.insert(FileSystem.parent(of: target))
      try write(file, to: target)
    }
    for directory in directories { try FileSystem.syncDirectory(of: "\(directory)/x") }
  }

  /// Gives the directory its name, in place of one of an earlier bundle.
  func finish() throws(SealiftError) {
    let former = path + ".former"
    try FileSystem.removeTree(former)
    if try FileSystem.kind(of: path) != nil { try FileSystem.rename(path, to: former) }
    try FileSystem.rename(partialPath, to: path)
    try FileSystem.removeTree(former)
  }

  private func write(_ file: ToolSet.File, to target: String) throws(SealiftError) {
    let bytes: [UInt8]
    switch file.content {
    case .text(let text): bytes = Array(text.utf8)
    case .copy(let source):
      bytes = try FileSystem.read(source, limit: BundleIndex.Tool.maximumBytes)
      guard SHA256Hasher.digest(of: bytes) == file.entry.digest else {
        throw SealiftError(
          .storage, "\(source) has changed while it was packed", nextStep: "run the same command again")
      }
    }
    let output = try File(target, .create, permissions: file.isProgram ? 0o755 : 0o644)
    try output.write(bytes)
    try output.sync()
  }

  /// Proves that the directory holds the files that an index lists, and no others.
  ///
  /// - Returns: `false` if there is no such directory.
  /// - Throws: `corrupt`, with the first file that is missing, differs, or is not listed.
  func prove(_ tools: [BundleIndex.Tool]) throws(SealiftError) -> Bool {
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

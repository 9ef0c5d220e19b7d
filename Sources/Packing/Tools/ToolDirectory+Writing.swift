internal import BundleFormat
public import Content
public import Diagnostics
internal import Digests
internal import SystemIO

extension ToolDirectory {
  private var partialPath: String { path + ".partial" }

  /// Checks that nothing stands at the path that somebody else has put there.
  public func checkIsFree() throws(SealiftError) {
    try FileSystem.checkName(of: path, with: [".partial", ".former"])
    guard let kind = try FileSystem.kind(of: path) else { return }
    guard kind == .directory, FileSystem.exists("\(path)/\(ToolDirectory.startName)") else {
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
  public func finish() throws(SealiftError) {
    let former = path + ".former"
    try FileSystem.removeTree(former)
    if try FileSystem.kind(of: path) != nil { try FileSystem.rename(path, to: former) }
    try FileSystem.rename(partialPath, to: path)
    try FileSystem.removeTree(former)
  }

  private func write(_ file: ToolSet.File, to target: String) throws(SealiftError) {
    let bytes: [UInt8]
    switch file.content {
    case .bytes(let made): bytes = made
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
}

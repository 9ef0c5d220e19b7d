internal import Diagnostics
internal import Glibc
internal import SystemIO

/// The files below a directory that others have made; what is hidden counts for nothing.
///
/// A link to a file in the directory is read through. One to a directory in it is passed over, because what it leads to
/// is read where it is. One that leads outside or nowhere is refused, and so are pipes, sockets and devices.
struct OperatorFileTree {
  // Deeper than any real directory of manifests.
  private static let maxDepth = 32
  // Far beyond any real collection of operators.
  private static let maxFiles = 1 << 18
  /// The greatest file in bytes; a cluster takes no object of half the size.
  static let maxFileBytes = 4 << 20

  /// The directory, as the user knows it.
  let root: String
  /// The paths below it, sorted.
  private(set) var files: [String] = []

  private let realRoot: String
  // Where links lead.
  private var targets: [String: String] = [:]

  /// Looks through a directory.
  ///
  /// - Throws: `corrupt` for what is refused; `storage`.
  init(_ root: String) throws(SealiftError) {
    self.root = root
    guard let path = Self.resolve(root) else { throw .system("cannot look at \(root)") }
    realRoot = path
    try collect("", depth: 0)
    files.sort(by: byteOrder)
  }

  /// The path of a file as the user knows it.
  func name(_ path: String) -> String { "\(root)/\(path)" }

  /// Reads a file.
  ///
  /// - Throws: `corrupt` for one that is too large.
  func bytes(_ path: String) throws(SealiftError) -> [UInt8] {
    guard let bytes = try smallFile(path) else {
      throw SealiftError(
        .corrupt, "\(name(path)) is larger than \(Self.maxFileBytes.asBytes), which no manifest may be",
        nextStep: "check that it is the file you meant")
    }
    return bytes
  }

  /// Reads a file that is small enough for a manifest; `nil` for others.
  func smallFile(_ path: String) throws(SealiftError) -> [UInt8]? {
    let file = try File(regular: targets[path] ?? name(path))
    let size = try file.size()
    return size <= Self.maxFileBytes ? try file.bytes(at: 0, count: size) : nil
  }

  /// The first bytes of a file.
  func head(_ path: String) throws(SealiftError) -> [UInt8] {
    let count = 1 << 16
    return try File(regular: targets[path] ?? name(path)).bytes(at: 0, count: count)
  }

  private mutating func collect(_ prefix: String, depth: Int) throws(SealiftError) {
    let directory = prefix.isEmpty ? root : name(prefix)
    guard depth < Self.maxDepth else {
      throw refusal("\(directory) is nested more than \(Self.maxDepth) directories deep")
    }
    for entry in try FileSystem.list(directory) where !entry.hasPrefix(".") {
      let path = prefix.isEmpty ? entry : "\(prefix)/\(entry)"
      switch try FileSystem.kind(of: name(path)) {
      case .file: try add(path)
      case .directory: try collect(path, depth: depth + 1)
      case .link: try follow(path)
      case .special: throw refusal("\(name(path)) is neither a file nor a directory")
      case nil: throw refusal("\(name(path)) is gone, or its name is not UTF-8")
      }
    }
  }

  private mutating func follow(_ path: String) throws(SealiftError) {
    guard let target = Self.resolve(name(path)), target.hasPrefix("\(realRoot)/") else {
      throw refusal("\(name(path)) is a symbolic link that leads out of the directory, or nowhere")
    }
    switch try FileSystem.kind(of: target) {
    case .file:
      targets[path] = target
      try add(path)
    case .directory: break
    default: throw refusal("\(name(path)) leads to neither a file nor a directory")
    }
  }

  private mutating func add(_ path: String) throws(SealiftError) {
    guard files.count < Self.maxFiles else { throw refusal("\(root) holds more than \(Self.maxFiles) files") }
    files.append(path)
  }

  private func refusal(_ problem: String) -> SealiftError {
    SealiftError(.corrupt, problem, nextStep: "name the directory that holds the catalog, and nothing else")
  }

  private static func resolve(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(validatingCString: resolved)
  }
}

internal import ClusterManifests
internal import Configuration
internal import Diagnostics
internal import Digests
internal import SystemIO
internal import YAML

/// The files of `mirror.manifests` on this machine, as they are when a run begins.
public struct LocalClusterManifests: Sendable {
  /// One file.
  struct LocalFile: Sendable {
    let path: String
    let bytes: [UInt8]
  }

  // What people write is far below; the objects of a bundle are counted, too.
  private static let maximumFiles = 10_000
  private static let maximumTotalBytes = 64 << 20
  private static let maximumDepth = 32

  /// The files of each place, in the order of their paths.
  private(set) var files: [String: [LocalFile]] = [:]
  private var count = 0
  private var totalBytes = 0

  /// Reads the files of all requests for some.
  ///
  /// - Throws: `configuration` for a directory without manifests, with a symbolic link, or beyond the limits; `notFound`;
  ///   `storage`.
  init(_ requests: [ClusterManifestRequest]) throws(SealiftError) {
    for request in requests {
      guard case .path(let path) = request.place, files[path] == nil else { continue }
      var found: [LocalFile] = []
      if FileSystem.isDirectory(path) {
        try collect(path, into: &found, depth: 0)
        guard !found.isEmpty else {
          throw SealiftError(
            .configuration, "\(request.position.description): no file in \(path) ends in .yaml, .yml or .json",
            nextStep: "name the directory that holds the manifests")
        }
      } else {
        try add(path, to: &found) { () throws(SealiftError) in
          try FileSystem.read(path, limit: YAMLReader.maxBytes)
        }
      }
      files[path] = found
    }
  }

  /// What decides the bytes of a bundle: each path with the digest of the content.
  public var inputs: [String] {
    Set(files.values.joined().map { "manifest \($0.path) \(SHA256Hasher.digest(of: $0.bytes))" }).sorted()
  }

  /// Takes what `apply -R` takes. It passes over links to directories, and reads through others: both are refused here,
  /// since a person who looks at the directory may not see where they lead.
  private mutating func collect(
    _ directory: String, into found: inout [LocalFile], depth: Int
  ) throws(SealiftError) {
    guard depth < Self.maximumDepth else {
      throw Self.refusal("\(directory) is nested more than \(Self.maximumDepth) directories deep")
    }
    for name in try FileSystem.list(directory) {
      let path = directory.hasSuffix("/") ? directory + name : "\(directory)/\(name)"
      switch try FileSystem.kind(of: path) {
      case .directory: try collect(path, into: &found, depth: depth + 1)
      case .link where ClusterManifest.isApplied(name) || FileSystem.isDirectory(path):
        throw Self.refusal("\(path) is a symbolic link", nextStep: "put what it leads to in its place")
      case .special where ClusterManifest.isApplied(name): throw Self.refusal("\(path) is not a file")
      case .file where ClusterManifest.isApplied(name):
        try add(path, to: &found) { () throws(SealiftError) in try Self.read(path) }
      default: continue
      }
    }
  }

  private mutating func add(
    _ path: String, to found: inout [LocalFile], _ read: () throws(SealiftError) -> [UInt8]
  ) throws(SealiftError) {
    let bytes = try read()
    count += 1
    totalBytes += bytes.count
    guard count <= Self.maximumFiles else {
      throw Self.refusal("mirror.manifests names more than \(Self.maximumFiles) files")
    }
    guard totalBytes <= Self.maximumTotalBytes else {
      throw Self.refusal("mirror.manifests names more than \(Self.maximumTotalBytes.asBytes)")
    }
    found.append(LocalFile(path: path, bytes: bytes))
  }

  /// Reads a file of a directory, which nobody has named and so must be a regular one.
  private static func read(_ path: String) throws(SealiftError) -> [UInt8] {
    let file = try File(regular: path)
    let size = try file.size()
    guard size <= YAMLReader.maxBytes else { throw refusal("\(path) is larger than \(YAMLReader.maxBytes.asBytes)") }
    return try file.bytes(at: 0, count: size)
  }

  private static func refusal(
    _ problem: String, nextStep: String = "name a directory that holds manifests for a cluster, and nothing else"
  ) -> SealiftError {
    SealiftError(.configuration, problem, nextStep: nextStep)
  }
}

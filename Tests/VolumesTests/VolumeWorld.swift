import BundleFormat
import Diagnostics
import Digests
import Parity
import Signing
import SystemIO
import TestSupport
import Volumes

/// A small bundle as one file and in volumes, and the list of these.
struct VolumeWorld {
  static let name = "a.tar.zst"
  /// As large as lets the bundle have seven volumes, the last one short.
  static let volumeBytes = 64 << 10

  let directory: TemporaryDirectory
  let bundle: TinyBundle
  /// The bundle as one file.
  let bytes: [UInt8]
  let list: VolumeList

  init() throws {
    directory = try TemporaryDirectory()
    bundle = TinyBundle(
      layers: [
        .gzip(LayoutFixture.noise(seed: 1, size: 150_000)), .gzip(LayoutFixture.noise(seed: 2, size: 190_001)),
        .tar(TinyBundle.tarArchive("plain", String(repeating: "A line that compresses well.\n", count: 9000))),
      ], keys: [try TinyBundle.exampleKey])
    bytes = try Self.bytes(of: bundle)
    list = try Self.list(bytes, of: bundle)
    try write(to: directory.path)
  }

  /// What a bundle is as one file.
  static func bytes(of bundle: TinyBundle) throws -> [UInt8] {
    let directory = try TemporaryDirectory()
    try bundle.write(to: directory("whole"))
    return try FileSystem.read(directory("whole"), limit: 1 << 30)
  }

  static func list(
    _ bytes: [UInt8], of bundle: TinyBundle, volumeBytes: Int = volumeBytes, name: String = name
  ) throws -> VolumeList {
    let pieces = stride(from: 0, to: bytes.count, by: volumeBytes).map {
      bytes[$0..<min($0 + volumeBytes, bytes.count)]
    }
    let entries = pieces.enumerated().map { number, piece in
      VolumeList.Entry(
        name: VolumeName(name, number + 1, of: pieces.count).text, size: piece.count,
        digest: SHA256Hasher.digest(of: Array(piece)),
        begin: SHA256Hasher.digest(of: Array(piece.prefix(VolumeList.beginBytes))))
    }
    return VolumeList(bundle: SHA256Hasher.digest(of: bundle.index.bytes), volumeBytes: volumeBytes, entries: entries)
  }

  /// The bytes of a volume, from 0 on.
  func volume(_ number: Int) -> [UInt8] {
    Array(bytes[(number * Self.volumeBytes)..<min((number + 1) * Self.volumeBytes, bytes.count)])
  }

  var count: Int { list.entries.count }

  /// The path of a volume, from 0 on.
  func path(_ number: Int) -> String { directory(list.entries[number].name) }

  /// Writes all volumes and the signed list.
  func write(to directory: String) throws {
    for number in list.entries.indices {
      try FileSystem.write(volume(number), to: "\(directory)/\(list.entries[number].name)")
    }
    try VolumeListFile.write(list, beside: "\(directory)/\(Self.name)", keys: bundle.keys)
  }

  /// Opens what is named, and notes warnings.
  func open(
    _ paths: [String]? = nil, asking prompt: (any VolumePrompt)? = nil, warnings: inout [String]
  ) throws -> any BundleMedium {
    var found: [String] = []
    defer { warnings = found }
    let policy = try bundle.policy
    return try openBundle(paths ?? [directory(Self.name)], { () throws(SealiftError) in policy }, asking: prompt) {
      found.append($0)
    }
  }

  func open(_ paths: [String]? = nil, asking prompt: (any VolumePrompt)? = nil) throws -> any BundleMedium {
    var warnings: [String] = []
    return try open(paths, asking: prompt, warnings: &warnings)
  }

  /// Reads every byte of a bundle and proves it, as `verify` does.
  func prove(_ medium: any BundleMedium) throws {
    let input = BundleInput(medium)
    let head = try input.readHead(BundleFront.read(input).verify(bundle.policy)) { _, _ in }
    guard medium.isSeekable else {
      let stream = BundleStream(input, head)
      while try stream.piece(limit: 1 << 20) != nil {}
      return
    }
    let bundle = try BundleFile(medium, head)
    try withUnsafeTemporaryAllocation(byteCount: 256 << 10, alignment: 16) { buffer in
      for index in head.verified.index.blobs.indices { try bundle.prove(index, through: buffer) { _ in } }
    }
  }

  /// The error of opening and proving what is named.
  func failure(_ paths: [String]? = nil) -> SealiftError? {
    do { try prove(open(paths)) } catch { return error as? SealiftError }
    return nil
  }
}

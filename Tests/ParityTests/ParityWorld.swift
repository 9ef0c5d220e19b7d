import BundleFormat
import Diagnostics
import Digests
import Signing
import SystemIO
import TestSupport
import Volumes

@testable import Parity

/// A small bundle in volumes, or in one file, and its parity.
struct ParityWorld {
  static let name = "a.tar.zst"

  let directory: TemporaryDirectory
  let bundle: TinyBundle
  /// The bundle as one file.
  let bytes: [UInt8]
  let id: Digest
  let volumeBytes: Int?
  let parityCount: Int

  /// - Parameters:
  ///   - layer: The size of a layer that makes the bundle larger.
  ///   - volumeBytes: The size of a volume; `nil` for one file.
  init(layer: Int = 150_000, volumeBytes: Int? = 32 << 10, _ amount: ParityAmount = .volumes(2)) async throws {
    directory = try TemporaryDirectory()
    bundle = TinyBundle(
      layers: [.gzip(LayoutFixture.noise(seed: 1, size: layer))], keys: [try TinyBundle.exampleKey])
    try bundle.write(to: directory("whole"))
    bytes = try FileSystem.read(directory("whole"), limit: 1 << 30)
    id = SHA256Hasher.digest(of: bundle.index.bytes)
    self.volumeBytes = volumeBytes
    let parity = try UnfinishedParity(
      amount, of: directory(Self.name), bundleBytes: bytes.count, volumeBytes: volumeBytes)
    parityCount = parity.count
    try await parity.write(
      File(directory("whole"), .read), id: id, pool: BlockingPool(threads: 2), reporter: SilentReporter())
    try parity.name()
    try writeData()
    try FileSystem.remove(directory("whole"))
  }

  /// The names of all files, data and then parity.
  var names: [String] { dataNames + parityNames }

  var parityNames: [String] { (1...parityCount).map { ParityName(Self.name, $0, of: parityCount).text } }

  var dataNames: [String] {
    guard let volumeBytes else { return [Self.name] }
    let count = (bytes.count - 1) / volumeBytes + 1
    return (1...count).map { VolumeName(Self.name, $0, of: count).text }
  }

  /// Writes the bundle itself as it should be.
  func writeData() throws {
    guard let volumeBytes else { return try FileSystem.write(bytes, to: directory(Self.name)) }
    for (number, name) in dataNames.enumerated() {
      let piece = bytes[(number * volumeBytes)..<min((number + 1) * volumeBytes, bytes.count)]
      try FileSystem.write(Array(piece), to: directory(name))
    }
  }

  /// Writes the signed list of the volumes, as they are there.
  func writeList() throws { try writeList(of: dataNames.flatMap(read)) }

  /// Writes the signed list of the volumes of a bundle.
  func writeList(of bytes: [UInt8]) throws {
    let size = volumeBytes ?? bytes.count
    let volumes = stride(from: 0, to: bytes.count, by: size).map { Array(bytes[$0..<min($0 + size, bytes.count)]) }
    let entries = zip(dataNames, volumes).map { name, volume in
      VolumeList.Entry(
        name: name, size: volume.count, digest: SHA256Hasher.digest(of: volume),
        begin: SHA256Hasher.digest(of: Array(volume.prefix(VolumeList.beginBytes))))
    }
    let list = VolumeList(bundle: id, volumeBytes: volumeBytes ?? bytes.count, entries: entries)
    try VolumeListFile.write(list, beside: directory(Self.name), keys: bundle.keys)
  }

  func read(_ name: String) throws -> [UInt8] { try FileSystem.read(directory(name), limit: 1 << 30) }

  /// Puts other bytes in the place of some of a file.
  func change(_ name: String, _ range: Range<Int>) throws {
    let file = try File(own: directory(name))
    let old = try file.bytes(at: range.lowerBound, count: range.count)
    try file.write(old.map { ~$0 }, at: range.lowerBound)
  }

  /// Runs a body while files are not there.
  func without(_ names: [String], _ body: () throws -> Void) throws {
    let away = try TemporaryDirectory()
    for name in names { try FileSystem.rename(directory(name), to: away(name)) }
    defer { for name in names { try? FileSystem.rename(away(name), to: directory(name)) } }
    try body()
  }

  /// Opens what is named, and notes warnings.
  func open(_ paths: [String]? = nil, warnings: inout [String]) throws -> any BundleMedium {
    var found: [String] = []
    defer { warnings = found }
    let policy = try bundle.policy
    return try openBundle(paths ?? [directory(Self.name)], { () throws(SealiftError) in policy }) { found.append($0) }
  }

  func open(_ paths: [String]? = nil) throws -> any BundleMedium {
    var warnings: [String] = []
    return try open(paths, warnings: &warnings)
  }

  /// Opens the bundle and reads all of it.
  ///
  /// - Returns: What was made anew.
  @discardableResult
  func readAll(_ paths: [String]? = nil) throws -> [DamagedVolume] {
    let medium = try open(paths)
    guard try medium.bytes(at: 0, count: bytes.count + 1) == bytes else {
      throw SealiftError(.corrupt, "wrong content", nextStep: "")
    }
    return medium.damage
  }

  /// The error of opening and reading what is named.
  func failure(_ paths: [String]? = nil) -> SealiftError? {
    do { try readAll(paths) } catch { return error as? SealiftError }
    return nil
  }
}

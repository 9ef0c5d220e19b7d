public import Diagnostics
public import Digests
public import Signing
public import SystemIO

/// Where the bytes of a bundle come from: a file, a pipe, or volumes, which read as the one file that they were cut from.
///
/// Calls block. Positioned reads may come from many threads at once.
public protocol BundleMedium: Sendable {
  /// What the user calls the bundle.
  var path: String { get }
  /// Whether reads can be positioned; what cannot is read once, from front to back.
  var isSeekable: Bool { get }
  /// Signatures of the index that lie beside the bundle.
  var signaturesBeside: [SignatureBeside] { get }
  /// What was made anew of what was read so far, because it was damaged or missing.
  var damage: [DamagedVolume] { get }

  /// The number of bytes.
  func size() throws(SealiftError) -> Int

  /// Fills several pieces of memory one behind the other from `offset` on.
  ///
  /// - Returns: The number of bytes, less than was asked for only at the end.
  func read(_ parts: [UnsafeMutableRawBufferPointer], at offset: Int) throws(SealiftError) -> Int

  /// Fills several pieces of memory with what comes next, as a pipe needs it.
  ///
  /// - Returns: The number of bytes, less than was asked for only at the end.
  func read(_ parts: [UnsafeMutableRawBufferPointer]) throws(SealiftError) -> Int

  /// Reads up to `buffer.count` bytes of what comes next, as a pipe needs it.
  ///
  /// - Returns: The number of bytes; 0 only at the end.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(SealiftError) -> Int

  /// A place in the bundle, for messages: in volumes also in which one that is.
  func place(of offset: Int) -> String

  /// What to do where bytes are missing at the end.
  var adviceWhenCut: String { get }

  /// Refuses another bundle than the one that what lies beside the medium is about.
  ///
  /// - Parameter id: The id of the bundle that was found in it.
  /// - Throws: `corrupt`.
  func check(id: Digest) throws(SealiftError)

  /// Whether a path names a file that the bytes come from, which must not be written over.
  func hasName(_ path: String) throws(SealiftError) -> Bool
}

extension BundleMedium {
  /// None.
  public var signaturesBeside: [SignatureBeside] { [] }

  /// Nothing.
  public var damage: [DamagedVolume] { [] }

  /// The offset.
  public func place(of offset: Int) -> String { "byte \(offset)" }

  /// To copy it again.
  public var adviceWhenCut: String { "copy the bundle again: it was cut" }

  /// Takes every bundle.
  public func check(id: Digest) throws(SealiftError) {}

  /// No.
  public func hasName(_ path: String) throws(SealiftError) -> Bool { false }

  /// Reads `count` bytes from `offset`, fewer only at the end.
  public func bytes(at offset: Int, count: Int) throws(SealiftError) -> [UInt8] {
    var failure: SealiftError?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      do throws(SealiftError) {
        filled = try read(
          [UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<count])], at: offset)
      } catch { failure = error }
    }
    if let failure { throw failure }
    return bytes
  }
}

/// Where a bundle is while it is made.
public protocol BundleStorage: BundleMedium, BundleOutput {
  /// Cuts the bundle, or extends it with a hole.
  func truncate(to size: Int) throws(SealiftError)
  /// Waits until the bytes are on the disk.
  func sync() throws(SealiftError)
  /// The number of bytes that it takes on the disk.
  func allocatedBytes() throws(SealiftError) -> Int
}

extension File: BundleStorage {}

/// A volume of a bundle, or the file that is all of it, of which something was made anew.
public struct DamagedVolume: Sendable, Equatable {
  /// Its name, without a directory.
  public let name: String
  /// How many of its chunks were damaged or missing.
  public var chunks: Int

  /// Makes one.
  public init(name: String, chunks: Int) {
    self.name = name
    self.chunks = chunks
  }
}

/// A signature in a file of its own, whose name tells the beginning of its key's id.
public struct SignatureBeside: Sendable {
  /// The first digits of the key's id that the file's name tells.
  public static let digits = 16

  private let key: Substring
  private let bytes: [UInt8]

  /// - Parameters:
  ///   - key: The first digits of the key's id.
  ///   - bytes: The signature.
  public init(key: Substring, _ bytes: [UInt8]) {
    self.key = key
    self.bytes = bytes
  }

  /// The signature as one of a key that a policy knows; `nil` if it knows none of that name.
  public func carried(for policy: TrustPolicy) -> CarriedSignature? {
    policy.keys.first { $0.id.description.hasPrefix(key) }.map { CarriedSignature(keyID: $0.id, bytes: bytes) }
  }
}

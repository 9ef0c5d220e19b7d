public import Diagnostics
public import Signing
internal import Tar
internal import Zstd

/// The stretch of fixed size behind the index that holds the signatures, so that one can be added in place.
///
/// It is 64 KiB of tar stream in one raw frame with a checksum: one entry for each signature, ascending by key, then an
/// entry of zeros that fills the rest.
///
/// Source: `formats/bundle-v1.md`, "The signature region".
public struct SignatureRegion: Sendable, Equatable {
  /// The size of the region's tar stream.
  public static let contentBytes = 64 << 10
  /// The size of the region in the file.
  public static let storedBytes = frames.storedBytes
  /// The greatest size of one signature: RSA of 16,384 bits.
  public static let maximumSignature = 2048

  static let frames = RawFrames(contentBytes: contentBytes, hasChecksum: true)
  private static let paddingName = "signatures/.padding"

  /// The signatures, ascending by key, one for each key.
  public private(set) var signatures: [CarriedSignature]

  /// Makes a region of signatures in any order.
  ///
  /// - Throws: `usage` if a key has signed twice, or there is no room.
  public init(_ signatures: [CarriedSignature] = []) throws(SealiftError) {
    self.signatures = []
    for signature in signatures { try add(signature) }
  }

  /// Adds a signature.
  ///
  /// - Throws: `usage` if its key has signed already, or there is no room.
  public mutating func add(_ signature: CarriedSignature) throws(SealiftError) {
    guard !signatures.contains(where: { $0.keyID == signature.keyID }) else {
      throw SealiftError(
        .usage, "the key \(signature.keyID) has signed this bundle already",
        nextStep: "nothing is left to do, or sign with another key")
    }
    signatures.append(signature)
    signatures.sort { $0.keyID < $1.keyID }
    guard paddingBytes >= 0, signature.bytes.count <= Self.maximumSignature else {
      throw SealiftError(
        .usage, "the bundle has no room for another signature",
        nextStep: "keep it beside the bundle: `sealift sign --detached FILE`, `--signature FILE`")
    }
  }

  /// The size of the content of the entry that fills the region.
  private var paddingBytes: Int {
    signatures.reduce(Self.contentBytes - TarHeader.blockBytes) { $0 - BundleLayout.entryBytes($1.bytes.count) }
  }

  /// The tar stream of the region.
  public var content: [UInt8] {
    var content: [UInt8] = []
    content.reserveCapacity(Self.contentBytes)
    for signature in signatures {
      content += TarHeader.bytes(name: Self.name(of: signature), size: signature.bytes.count) + signature.bytes
      content += [UInt8](repeating: 0, count: TarHeader.padding(signature.bytes.count))
    }
    content += TarHeader.bytes(name: Self.paddingName, size: paddingBytes)
    content += [UInt8](repeating: 0, count: paddingBytes)
    return content
  }

  /// The region as it stands in the file.
  public var stored: [UInt8] {
    let content = self.content
    let checksum = content.withUnsafeBytes { ZstdCompressor().checksum($0) }
    return Self.frames.preamble(at: 0) + content + checksum
  }

  /// Reads a region; any other bytes than the ones that `stored` gives for its signatures are refused.
  ///
  /// - Returns: `nil` if it is damaged.
  public init?(stored: [UInt8]) {
    let preamble = Self.frames.preamble(at: 0)
    guard stored.count == Self.storedBytes, stored.starts(with: preamble) else { return nil }
    // The checksum is checked by decompressing: that costs a tenth of making it.
    var content = [UInt8](repeating: 0, count: Self.contentBytes)
    let problem = stored.withUnsafeBytes { stored in
      content.withUnsafeMutableBytes { ZstdDecompressor().decompress(stored, into: $0) }
    }
    guard problem == nil, let signatures = Self.signatures(in: content[...]),
      let region = try? SignatureRegion(signatures), region.content == content
    else { return nil }
    self = region
  }

  private static func signatures(in content: ArraySlice<UInt8>) -> [CarriedSignature]? {
    var signatures: [CarriedSignature] = []
    var rest = content
    while true {
      guard rest.count >= TarHeader.blockBytes else { return nil }
      let header = rest.prefix(TarHeader.blockBytes)
      let name = String(decoding: header.prefix(TarHeader.maximumName).prefix { $0 != 0 }, as: UTF8.self)
      guard let size = TarHeader.size(in: header, name: name), size <= rest.count - TarHeader.blockBytes else {
        return nil
      }
      if name == paddingName { return signatures }
      guard size > 0, let keyID = keyID(in: name), BundleLayout.entryBytes(size) < rest.count else { return nil }
      let bytes = rest.dropFirst(TarHeader.blockBytes).prefix(size)
      signatures.append(CarriedSignature(keyID: keyID, bytes: Array(bytes)))
      rest = rest.dropFirst(BundleLayout.entryBytes(size))
    }
  }

  private static func name(of signature: CarriedSignature) -> String { "signatures/\(signature.keyID).sig" }

  private static func keyID(in name: String) -> KeyID? {
    guard name.hasPrefix("signatures/"), name.hasSuffix(".sig") else { return nil }
    return KeyID(hex: name.dropFirst("signatures/".count).dropLast(".sig".count))
  }
}

public import Diagnostics
internal import Digests

/// A public OpenPGP key that can have signed a release: a primary key with its names and subkeys.
public struct ReleaseKey: Sendable, Hashable {
  /// The greatest size of a file with keys; one with the certifications of a large community stays below.
  public static let maximumFileBytes = 1 << 20
  /// The most keys in one file.
  public static let maximumKeys = 100

  /// The fingerprint of the primary key: 40 hex digits in upper case.
  public let fingerprint: String
  /// The key in binary form, as `gpgv --keyring` takes it.
  public let bytes: [UInt8]

  /// Reads the keys of a file, armored or binary; each one once.
  ///
  /// Text around armored blocks is passed over, as keys are published with it.
  ///
  /// - Parameters:
  ///   - file: The file's content.
  ///   - name: Its name, for messages.
  /// - Throws: `configuration` for anything but version 4 public keys of sufficient strength.
  public static func read(_ file: [UInt8], name: String) throws(SealiftError) -> [ReleaseKey] {
    guard file.count <= maximumFileBytes else { throw refusal(name, "is larger than \(maximumFileBytes.asBytes)") }
    var keys: [ReleaseKey] = []
    for block in try binaryBlocks(of: file, name) {
      guard let packets = OpenPGPPacket.all(in: block) else { throw refusal(name, "holds a damaged OpenPGP key") }
      for key in try split(packets, block, name) where !keys.contains(where: { $0.fingerprint == key.fingerprint }) {
        guard keys.count < maximumKeys else { throw refusal(name, "holds more than \(maximumKeys) keys") }
        keys.append(key)
      }
    }
    guard !keys.isEmpty else { throw refusal(name, "holds no OpenPGP key") }
    return keys
  }

  private static func binaryBlocks(of file: [UInt8], _ name: String) throws(SealiftError) -> [[UInt8]] {
    // No text begins with a byte that has the highest bit, and each packet does.
    if let first = file.first, first & 0x80 != 0 { return [file] }
    let blocks = OpenPGPArmor.blocks(in: file).filter { $0.label.hasPrefix("PGP ") }
    if blocks.contains(where: { $0.label == "PGP PRIVATE KEY BLOCK" }) { throw secret(name) }
    var found: [[UInt8]] = []
    for block in blocks where block.label == "PGP PUBLIC KEY BLOCK" {
      guard let bytes = block.bytes else { throw refusal(name, "holds a damaged OpenPGP key") }
      found.append(bytes)
    }
    return found
  }

  /// Takes a keyring apart at its primary keys.
  private static func split(
    _ packets: [OpenPGPPacket], _ bytes: [UInt8], _ name: String
  ) throws(SealiftError) -> [ReleaseKey] {
    var starts: [OpenPGPPacket] = []
    for packet in packets {
      switch packet.tag {
      case OpenPGPPacket.Tag.secretKey, OpenPGPPacket.Tag.secretSubkey: throw secret(name)
      case OpenPGPPacket.Tag.publicKey: starts.append(packet)
      default: break
      }
    }
    guard starts.first?.range.lowerBound == 0 else { throw refusal(name, "holds no OpenPGP key") }
    let ends = starts.dropFirst().map(\.range.lowerBound) + [bytes.count]
    var keys: [ReleaseKey] = []
    for (start, end) in zip(starts, ends) {
      guard let body = start.body else { throw refusal(name, "holds a damaged OpenPGP key") }
      let fingerprint = try fingerprint(of: bytes[body], name)
      keys.append(ReleaseKey(fingerprint: fingerprint, bytes: Array(bytes[start.range.lowerBound..<end])))
    }
    return keys
  }

  // RSA keys that were called short in 2015 already.
  private static let minimumRSABits = 2048
  // Version, creation time, algorithm.
  private static let fixedBytes = 6

  /// Source: RFC 4880, sections 5.5.2 and 12.2.
  private static func fingerprint(of body: ArraySlice<UInt8>, _ name: String) throws(SealiftError) -> String {
    guard body.count > fixedBytes + 2, body.count <= 0xFFFF else {
      throw refusal(name, "holds a damaged OpenPGP key")
    }
    let start = body.startIndex
    guard body[start] == 4 else { throw refusal(name, "holds an OpenPGP key of version \(body[start]), not 4") }
    let fingerprint = SHA1.hex(of: [0x99, UInt8(body.count >> 8), UInt8(body.count & 0xFF)] + body)
    // Algorithms 1 and 3 are RSA; the first number of such a key is the modulus, and begins with its length.
    if [1, 3].contains(body[start + fixedBytes - 1]) {
      let bits = Int(body[start + fixedBytes]) << 8 | Int(body[start + fixedBytes + 1])
      guard bits >= minimumRSABits else {
        throw refusal(name, "holds the RSA key \(fingerprint) of only \(bits) bits")
      }
    }
    return fingerprint
  }

  private static func secret(_ name: String) -> SealiftError {
    SealiftError(
      .configuration, "\(name) holds a private OpenPGP key, and a public one is needed",
      nextStep: "export the public one with `gpg --export --armor KEY`, and keep this file away from here")
  }

  private static func refusal(_ name: String, _ problem: String) -> SealiftError {
    SealiftError(
      .configuration, "\(name) \(problem)",
      nextStep: "name a file that `gpg --export` wrote, or that the release's publisher gives out")
  }
}

public import Diagnostics
public import Digests

/// A release signature that was proven; nothing but its verification makes one.
public struct ProvenReleaseSignature: Sendable {
  /// The key that made it.
  public let key: ReleaseKey
  /// The payload that it is for.
  public let digest: Digest
  /// The name that the payload was released under, as the signer wrote it.
  public let reference: String
  /// The signature: a binary OpenPGP message, up to the end of what was proven.
  public let bytes: [UInt8]

  fileprivate init(key: ReleaseKey, _ identity: SignedIdentity, bytes: [UInt8]) {
    self.key = key
    digest = identity.digest
    reference = identity.reference
    self.bytes = bytes
  }
}

/// What one signature is worth.
public enum ReleaseSignatureVerdict: Sendable {
  /// It is good, by a key that counts, for the payload.
  case proven(ProvenReleaseSignature)
  /// It proves nothing.
  case refused(SealiftError)
  /// It is good, by a key that counts, and for another payload.
  case otherPayload(SealiftError)
}

extension GPGV {
  /// The greatest size of a release signature, and of the text within it; real ones have less than 1 KiB.
  public static let maximumSignatureBytes = 64 << 10

  /// Verifies a release signature; blocks.
  ///
  /// - Parameters:
  ///   - message: A binary OpenPGP message: one text and one signature over it, compressed or not.
  ///   - digest: The payload that it must be for.
  ///   - keys: The keys that count.
  ///   - source: What it is and where it comes from, for messages: `the signature https://…/signature-1`.
  /// - Throws: `storage` or `internal` if it could not be looked at.
  public func verify(
    _ message: [UInt8], for digest: Digest, keys: [ReleaseKey], source: String
  ) throws(SealiftError) -> ReleaseSignatureVerdict {
    func refused(_ problem: String) -> ReleaseSignatureVerdict {
      let advice = "look at what the store serves, and at which keys are trusted (--release-key FILE)"
      return .refused(SealiftError(.untrusted, "\(source) \(problem)", nextStep: advice))
    }
    if let problem = Self.shapeProblem(message) { return refused(problem) }
    let limit = Self.maximumSignatureBytes
    guard let answer = try check(message, with: keys, limit: limit) else {
      return refused("unpacks to more than \(limit.asBytes)")
    }
    switch answer.status.finding(code: answer.code, textBytes: answer.text.count) {
    case .wrong(let problem): return refused(problem)
    case .good(let fingerprint):
      guard let key = keys.first(where: { $0.fingerprint == fingerprint }) else {
        return refused("was made by the key \(fingerprint), which is not trusted")
      }
      switch Self.exact(message) {
      case .wrong(let problem): return refused(problem)
      case .sound(let bytes): return Self.verdict(answer.text, key, for: digest, bytes, source)
      }
    }
  }

  /// What a message is besides the text and the signature that `gpgv` has found in it.
  private enum Shape {
    /// Nothing; these are its bytes.
    case sound([UInt8])
    /// What else there is.
    case wrong(String)
  }

  /// Cuts a message where what was proven ends: nothing that nobody has signed travels with it.
  ///
  /// - Parameter message: One whose outside was checked.
  private static func exact(_ message: [UInt8]) -> Shape {
    guard let packet = OpenPGPPacket.all(in: message)?.first, packet.tag == OpenPGPPacket.Tag.compressedData else {
      return .sound(message)
    }
    let body = packet.parts.flatMap { message[$0] }
    guard let opened = OpenPGPCompression(body: body, limit: maximumInnerBytes) else {
      return .wrong("is compressed in a way that is not known, or unpacks to more than \(maximumInnerBytes.asBytes)")
    }
    guard OpenPGPPacket.all(in: opened.content)?.map(\.tag) == allowedShapes[1] else {
      return .wrong("holds more than one text with one signature")
    }
    let surplus = body.count - opened.bodyBytes
    guard surplus == 0 || packet.isOpenEnded else {
      return .wrong("holds \(surplus) bytes behind its text that nobody has signed")
    }
    return .sound(message.dropLast(surplus))
  }

  // The text, its signature, and their headers.
  private static let maximumInnerBytes = 2 * maximumSignatureBytes

  private static func verdict(
    _ text: [UInt8], _ key: ReleaseKey, for digest: Digest, _ message: [UInt8], _ source: String
  ) -> ReleaseSignatureVerdict {
    do throws(SealiftError) {
      let identity = try SignedIdentity(text, source: source)
      guard identity.digest == digest else {
        return .otherPayload(
          SealiftError(
            .untrusted, "\(source) is for the payload \(identity.digest) (\(identity.reference)), not for \(digest)",
            nextStep: "do not use this release: somebody passes off another release's signature for its own"))
      }
      return .proven(ProvenReleaseSignature(key: key, identity, bytes: message))
    } catch {
      return .refused(error)
    }
  }

  // A verifier that takes every message that OpenPGP allows has been fooled before.
  private static let allowedShapes = [
    [OpenPGPPacket.Tag.compressedData],
    [OpenPGPPacket.Tag.onePassSignature, OpenPGPPacket.Tag.literalData, OpenPGPPacket.Tag.signature],
  ]

  /// What is wrong with a message, as far as its outside tells.
  private static func shapeProblem(_ message: [UInt8]) -> String? {
    guard let first = message.first else { return "is empty" }
    guard message.count <= maximumSignatureBytes else { return "is larger than \(maximumSignatureBytes.asBytes)" }
    guard first & 0x80 != 0 else {
      return message.starts(with: "-----BEGIN PGP ".utf8)
        ? "is a text, and release signatures are binary OpenPGP messages" : "is no OpenPGP message"
    }
    guard let packets = OpenPGPPacket.all(in: message) else { return "is no OpenPGP message, or is cut short" }
    let tags = packets.map(\.tag)
    if tags == [OpenPGPPacket.Tag.signature] { return "is a signature without the text that it signs" }
    return allowedShapes.contains(tags) ? nil : "is not one text with one signature"
  }
}

internal import BundleFormat
internal import Diagnostics
internal import Digests
internal import Signing
internal import SystemIO

/// A signature that was made.
public struct NewSignature: Sendable {
  /// The id of the bundle.
  public let bundle: String
  /// The id of the key.
  public let signer: String
  /// The file that the signature was written to; `nil` if it is in the bundle.
  public let detachedPath: String?
  /// The ids of all keys whose signatures the bundle carries.
  public let carried: [String]
}

/// Adds a signature to a bundle in place, or writes it beside the bundle.
///
/// The whole head is proven before it is signed: nobody signs what cannot be unpacked.
///
/// - Parameters:
///   - bundle: The path.
///   - key: The key that signs.
///   - detached: Where the signature is written instead; the bundle is then only read.
public func sign(_ bundle: String, key: KeyFile, detached: String?) throws -> NewSignature {
  let key = try key.load()
  let make = { (front: BundleFront, input: BundleInput) throws -> CarriedSignature in
    // Whoever has signed it before: it is the content that counts.
    _ = try input.readHead(front.verify(TrustPolicy(keys: [], allowUnsigned: true))) { _, _ in }
    return CarriedSignature(keyID: key.id, bytes: try front.indexBytes.withUnsafeBytes { try key.sign($0) })
  }
  let front: BundleFront
  if let detached {
    let input = BundleInput(try File(bundle, .read))
    front = try BundleFront.read(input)
    let signature = try make(front, input)
    guard !FileSystem.exists(detached) else {
      throw SealiftError(.storage, "\(detached) exists already", nextStep: "choose another name for the signature")
    }
    try FileSystem.write(signature.bytes, to: detached)
  } else {
    front = try SigningJournal.addSignature(to: bundle, sign: make)
  }
  return NewSignature(
    bundle: front.id.description, signer: key.id.description, detachedPath: detached,
    carried: front.region.signatures.map(\.keyID.description))
}

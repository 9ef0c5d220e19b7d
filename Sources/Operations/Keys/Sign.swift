internal import BundleFormat
public import Diagnostics
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
/// The index is read and checked before it is signed: nobody signs what cannot be a bundle.
///
/// - Parameters:
///   - bundle: The path.
///   - key: The key that signs.
///   - detached: Where the signature is written instead; the bundle is then only read.
public func sign(_ bundle: String, key: KeyFile, detached: String?) throws(SealiftError) -> NewSignature {
  let key = try key.load()
  let make = { (index: UnsafeRawBufferPointer) throws(SealiftError) -> CarriedSignature in
    _ = try BundleIndex([UInt8](index))
    return CarriedSignature(keyID: key.id, bytes: try key.sign(index))
  }
  let front: BundleFront
  if let detached {
    front = try BundleFront.read(BundleInput(File(bundle, .read)))
    let index = front.indexBytes
    let signature = try index.span.bytes.withUnsafeBytes { (raw) throws(SealiftError) in try make(raw) }
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

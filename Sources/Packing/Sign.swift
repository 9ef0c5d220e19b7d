internal import BundleFormat
public import Content
public import Diagnostics
internal import Digests
internal import Signing
internal import SystemIO
internal import Volumes

/// A signature that was made.
public struct NewSignature: Sendable {
  /// The id of the bundle.
  public let bundle: String
  /// The id of the key.
  public let signer: String
  /// The file that the signature was written to; `nil` if it is in the bundle.
  public let detachedPath: String?
  /// Whether the key had signed before, so that nothing was done.
  public let wasThere: Bool
  /// The ids of all keys whose signatures the bundle carries.
  public let carried: [String]
}

/// Adds a signature to a bundle in place, or writes it beside the bundle.
///
/// The whole head is proven before it is signed: nobody signs what cannot be unpacked.
///
/// - Parameters:
///   - places: What the user names.
///   - key: The key that signs.
///   - detached: Where the signature is written instead; the bundle is then only read.
public func sign(
  _ places: BundlePlaces, key: KeyFile, detached: String?, reporter: any Reporter
) throws -> NewSignature {
  let key = try key.load()
  let make = { (front: BundleFront, input: BundleInput) throws -> CarriedSignature in
    // Whoever has signed it before: it is the content that counts.
    _ = try input.readHead(front.verify(TrustPolicy(keys: [], allowUnsigned: true))) { _, _ in }
    return CarriedSignature(keyID: key.id, bytes: try front.indexBytes.withUnsafeBytes { try key.sign($0) })
  }
  let found = try VolumeSearch.find(places.paths)
  if detached == nil, case .file(let bundle) = found {
    let (front, isNew) = try SigningJournal.addSignature(to: bundle, by: key.publicKey, sign: make)
    return NewSignature(front, key, detached: nil, wasThere: !isNew)
  }
  let input = BundleInput(try places.open(TrustOptions(), reporter))
  let front = try BundleFront.read(input)
  if let detached {
    let isNew = try writeDetached(front, key, OutputFile(detached)) { try make(front, input) }
    return NewSignature(front, key, detached: detached, wasThere: !isNew)
  }
  // Volumes, and what parity was made of, stay as they were written: most media cannot be changed.
  let path = SignatureBeside.path(of: input.name, by: key.id)
  let isNew = try writeDetached(front, key, OutputFile(path)) { try make(front, input) }
  if case .volumes(let volumes) = found {
    for path in volumes.lists {
      try VolumeListFile(path).sign(by: key, bundle: front.id) { try prove(volumes, $0, path, reporter) }
    }
  }
  return NewSignature(front, key, detached: path, wasThere: !isNew)
}

/// Reads volumes and holds them against their list: nobody signs digests that he has not seen.
///
/// - Returns: `false` if not all volumes are at hand.
/// - Throws: `corrupt` for a list that tells of others.
private func prove(
  _ volumes: FoundVolumes, _ list: VolumeList, _ path: String, _ reporter: any Reporter
) throws -> Bool {
  guard volumes.files.count >= list.entries.count else {
    reporter.report(.warning("\(path) is not signed, because not all volumes are at hand to be held against it"))
    return false
  }
  reporter.report(.phase(.prove, bytes: list.totalBytes, items: list.entries.count))
  for file in volumes.files.sorted(by: { $0.key < $1.key }).compactMap(\.value.first) {
    let finding = try VolumeFinding(reading: file, list) { reporter.report(.advanced(bytes: $0)) }
    if case .wrong(let problem) = finding {
      throw SealiftError(
        .corrupt, "\(path) is not signed: \(file) \(problem)",
        nextStep: "copy the volumes and their list again from where they were made")
    }
    reporter.report(.finished(item: file, outcome: .present))
  }
  return true
}

/// Writes a signature beside its bundle, unless a good one of the same key is there.
///
/// - Returns: Whether it was written.
private func writeDetached(
  _ front: BundleFront, _ key: PrivateKey, _ file: OutputFile, _ make: () throws -> CarriedSignature
) throws -> Bool {
  if !file.isStream, FileSystem.exists(file.path) {
    let found = try FileSystem.read(file.path, limit: SignatureRegion.maximumSignature)
    if front.indexBytes.withUnsafeBytes({ key.publicKey.verify(signature: found, message: $0) }) { return false }
    throw SealiftError(
      .storage, "\(file.path) exists already, and is no signature of this bundle by this key",
      nextStep: "choose another name for the signature")
  }
  try file.write(make().bytes)
  return true
}

extension NewSignature {
  fileprivate init(_ front: BundleFront, _ key: PrivateKey, detached: String?, wasThere: Bool) {
    self.init(
      bundle: front.id.description, signer: key.id.description, detachedPath: detached, wasThere: wasThere,
      carried: front.region.signatures.map(\.keyID.description))
  }
}

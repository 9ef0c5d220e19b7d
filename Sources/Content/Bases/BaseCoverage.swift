internal import BundleFormat
public import Diagnostics
internal import Digests
internal import OCI
internal import SystemIO

/// How far older bundles at hand have what an update rests on.
public struct BaseCoverage: Sendable {
  /// What none of them has, by the bundle that brings it.
  public struct Missing: Sendable {
    /// The name of that bundle.
    public let base: String
    /// Its id.
    public let id: String
    /// When it was planned.
    public let created: String
    /// How many blobs.
    public fileprivate(set) var blobs = 0
    /// Their bytes.
    public fileprivate(set) var bytes = 0
  }

  /// How many held blobs they have.
  public private(set) var blobs = 0
  /// The bytes of these.
  public private(set) var bytes = 0
  /// What is missing, in the order of the bases.
  public let missing: [Missing]

  /// - Parameter has: Whether one of the bundles at hand has a blob.
  init(of index: BundleIndex, has: (Descriptor) -> Bool) {
    var missing = index.bases.map { Missing(base: $0.name, id: $0.id.description, created: $0.created) }
    let places = index.basePlaces
    for blob in index.held {
      let size = blob.descriptor.size
      if has(blob.descriptor) {
        blobs += 1
        bytes += size
      } else if let first = blob.places.first {
        missing[places[first].base].blobs += 1
        missing[places[first].base].bytes += size
      }
    }
    self.missing = missing.filter { $0.blobs > 0 }
  }

  /// The error for what is missing; `nil` if nothing is.
  ///
  /// - Parameter bundle: The path of the update.
  public func failure(_ bundle: String) -> SealiftError? {
    let errors = missing.map { missing in
      SealiftError(
        .baseMissing,
        "no file of --base has \(missing.blobs) \(missing.blobs == 1 ? "blob" : "blobs") (\(missing.bytes.asBytes)) that \(missing.base) (\(missing.id), of "
          + "\(missing.created)) brings and \(bundle) rests on",
        nextStep: "name that bundle's file with --base FILE too")
    }
    return errors.first?.followed(by: Array(errors.dropFirst()))
  }
}

extension BundleIndex {
  /// How far bundles have what this one rests on, as their heads say; `nil` if none were named. It blocks.
  ///
  /// - Parameter trust: Whom to trust in what they say.
  func coverage(byHeadsOf bundles: [String], _ trust: TrustOptions) throws -> BaseCoverage? {
    guard !bundles.isEmpty else { return nil }
    let wanted = Dictionary(uniqueKeysWithValues: held.map { ($0.descriptor.digest, $0.descriptor.size) })
    var found: Set<Digest> = []
    for path in bundles {
      let input = BundleInput(try .input(path))
      let verified = try trust.openOneOfSeveral(input)
      _ = try input.readHead(verified) { _, _ in }
      for blob in verified.index.blobs where wanted[blob.descriptor.digest] == blob.descriptor.size {
        found.insert(blob.descriptor.digest)
      }
    }
    return BaseCoverage(of: self) { found.contains($0.digest) }
  }
}

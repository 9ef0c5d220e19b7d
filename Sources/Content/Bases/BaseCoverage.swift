internal import BundleFormat
public import Diagnostics
internal import Digests
internal import OCI
internal import SystemIO

/// How far older bundles at hand have what an update rests on.
public struct BaseCoverage: Sendable {
  /// How many held blobs they have.
  public private(set) var blobs = 0
  /// The bytes of these.
  public private(set) var bytes = 0
  /// The bases of which something is missing, each with what none of the bundles at hand has.
  public let missing: [BundleContents.Base]

  /// - Parameter has: Whether one of the bundles at hand has a blob.
  init(of index: BundleIndex, has: (Descriptor) -> Bool) {
    for blob in index.held where has(blob.descriptor) {
      blobs += 1
      bytes += blob.descriptor.size
    }
    missing = BundleContents.bases(of: index) { !has($0) }.filter { $0.blobs > 0 }
  }

  /// The error for what is missing; `nil` if nothing is.
  ///
  /// - Parameter bundle: The path of the update.
  public func failure(_ bundle: String) -> SealiftError? {
    let errors = missing.map { missing in
      SealiftError(
        .baseMissing,
        "no file of --base has \(missing.blobs) \(missing.blobs == 1 ? "blob" : "blobs") (\(missing.bytes.asBytes)) that "
          + "\(missing.name) (\(missing.id), of \(missing.created)) brings and \(bundle) rests on",
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
      let input = BundleInput(try BundlePlaces(path).open(trust, SilentReporter()))
      let verified = try trust.openOneOfSeveral(input)
      _ = try input.readHead(verified) { _, _ in }
      for blob in verified.index.blobs where wanted[blob.descriptor.digest] == blob.descriptor.size {
        found.insert(blob.descriptor.digest)
      }
    }
    return BaseCoverage(of: self) { found.contains($0.digest) }
  }
}

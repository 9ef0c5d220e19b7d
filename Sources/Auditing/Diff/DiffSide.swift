internal import BundleFormat
public import Content
internal import Diagnostics
internal import Digests
internal import OCI
internal import SystemIO

/// One of two things that are compared.
public enum DiffSide: Sendable {
  /// A bundle, or the beginning of one.
  case bundle(AuditedHead)
  /// What `unpack` has written of a target.
  case receipt(ReceiptContent, path: String)

  /// Reads a file, or a bundle from a pipe.
  ///
  /// - Throws: `corrupt`, `untrusted`, or `configuration` for what is neither a bundle nor a receipt.
  init(_ path: String, trust: TrustOptions, environment: [String: String]) throws {
    try self.init(
      BundlePlaces(path).open(trust, SilentReporter()), path: path, trust: trust, environment: environment)
  }

  init(_ file: any BundleMedium, path: String, trust: TrustOptions, environment: [String: String]) throws {
    if file.isSeekable, path != "-", let receipt = try ReceiptContent(ofReceipt: path) {
      self = .receipt(receipt, path: path)
    } else {
      self = .bundle(try AuditedHead(file, trust: trust, environment: environment))
    }
  }

  /// The head, if it is a bundle.
  public var head: AuditedHead? {
    if case .bundle(let head) = self { head } else { nil }
  }

  /// The id of the bundle.
  public var id: String {
    switch self {
    case .bundle(let head): head.contents.id
    case .receipt(let receipt, _): receipt.bundle
    }
  }

  /// What the user calls it.
  public var name: String {
    switch self {
    case .bundle(let head): head.name
    case .receipt(_, let path): path
    }
  }

  /// The digests of all content that is there once it is unpacked: that of an update rests on what was there before.
  var digests: Set<Digest> {
    switch self {
    case .bundle(let head):
      Set(head.index.metadata.map(\.digest)).union(head.index.blobs.map(\.descriptor.digest))
        .union(head.index.held.map(\.descriptor.digest))
    case .receipt(let receipt, _): Set(receipt.blobs.map(\.digest)).union(receipt.manifests.map(\.digest))
    }
  }
}

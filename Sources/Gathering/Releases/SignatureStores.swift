internal import Diagnostics
internal import HTTPTransport

/// The stores that are asked for release signatures, in order.
///
/// Those of `--signature-store` are asked alone: who names a store wants no other to be asked, and behind a firewall
/// none can be. Else it is the one of `OCP_SIGNATURE_URL` or, without that, the public one, and after it those that the
/// payload names. The order decides nothing about trust: each signature proves itself.
struct SignatureStores: Sendable {
  /// Where Red Hat publishes.
  static let publicStore = "https://mirror.openshift.com/pub/openshift-v4/signatures/openshift/release"
  // Real payloads name two.
  private static let maximumNamed = 8

  private let first: [SignatureStore]
  /// Whether those that the payload names are asked, too.
  let asksPayloadStores: Bool

  /// - Parameters:
  ///   - options: The values of `--signature-store`.
  ///   - environment: `OCP_SIGNATURE_URL` of it counts.
  init(options: [String], environment: [String: String]) throws(SealiftError) {
    asksPayloadStores = options.isEmpty
    let variable = environment["OCP_SIGNATURE_URL"].flatMap { $0.isEmpty ? nil : $0 }
    var stores: [SignatureStore] = []
    for text in options.isEmpty ? [variable ?? Self.publicStore] : options { stores.append(try SignatureStore(text)) }
    first = stores
  }

  /// The stores for one payload, each one once.
  ///
  /// - Parameters:
  ///   - named: The stores that the payload names.
  ///   - registry: `host[:port]` that the payload comes from, if it is a registry.
  func stores(named: [String], registry: String?) -> [SignatureStore] {
    var stores = first
    if asksPayloadStores {
      stores += named.prefix(Self.maximumNamed).compactMap { Self.payloadStore($0, registry) }
    }
    var seen: Set<SignatureStore> = []
    return stores.filter { seen.insert($0).inserted }
  }

  /// A store that a payload names, which is not trusted: it must lead neither to this machine's files nor, from
  /// outside, to servers that only the inside can reach.
  private static func payloadStore(_ text: String, _ registry: String?) -> SignatureStore? {
    guard let url = try? HTTPURL(text) else { return nil }
    if NetworkAddress.isLocal(url.host) {
      guard let registry, let own = try? HTTPURL("https://\(registry)"), NetworkAddress.isLocal(own.host) else {
        return nil
      }
    }
    return .server(url)
  }
}

internal import Glibc

/// Whether a host in a URL is this machine or a private network by its very name.
///
/// Source: RFC 1918, RFC 3927, RFC 4193, RFC 4291, RFC 6598, RFC 6761.
package enum NetworkAddress {
  /// Whether `host` is `localhost` or a literal address that is loopback, link-local, private or unspecified.
  ///
  /// Names that resolve to such addresses are not found: that would take a look-up of its own, which an attacker's
  /// name server could answer differently the next time.
  package static func isLocal(_ host: String) -> Bool {
    let name = host.hasSuffix(".") ? String(host.dropLast()) : host
    if name == "localhost" || name.hasSuffix(".localhost") { return true }
    guard let bytes = address(name) else { return false }
    return bytes.count == 4 ? isLocal4(bytes) : isLocal6(bytes)
  }

  /// Whether `host` is a literal link-local address: a cloud's metadata service answers there, and no registry does.
  package static func isLinkLocal(_ host: String) -> Bool {
    guard let bytes = address(host.hasSuffix(".") ? String(host.dropLast()) : host) else { return false }
    return bytes.count == 4 ? bytes[0] == 169 && bytes[1] == 254 : bytes[0] == 0xFE && bytes[1] & 0xC0 == 0x80
  }

  /// The bytes of a literal address: 4, also for one of IPv4 that is written as one of IPv6, or 16.
  private static func address(_ name: String) -> [UInt8]? {
    if let bytes = bytes(of: name, family: AF_INET, count: 4) { return bytes }
    let bare = name.hasPrefix("[") ? String(name.dropFirst().prefix { $0 != "]" && $0 != "%" }) : name
    guard let bytes = bytes(of: bare, family: AF_INET6, count: 16) else { return nil }
    let isMapped =
      bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == bytes[11] && (bytes[10] == 0 || bytes[10] == 0xFF)
    return isMapped ? Array(bytes[12...]) : bytes  // also `::` and `::1`, whose tails begin with 0
  }

  private static func isLocal4(_ bytes: [UInt8]) -> Bool {
    switch (bytes[0], bytes[1]) {
    case (0, _), (10, _), (127, _), (169, 254), (192, 168): true
    case (100, 64...127), (172, 16...31): true
    default: false
    }
  }

  private static func isLocal6(_ bytes: [UInt8]) -> Bool {
    bytes[0] & 0xFE == 0xFC || (bytes[0] == 0xFE && bytes[1] & 0xC0 == 0x80)
  }

  private static func bytes(of text: String, family: CInt, count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    return inet_pton(family, text, &bytes) == 1 ? bytes : nil
  }
}

import HTTPTransport
import Testing

@Suite struct NetworkAddressTests {
  @Test(arguments: [
    "localhost", "localhost.", "a.localhost", "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.0.0.1.", "127.0.0.1",
    "127.255.255.255",
    "169.254.0.1", "192.168.255.1", "100.64.0.1", "100.127.255.255", "172.16.0.1", "172.31.255.255", "::", "::1",
    "[::1]",
    "::ffff:10.0.0.1", "[::ffff:192.168.0.1]", "::10.0.0.1", "fc00::1", "fd12:3456::1", "fdff:ffff::1", "fe80::1",
    "[fe80::1%eth0]", "febf::1",
  ])
  func whatIsOnlyReachedFromTheInsideIsLocal(host: String) { #expect(NetworkAddress.isLocal(host)) }

  @Test(arguments: [
    "registry.example", "localhost.example", "alocalhost", "10.0.0.1.example", "1.0.0.1", "9.255.255.255", "11.0.0.1",
    "126.255.255.255", "128.0.0.1", "169.253.255.255", "169.255.0.1", "168.254.1.1", "192.167.1.1", "192.169.0.1",
    "191.168.1.1", "100.63.255.255", "100.128.0.1", "101.64.0.1", "172.15.255.255", "172.32.0.1", "171.16.0.1",
    "8.8.8.8",
    "2001:db8::1", "[2001:db8::1]", "fbff::1", "fe00::1", "fe7f::1", "fec0::1", "ff80::1", "::ffff:8.8.8.8",
    "::8.8.8.8",
    "::fffe:10.0.0.1", "::feff:10.0.0.1", "1::ffff:10.0.0.1", "0:0:0:0:1:ffff:10.0.0.1", "64:ff9b::a00:1", "",
  ])
  func whatIsReachedFromOutsideIsNot(host: String) { #expect(!NetworkAddress.isLocal(host)) }

  @Test(arguments: [
    ("169.254.169.254", true), ("169.254.169.254.", true), ("[::ffff:169.254.1.1]", true), ("fe80::1", true),
    ("[febf::1%1]", true), ("169.253.0.1", false), ("168.254.0.1", false), ("10.254.0.1", false), ("fec0::1", false),
    ("fe7f::1", false), ("fd80::1", false), ("a980:fe80::1", false), ("a9fe::1", false), ("254.128.0.1", false),
    ("127.0.0.1", false), ("localhost", false), ("metadata.example", false),
  ])
  func linkLocalAddressesAreKnown(host: String, isLinkLocal: Bool) {
    #expect(NetworkAddress.isLinkLocal(host) == isLinkLocal)
  }
}

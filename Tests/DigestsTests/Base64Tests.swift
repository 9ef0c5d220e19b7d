import Digests
import Testing

struct Base64Tests {
  // Source: RFC 4648, section 10.
  private static let vectors = [
    ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
    ("foobar", "Zm9vYmFy"),
  ]

  @Test(arguments: vectors) func theVectorsOfTheStandardHold(bytes: String, text: String) {
    #expect(Base64.encode(bytes.utf8) == text)
    #expect(Base64.decode(text) == Array(bytes.utf8))
    #expect(Base64.decode(text.filter { $0 != "=" }) == Array(bytes.utf8))
  }

  @Test(arguments: ["Z", "Zg=x", "Zm9v!", "Zm 9v", "Zm9vY", "Zm9v\n", "Zm-_", "Zg==Zg==", "é"])
  func anythingElseIsRefused(text: String) {
    #expect(Base64.decode(text) == nil)
  }

  @Test func aFingerprintIsSHA1InUpperCase() {
    // Source: FIPS 180-2, appendix A.1.
    #expect(SHA1.hex(of: Array("abc".utf8)) == "A9993E364706816ABA3E25717850C26C9CD0D89D")
  }
}

import SystemIO
import Testing

@testable import Signing

@Suite struct SignatureFormTests {
  let tool: OpenSSLTool
  let message = Array("exactly these bytes".utf8)

  init() throws { tool = try OpenSSLTool() }

  @Test(arguments: ToolKind.all) func everyFlippedBitIsFound(kind: ToolKind) throws {
    try tool.run(kind.generate)
    let key = try PrivateKey(file: tool.path("k.key"))
    let signature = try message.withUnsafeBytes { try key.sign($0) }
    #expect(verifies(signature, message, key))
    for bit in 0..<signature.count * 8 {
      var changed = signature
      changed[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(!verifies(changed, message, key), "bit \(bit) of the signature")
    }
    for bit in 0..<message.count * 8 {
      var changed = message
      changed[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(!verifies(signature, changed, key), "bit \(bit) of the message")
    }
    for length in 0..<signature.count { #expect(!verifies(Array(signature.prefix(length)), message, key)) }
    #expect(!verifies(signature + [0], message, key))
    #expect(!verifies(signature, message + [0], key))
  }

  @Test func onlyCanonicalDERCounts() throws {
    let key = try PrivateKey.generate()
    let signature = try message.withUnsafeBytes { try key.sign($0) }
    let r = Array(signature[4..<4 + Int(signature[3])])
    let s = Array(signature.suffix(Int(signature[5 + r.count])))
    func der(_ r: [UInt8], _ s: [UInt8]) -> [UInt8] {
      [0x30, UInt8(4 + r.count + s.count), 0x02, UInt8(r.count)] + r + [0x02, UInt8(s.count)] + s
    }
    #expect(der(r, s) == signature)
    let body = Array(signature.dropFirst(2))
    let others = [
      der([0] + r, s), der(r, [0] + s), [0x30, 0x81, UInt8(body.count)] + body, [0x30, 0x80] + body + [0, 0],
      [0x30, UInt8(body.count + 2)] + body + [0x05, 0x00], r + s,
    ]
    for other in others { #expect(!verifies(other, message, key), "\(other)") }
    // OpenSSL refuses them too, and not every version always did.
    #expect(P256.isCanonical(signature: signature))
    for other in others { #expect(!P256.isCanonical(signature: other), "\(other)") }
  }

  private func verifies(_ signature: [UInt8], _ message: [UInt8], _ key: PrivateKey) -> Bool {
    message.withUnsafeBytes { key.publicKey.verify(signature: signature, message: $0) }
  }
}

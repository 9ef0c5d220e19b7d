import Diagnostics
import Digests
import Release

/// The texts that release signatures sign.
enum SignedText {
  static let digest = SHA256Hasher.digest(of: Array("a payload".utf8))

  static func text(
    _ digest: Digest = digest, type: String = "\"atomic container signature\"", reference: String = "\"host/r:1\"",
    image: String? = nil, critical: String = "", optional: String = ",\"optional\":{\"creator\":\"test\",\"new\":1}",
    after: String = ""
  ) -> [UInt8] {
    let image = image ?? "{\"docker-manifest-digest\":\"\(digest)\"}"
    return Array(
      """
      {"critical":{"identity":{"docker-reference":\(reference)},"image":\(image),"type":\(type)\(critical)}\(optional)}\
      \(after)
      """.utf8)
  }
}

extension ReleaseSignatureVerdict {
  /// The signature, if it is proven.
  func get() throws(SealiftError) -> ProvenReleaseSignature {
    switch self {
    case .proven(let signature): return signature
    case .refused(let error), .otherPayload(let error): throw error
    }
  }
}

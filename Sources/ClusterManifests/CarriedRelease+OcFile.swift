internal import Digests
internal import JSON

extension CarriedRelease {
  /// The ConfigMap as the file that `oc adm release mirror` leaves in its directory; `nil` without a signature.
  ///
  /// It is the object of `signatureConfigMap()`, in one line and with `oc`'s order of members, so that tools which know
  /// that file find it unchanged.
  public var signatureFile: (name: String, bytes: [UInt8])? {
    guard !signatures.isEmpty else { return nil }
    var writer = JSONWriter()
    writer.object { writer in
      writer.member("kind", "ConfigMap")
      writer.member("apiVersion", "v1")
      writer.member("metadata")
      writer.object { writer in
        writer.member("name", digest.tag)
        writer.member("namespace", "openshift-config-managed")
        writer.member("labels")
        writer.object { $0.member("release.openshift.io/verification-signatures", "") }
      }
      writer.member("binaryData")
      writer.object { writer in
        for (index, bytes) in signatures.enumerated() {
          writer.member("\(digest.tag)-\(index + 1)", Base64.encode(bytes))
        }
      }
    }
    return ("signature-sha256-\(digest.hex.prefix(16)).json", writer.bytes + [UInt8(ascii: "\n")])
  }
}

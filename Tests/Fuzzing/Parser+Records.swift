#if DELETING
  import Content
  import Diagnostics
  import Glibc
  import SystemIO

  @testable import Deleting

  extension Parser {
    /// What reads the records of earlier runs.
    static let records = [receipts, deleteLists]

    private static let digest = "sha256:\(String(repeating: "ab", count: 32))"

    private static let receipts = Parser(
      "receipts",
      [
        #"{"apiVersion":"sealift/receipt/v1","target":"r.example/mirror","bundle":"\#(digest)","failure":null,"#
          + #""manifests":[{"repository":"mirror/a","digest":"\#(digest)"}],"blobs":[{"digest":"\#(digest)"}],"#
          + #""tags":[{"name":"mirror/a:1","digest":"\#(digest)"}]}"#
      ]
    ) { bytes in
      guard bytes.first == UInt8(ascii: "{") else { return }
      let file = try Scratch.shared(bytes)
      var kept = KeptContent()
      try kept.add(file.path, host: "r.example") { throw SealiftError(.usage, "no receipt", nextStep: "give one") }
    }

    private static let options = DeletionOptions(
      list: "list", target: "r.example/mirror", trust: TrustOptions(), registry: RegistryAccess(environment: [:]))

    private static let deleteLists = Parser(
      "delete-lists",
      [
        """
        apiVersion: mirror.openshift.io/v2alpha1
        kind: DeleteImageList
        target: r.example/mirror
        bundles: ['\(digest)']
        keep: ['\(digest)']
        items:
        - {imageName: 'q.example/a:1', imageReference: 'docker://r.example/mirror/a@\(digest)', type: generic, tags: ['1']}
        kept:
        - {imageReference: 'docker://r.example/mirror/b@\(digest)', neededBy: somebody}
        """
      ]
    ) { _ = try DeletionList($0, for: options) }
  }
#endif

internal import BundleFormat
internal import Content
internal import Diagnostics

/// Who has signed, and how anybody can check it.
extension ReportPage {
  func signatures(_ page: inout HTMLWriter) {
    page.table("Key", "State") { page in
      for signature in head.judged.signatures {
        page.markup("<tr>")
        page.code(signature.keyID)
        switch signature.state {
        case "trusted": page.markup("<td><span class=good>trusted</span>\n")
        case "invalid": page.markup("<td><span class=bad>wrong</span>\n")
        default: page.markup("<td>not asked: the key was not named\n")
        }
      }
    }
    page.markup(
      """
      <h3>To check that by other programs</h3>
      <p>BUNDLE is this bundle's file, or its volumes in their order (<code>BUNDLE=(NAME.[0-9]*[0-9])</code>), and KEY a \
      signer's public key in PEM, as the signer handed it over. The first command takes out what is signed, and reads the \
      beginning alone.</p>
      <pre>
      """)
    // The index, then the signatures: these are the first entries.
    let front = head.judged.verified.layout.indexContent + SignatureRegion.contentBytes
    page.lines("head -c \(front) < <(cat -- \"${BUNDLE[@]}\" | zstd -dcq --memory=4194304) | tar -xf -\n")
    page.lines("sha256sum bundle.json        # \(head.contents.id.dropFirst("sha256:".count))\n")
    page.markup("</pre>\n")
    for signature in head.judged.signatures {
      page.markup("<p>Key <code>")
      page.text(signature.keyID)
      page.markup("</code>, ECDSA or RSA; then the same for Ed25519:</p>\n<pre>")
      page.lines(
        """
        openssl pkey -pubin -in "$KEY" -outform DER | sha256sum        # the key's id
        openssl dgst -sha256 -verify "$KEY" -signature signatures/\(signature.keyID).sig bundle.json
        openssl pkeyutl -verify -pubin -inkey "$KEY" -rawin -in bundle.json -sigfile signatures/\(signature.keyID).sig

        """)
      page.markup("</pre>\n")
    }
  }
}

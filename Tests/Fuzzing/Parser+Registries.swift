import BundleFormat
import Diagnostics
import HTTPTransport
import OCI
import TestSupport
import Versions

@testable import Registry

extension Parser {
  /// What reads the words of registries, and of people about them.
  static let registries = [manifests, references, challenges, versions]

  private static let digest = "sha256:\(String(repeating: "ab", count: 32))"

  private static let manifests = Parser(
    "manifests",
    samples: {
      let bundle = try TinyBundle.example
      let image = bundle.index.images.compactMap { bundle.contents[$0.manifest.digest] }
      let index =
        #"{"schemaVersion":2,"manifests":[{"mediaType":"\#(MediaType.ociManifest.rawValue)","size":7,"#
        + #""digest":"\#(digest)","platform":{"os":"linux","architecture":"arm64","variant":"v8"}}],"#
        + #""annotations":{"a":"b"},"subject":{"mediaType":"a/b","digest":"\#(digest)","size":1}}"#
      return image + [Array(index.utf8)]
    }
  ) { bytes in
    for type in [nil] + MediaType.manifests.map(Optional.some) {
      _ = try? Manifest(bytes, mediaType: type, source: "manifest")
    }
  }

  private static let references = Parser(
    "references",
    [
      "r.example:5000/team/app:1.0@\(digest)", "oci:dir:name", "file://dir//path:tag", "localhost/a", "[::1]:5/a",
      "https://user@r.example:8443/a?b=c#d",
    ]
  ) { bytes in
    let text = text(bytes)
    _ = try? OCILayoutAddress(text)
    _ = try? MirrorDirectoryAddress(text)
    _ = try? HTTPURL(text)
    let reference = try ImageReference(text)
    let again = try ImageReference(reference.description)
    precondition(again == reference, "a reference has another meaning when it is read again")
  }

  private static let challenges = Parser(
    "challenges",
    [
      #"Bearer realm="https://auth.example/token",service="r.example",scope="repository:a:pull""#,
      #"Basic realm="a \"b\"", Bearer realm=c"#, "Negotiate",
    ]
  ) { bytes in
    var headers = HTTPHeaders()
    for line in bytes.split(separator: UInt8(ascii: "\n")) { headers.add("WWW-Authenticate", text(Array(line))) }
    _ = Challenge(headers)
  }

  private static let versions = Parser("versions", ["1.2.3-rc.1+b", ">=1.0.0 <2.0.0 || 3.x", "~1.2", "^0.1"]) { bytes in
    let text = text(bytes)
    _ = VersionRange(text)
    if let version = SemanticVersion(text) {
      precondition(!version.precedes(version), "a version comes before itself")
    }
  }
}

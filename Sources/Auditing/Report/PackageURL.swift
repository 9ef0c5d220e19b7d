internal import BundleFormat
internal import Content
internal import Digests
internal import OCI

/// The names by which tools know what lies in registries.
///
/// Source: the package-url specification, and its types `oci` and `generic`.
struct PackageURL {
  /// The last part of the repository's path, in lower case.
  let name: String
  private let repository: String?

  /// - Parameter image: At its source, where that is a registry; else where it goes.
  init(_ image: BundleIndex.Image) {
    let reference = image.sources.lazy.compactMap { ImageReference(source: $0) }.first
    self.init(reference, image)
  }

  private init(_ reference: ImageReference?, _ image: BundleIndex.Image) {
    repository = reference.map { "\($0.registry)/\($0.repository)".lowercased() }
    name = (repository ?? image.destination).split(separator: "/").last.map { $0.lowercased() } ?? image.destination
  }

  /// The name of something in the repository.
  func purl(_ digest: Digest, _ qualifiers: [(name: String, value: String)]) -> String {
    let all = (repository.map { [("repository_url", $0)] } ?? []) + qualifiers
    return "pkg:oci/\(name.percentEncoded())@sha256%3A\(digest.hex)" + all.query
  }

  /// The names of an image, one for each name that it was asked for by.
  func purls(of image: BundleIndex.Image) -> [String] {
    let references = image.sources.compactMap { ImageReference(source: $0) }
    guard !references.isEmpty else { return [purl(image.manifest.digest, [])] }
    return references.map { reference in
      PackageURL(reference, image).purl(image.manifest.digest, reference.tag.map { [("tag", $0)] } ?? [])
    }
  }

  /// The name of a file.
  static func generic(_ file: BundleIndex.CarriedFile) -> String {
    var qualifiers = [(name: "checksum", value: file.digest.description)]
    if file.source.contains("://") { qualifiers.append(("download_url", file.source)) }
    return "pkg:generic/\(file.name.percentEncoded())" + qualifiers.query
  }
}

extension [(name: String, value: String)] {
  fileprivate var query: String {
    isEmpty ? "" : "?" + map { "\($0.name)=\($0.value.percentEncoded(but: "/:"))" }.joined(separator: "&")
  }
}

extension String {
  /// The text with all bytes but letters, digits and `-._~` written as `%XX`.
  fileprivate func percentEncoded(but others: String = "") -> String {
    utf8.reduce(into: "") { out, byte in
      let scalar = Unicode.Scalar(byte)
      if scalar.properties.isASCIIHexDigit || ("g"..."z").contains(scalar) || ("G"..."Z").contains(scalar)
        || "-._~".utf8.contains(byte) || others.utf8.contains(byte)
      {
        out.unicodeScalars.append(scalar)
      } else {
        out += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }
  }
}

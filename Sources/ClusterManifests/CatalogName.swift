internal import Diagnostics
internal import Digests
internal import OCI

/// The names that oc-mirror gives to the objects of a catalog, so that those that users have already are replaced.
///
/// Source: `formats/manifests.md`, "Catalogs"; openshift/oc-mirror, `generateCatalogSource`.
enum CatalogName {
  // Two letters and a dash come before it, and a name may have 63 characters.
  private static let limit = 60
  private static let suffixLength = 12

  /// What stands after `cs-` and `cc-`.
  ///
  /// - Throws: `configuration` if that is no name of an object.
  static func stem(of catalog: CarriedCatalog) throws(SealiftError) -> String {
    let base = catalog.destination.split(separator: "/").last ?? ""
    let stem = "\(base)-\(suffix(of: catalog))".replacing(".", with: "-")
    let isName = stem.utf8.count <= limit && stem.utf8.allSatisfy(isLabelByte)
    guard isName, let last = stem.utf8.last, last != UInt8(ascii: "-") else {
      throw SealiftError(
        .configuration,
        "no CatalogSource for \(catalog.source) can be named 'cs-\(stem)': a name has at most 63 lower-case letters, "
          + "digits and '-', and ends in a letter or digit",
        nextStep: "give the catalog another targetCatalog or targetTag")
    }
    return stem
  }

  private static func suffix(of catalog: CarriedCatalog) -> String {
    switch catalog.version {
    case .digest(let digest): return String(digest.hex.prefix(suffixLength))
    case .tag(""): return "0"
    case .tag(let tag):
      let bytes = tag.utf8.prefix(suffixLength).map { byte in
        let lower = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
        return isLabelByte(lower) ? lower : UInt8(ascii: "-")
      }
      return String(decoding: bytes, as: UTF8.self)
    }
  }

  private static func isLabelByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
    default: false
    }
  }
}

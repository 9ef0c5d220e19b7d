internal import BundleFormat
internal import Diagnostics
public import Digests
public import HTTPTransport
internal import SystemIO
public import YAML

/// One file of `mirror.files`: a client, an installer, a boot image.
public struct FileRequest: Sendable {
  /// Where a file lies.
  public enum Place: Sendable, Hashable, CustomStringConvertible {
    /// On a web server.
    case url(HTTPURL)
    /// On this machine.
    case path(String)

    /// The place as others may see it: without the query of a URL, which can hold a signature.
    public var description: String {
      switch self {
      case .url(let url): url.description
      case .path(let path): path
      }
    }
  }

  /// `url` or `path`: where it lies.
  public let place: Place
  /// `name`: what it is called where it is unpacked; else the last component of its place.
  public let name: String
  /// `sha256`: its digest; there always is one for a URL.
  public let digest: Digest?
  /// `size`: its size in bytes, for a URL where it is written.
  public let size: Int?
  /// `profiles`: the profiles that it belongs to, sorted; none means all.
  public let profiles: [String]
  /// Where it stands in the file.
  public let position: YAMLPosition

  /// - Parameter node: The element of the list.
  init(_ node: YAMLNode, _ findings: Findings) throws(SealiftError) {
    let stanza = try Stanza(
      node, path: "mirror.files[]",
      Stanza.Fields(honoured: ["url", "path", "name", "sha256", "size", "profiles"]), findings)
    position = stanza.position
    profiles = stanza.profiles()
    place = try Self.place(stanza)
    digest = try stanza.sha256()
    size = try Self.size(stanza)
    name = try Self.name(stanza, place)
    if case .url(let url) = place, digest == nil {
      throw position.error(
        "\(url) has no sha256, and what comes from a web server is only taken if that is known",
        nextStep: "add sha256, from the publisher's list of checksums")
    }
  }

  private static func place(_ stanza: Stanza) throws(SealiftError) -> Place {
    let path = try stanza.checkedText("path", "the path of a file")
    switch (try stanza.url(), path) {
    case (let url?, nil): return .url(url)
    case (nil, let path?): return .path(path)
    case (nil, nil): throw stanza.position.error("\(stanza.path) has neither url nor path", nextStep: "add one")
    case (_?, _?):
      throw stanza.position.error(
        "\(stanza.path) has both url and path, and a file lies in one place", nextStep: "remove one")
    }
  }

  private static func size(_ stanza: Stanza) throws(SealiftError) -> Int? {
    guard let node = stanza["size"] else { return nil }
    guard stanza["path"] == nil else {
      throw node.position.error("size belongs to a url: that of a local file is looked up", nextStep: "remove it")
    }
    let size = try node.integer()
    guard (0...maximumBytes).contains(size) else {
      throw node.position.error("\(size) is not the size of a file in bytes")
    }
    return size
  }

  private static func name(_ stanza: Stanza, _ place: Place) throws(SealiftError) -> String {
    let field = stanza["name"]
    let name: String
    switch place {
    case _ where field != nil: name = try field?.string() ?? ""
    case .url(let url): name = FileSystem.name(of: url.path)
    case .path(let path): name = FileSystem.name(of: path)
    }
    guard BundleIndex.CarriedFile.isName(name) else {
      throw (field?.position ?? stanza.position).error(
        "'\(name.prefix(100))' cannot be the name of a file in a bundle",
        nextStep: "write a name of letters, digits and ._=+~@- that begins with a letter or a digit, and has at most "
          + "\(BundleIndex.CarriedFile.maximumNameBytes)")
    }
    return name
  }

  /// The greatest size of a file, 8 TiB: what a tar archive can hold, and more than any disk image has.
  public static let maximumBytes = 1 << 43

  /// Reads `mirror.files`: names are unique, as all files are written into one directory.
  static func list(_ mirror: Stanza) -> [FileRequest] {
    var lines: [String: Int] = [:]
    return mirror.list("files") { (node) throws(SealiftError) in
      let file = try FileRequest(node, mirror.findings)
      // FAT and other file systems do not tell capital letters apart.
      if let line = lines.updateValue(file.position.line, forKey: file.name.lowercased()) {
        throw file.position.error(
          "the name '\(file.name)' is that of another file too, in line \(line), or differs only in capital letters",
          nextStep: "give one of them another name")
      }
      guard lines.count <= BundleIndex.CarriedFile.maximumCount else {
        throw file.position.error("there are more than \(BundleIndex.CarriedFile.maximumCount) files")
      }
      return file
    }
  }
}

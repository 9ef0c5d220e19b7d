internal import Diagnostics
internal import Digests
internal import JSON
internal import OCI

extension JSONReader {
  /// Reads an element of `carriedFiles`.
  mutating func carriedFile(_ texts: inout TextCount) throws(SealiftError) -> BundleIndex.CarriedFile {
    let fields = try carriedFields(&texts)
    guard let digest = fields.digest, let name = fields.texts["name"], let profiles = fields.profiles,
      let source = fields.texts["source"]
    else { throw failure("a carried file lacks its digest, name, profiles or source") }
    return BundleIndex.CarriedFile(digest: digest, name: name, profiles: profiles, source: source)
  }

  /// Reads an element of `manifests`.
  mutating func carriedObject(_ texts: inout TextCount) throws(SealiftError) -> BundleIndex.CarriedObject {
    let fields = try carriedFields(&texts)
    guard let path = fields.texts["path"], let profiles = fields.profiles, let source = fields.texts["source"] else {
      throw failure("a cluster manifest lacks its path, profiles or source")
    }
    return BundleIndex.CarriedObject(path: path, profiles: profiles, source: source)
  }

  /// Reads an element of `tools`.
  mutating func tool(_ texts: inout TextCount) throws(SealiftError) -> BundleIndex.Tool {
    let fields = try carriedFields(&texts)
    guard let digest = fields.digest, let path = fields.texts["path"], let size = fields.size else {
      throw failure("a tool lacks its digest, path or size")
    }
    return BundleIndex.Tool(digest: digest, path: path, size: size)
  }

  private mutating func carriedFields(_ texts: inout TextCount) throws(SealiftError) -> CarriedFields {
    var fields = CarriedFields()
    try object { (reader, name) throws(SealiftError) in
      switch name {
      case "digest": fields.digest = try reader.digest()
      case "name", "path", "source": fields.texts[name] = try reader.string()
      case "profiles":
        fields.profiles = try texts.list(&reader, limit: BundleIndex.maximumProfiles)
      case "size": fields.size = try reader.size()
      default: try reader.skip()
      }
    }
    return fields
  }
}

/// The members that the three kinds of elements have between them.
private struct CarriedFields {
  var digest: Digest?
  var texts: [String: String] = [:]
  var profiles: [String]?
  var size: Int?
}

extension JSONWriter {
  /// Writes an element of `carriedFiles`.
  mutating func carriedFile(_ file: BundleIndex.CarriedFile) {
    object { writer in
      writer.member("digest", file.digest.description)
      writer.member("name", file.name)
      writer.member("profiles")
      writer.array(of: file.profiles) { $0.string($1) }
      writer.member("source", file.source)
    }
  }

  /// Writes an element of `manifests`.
  mutating func carriedObject(_ carried: BundleIndex.CarriedObject) {
    object { writer in
      writer.member("path", carried.path)
      writer.member("profiles")
      writer.array(of: carried.profiles) { $0.string($1) }
      writer.member("source", carried.source)
    }
  }

  /// Writes an element of `tools`.
  mutating func tool(_ tool: BundleIndex.Tool) {
    object { writer in
      writer.member("digest", tool.digest.description)
      writer.member("path", tool.path)
      writer.member("size", tool.size)
    }
  }
}

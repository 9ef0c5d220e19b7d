internal import Diagnostics
internal import Digests
internal import JSON
internal import OCI

/// The members of a receipt as they are read, one by one: there can be 300,000 blobs, and no tree of them is made.
struct ReceiptFields {
  private(set) var version: String?
  private(set) var target: String?
  private(set) var bundle: String?
  private(set) var bundleName: String?
  private(set) var created: String?
  private(set) var manifests: [ManifestPlace]?
  private(set) var blobs: [ReceiptContent.Blob]?
  private(set) var tags: [String: Digest]?
  private(set) var releases: [ReceiptContent.Release] = []
  private(set) var signers: [String] = []
  private(set) var files: [String: Digest]?
  private(set) var hasFailed = true
  private(set) var hasRefused = false
  private(set) var hasClusterManifests = false
  // Entries are sorted by repository: most share the name of the one before.
  private var lastRepository = ""

  /// Reads all of it.
  mutating func read(_ reader: inout JSONReader) throws(SealiftError) {
    try reader.object { (reader, member) throws(SealiftError) in
      switch member {
      case "apiVersion": version = try reader.string()
      case "blobs": blobs = try blobs(&reader)
      case "bundle": bundle = try reader.string()
      case "bundleName": bundleName = try Self.text(&reader)
      case "carriedFiles":
        if !reader.takeNull() { files = try Self.files(&reader) }
      case "clusterManifests":
        hasClusterManifests = !reader.takeNull()
        if hasClusterManifests { try reader.skip() }
      case "created": created = try Self.text(&reader)
      case "failure": hasFailed = try Self.text(&reader) != nil
      case "manifests": manifests = try manifests(&reader)
      case "refused": hasRefused = try !Self.isEmptyList(&reader)
      case "releases": releases = try reader.list { (reader) throws(SealiftError) in try Self.release(&reader) }
      case "signers": signers = try reader.list { (reader) throws(SealiftError) in try reader.string() }
      case "tags": tags = try Self.tags(&reader)
      case "target": target = try Self.text(&reader)
      default: try reader.skip()
      }
    }
  }

  private static func text(_ reader: inout JSONReader) throws(SealiftError) -> String? {
    reader.takeNull() ? nil : try reader.string()
  }

  private static func isEmptyList(_ reader: inout JSONReader) throws(SealiftError) -> Bool {
    var isEmpty = true
    try reader.array { (reader) throws(SealiftError) in
      isEmpty = false
      try reader.skip()
    }
    return isEmpty
  }

  private mutating func manifests(_ reader: inout JSONReader) throws(SealiftError) -> [ManifestPlace] {
    try reader.list { (reader) throws(SealiftError) in
      let content = try content(&reader)
      return ManifestPlace(repository: content.repository, digest: content.digest)
    }
  }

  private mutating func blobs(_ reader: inout JSONReader) throws(SealiftError) -> [ReceiptContent.Blob] {
    try reader.list { (reader) throws(SealiftError) in try content(&reader) }
  }

  private mutating func content(_ reader: inout JSONReader) throws(SealiftError) -> ReceiptContent.Blob {
    var digest: Digest?
    var repository = ""
    var size: Int?
    try reader.object { (reader, member) throws(SealiftError) in
      switch member {
      case "digest": digest = try Self.digest(&reader)
      case "repository": repository = try repositoryName(&reader)
      case "size": size = try reader.size()
      default: try reader.skip()
      }
    }
    return ReceiptContent.Blob(digest: try Self.required(digest, reader), repository: repository, size: size)
  }

  private mutating func repositoryName(_ reader: inout JSONReader) throws(SealiftError) -> String {
    let last = lastRepository
    lastRepository = try reader.withString { last.utf8.elementsEqual($0) ? last : String(decoding: $0, as: UTF8.self) }
    return lastRepository
  }

  /// What has a name and a digest.
  private static func tags(_ reader: inout JSONReader) throws(SealiftError) -> [String: Digest] {
    var tags: [String: Digest] = [:]
    try reader.array { (reader) throws(SealiftError) in
      var digest: Digest?
      var name = ""
      try reader.object { (reader, member) throws(SealiftError) in
        switch member {
        case "digest": digest = try Self.digest(&reader)
        case "name": name = try reader.string()
        default: try reader.skip()
        }
      }
      tags[name] = try required(digest, reader)
    }
    return tags
  }

  private static func files(_ reader: inout JSONReader) throws(SealiftError) -> [String: Digest] {
    var files: [String: Digest] = [:]
    try reader.object { (reader, member) throws(SealiftError) in
      if member == "files" { files = try tags(&reader) } else { try reader.skip() }
    }
    return files
  }

  private static func release(_ reader: inout JSONReader) throws(SealiftError) -> ReceiptContent.Release {
    var (version, architecture) = ("", "")
    var digest: Digest?
    try reader.object { (reader, member) throws(SealiftError) in
      switch member {
      case "architecture": architecture = try reader.string()
      case "digest": digest = try Self.digest(&reader)
      case "version": version = try reader.string()
      default: try reader.skip()
      }
    }
    return ReceiptContent.Release(version: version, architecture: architecture, digest: digest)
  }

  private static func digest(_ reader: inout JSONReader) throws(SealiftError) -> Digest {
    try required(reader.withString { Digest(utf8: $0) }, reader)
  }

  private static func required(_ digest: Digest?, _ reader: JSONReader) throws(SealiftError) -> Digest {
    guard let digest else { throw reader.failure("an entry has no digest") }
    return digest
  }
}

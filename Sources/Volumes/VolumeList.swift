public import Diagnostics
public import Digests
internal import JSON

/// What the volumes of a bundle are, one by one: enough to check one of them alone.
///
/// Source: `formats/volumes-v1.md`, "The volume list".
public struct VolumeList: Sendable, Equatable {
  /// The version of the format.
  public static let apiVersion = "sealift-volumes/v1"
  /// The greatest list in bytes: that of 3,500 volumes with the longest names.
  public static let maximumBytes = 8 << 20
  /// How many bytes at its beginning tell a volume from all others.
  public static let beginBytes = 64 << 10
  /// What is put behind the bundle's name to name its list.
  public static let suffix = ".volumes"

  /// One volume.
  public struct Entry: Sendable, Equatable {
    /// Its name.
    public let name: String
    /// Its size in bytes.
    public let size: Int
    /// The digest of all of it.
    public let digest: Digest
    /// The digest of its first 64 KiB, or of all of it if it has less.
    public let begin: Digest

    /// Makes an entry.
    public init(name: String, size: Int, digest: Digest, begin: Digest) {
      self.name = name
      self.size = size
      self.digest = digest
      self.begin = begin
    }
  }

  /// The bundle's id.
  public let bundle: Digest
  /// The size of every volume but the last, which may have less.
  public let volumeBytes: Int
  /// The volumes, in order.
  public let entries: [Entry]

  /// Makes a list.
  public init(bundle: Digest, volumeBytes: Int, entries: [Entry]) {
    self.bundle = bundle
    self.volumeBytes = volumeBytes
    self.entries = entries
  }

  /// The size of the whole bundle.
  public var totalBytes: Int { entries.reduce(0) { $0 + $1.size } }

  /// The canonical form, which is what is signed.
  public var bytes: [UInt8] {
    var writer = JSONWriter()
    writer.object { writer in
      writer.member("apiVersion", Self.apiVersion)
      writer.member("bundle", bundle.description)
      writer.member("size", totalBytes)
      writer.member("volumeSize", volumeBytes)
      writer.member("volumes")
      writer.array(of: entries) { writer, entry in
        writer.object { writer in
          writer.member("begin", entry.begin.hex)
          writer.member("name", entry.name)
          writer.member("sha256", entry.digest.hex)
          writer.member("size", entry.size)
        }
      }
    }
    return writer.bytes
  }

  /// Reads a list.
  ///
  /// - Parameter source: Its path, for messages.
  /// - Throws: `corrupt` for anything but the canonical form of a list that can be.
  public init(_ bytes: [UInt8], source: String) throws(SealiftError) {
    let value = try JSONReader.value(bytes, source: source, code: .corrupt)
    guard let version = value["apiVersion"]?.text else { throw Self.refusal(source, "it has no apiVersion") }
    guard version == Self.apiVersion else {
      throw SealiftError(
        .corrupt, "\(source) has format '\(version.prefix(100))', and this program reads \(Self.apiVersion)",
        nextStep: "use a newer sealift, or read the volumes without the list")
    }
    guard let bundle = value["bundle"]?.text.flatMap({ try? Digest($0) }), let size = value["volumeSize"]?.integer,
      let elements = value["volumes"]?.elements
    else { throw Self.refusal(source, "it does not say which bundle and which volumes") }
    var entries: [Entry] = []
    for element in elements {
      guard let entry = Entry(element) else { throw Self.refusal(source, "volume \(entries.count + 1) is not told") }
      entries.append(entry)
    }
    self.init(bundle: bundle, volumeBytes: size, entries: entries)
    try check(source)
    guard self.bytes == bytes else { throw Self.refusal(source, "it is not in its one legal form") }
  }

  private func check(_ source: String) throws(SealiftError) {
    guard 1...VolumeName.maximumCount ~= entries.count, let first = VolumeName(path: entries[0].name),
      VolumeSize.range ~= volumeBytes
    else { throw Self.refusal(source, "it tells of no volumes") }
    for (number, entry) in entries.enumerated() {
      guard entry.name == VolumeName(first.bundle, number + 1, of: entries.count).text else {
        throw Self.refusal(source, "volume \(number + 1) is called '\(entry.name.prefix(100))'")
      }
      let isLast = number + 1 == entries.count
      guard isLast ? 1...volumeBytes ~= entry.size : entry.size == volumeBytes else {
        throw Self.refusal(source, "\(entry.name) has \(entry.size) bytes there, and volumes have \(volumeBytes)")
      }
    }
  }

  private static func refusal(_ source: String, _ problem: String) -> SealiftError {
    SealiftError(
      .corrupt, "\(source) is not a list of volumes: \(problem)",
      nextStep: "copy it again from where the volumes were made, or move it away to read the volumes without it")
  }
}

extension VolumeList.Entry {
  fileprivate init?(_ value: JSONValue) {
    guard let name = value["name"]?.text, !name.contains("/"), let size = value["size"]?.integer,
      let digest = value["sha256"]?.text.flatMap({ Digest(hex: $0) }),
      let begin = value["begin"]?.text.flatMap({ Digest(hex: $0) })
    else { return nil }
    self.init(name: name, size: size, digest: digest, begin: begin)
  }
}

public import BundleFormat
public import Digests
public import JSON
internal import OCI
public import Signing
internal import Tar
internal import Zstd

/// Writes bundles that a writer would not: any entries in any section, with everything around them as it must be.
///
/// It shares no code with `BundleWriter` but the parts that have tests of their own, so it is a second writer as well.
public struct Forge: Sendable {
  /// One entry; its header may lie.
  public struct Entry: Sendable {
    /// The header.
    public var header: [UInt8]
    /// The content.
    public var content: [UInt8]

    /// An entry with the header that belongs to it.
    public init(_ name: String, _ content: [UInt8]) {
      header = TarHeader.bytes(name: name, size: content.count)
      self.content = content
    }

    /// An entry with a header of any kind.
    public init(header: [UInt8], content: [UInt8] = []) {
      self.header = header
      self.content = content
    }

    /// The entry in the tar stream.
    public var bytes: [UInt8] { header + content + [UInt8](repeating: 0, count: TarHeader.padding(content.count)) }
  }

  /// A section whose entries a test changes.
  public enum Part: CaseIterable, Sendable {
    case head
    case body
    case tail
  }

  /// The entries of a section.
  public subscript(part: Part) -> [Entry] {
    get {
      switch part {
      case .head: head
      case .body: body
      case .tail: tail
      }
    }
    set {
      switch part {
      case .head: head = newValue
      case .body: body = newValue
      case .tail: tail = newValue
      }
    }
  }

  /// The stored bytes of the first section, where they are not made of `indexBytes`.
  public var indexSection: [UInt8]?
  /// The content of `bundle.json`.
  public var indexBytes: [UInt8]
  /// Who signs these bytes.
  public var keys: [PrivateKey]
  /// The stored region, where it is not made of `keys`.
  public var region: [UInt8]?
  /// The entries of the head, but for the index and the signatures.
  public var head: [Entry]
  /// The raw blobs.
  public var body: [Entry]
  /// The compressed blobs.
  public var tail: [Entry]
  /// What stands behind the seek table.
  public var trailer: [UInt8] = []

  /// The parts of a legal bundle.
  public init(_ bundle: TinyBundle) {
    self.init(bundle.index, contents: bundle.contents, keys: bundle.keys)
  }

  /// The parts of a bundle as an index lists them.
  ///
  /// - Parameters:
  ///   - contents: What each digest of the index stands for; what is missing is written as nothing.
  ///   - derived: Files of the head that are written with another content than the one that follows from the index.
  public init(
    _ index: BundleIndex, contents: [Digest: [UInt8]], keys: [PrivateKey], derived: [String: [UInt8]] = [:]
  ) {
    indexBytes = index.bytes
    self.keys = keys
    let blob = { (digest: Digest) in Entry(BundleLayout.blobName(digest), contents[digest] ?? []) }
    let tree = (try? JSONReader.value(indexBytes, source: "the index")) ?? .null
    let fixed = Self.fixedPaths.map { Entry($0, derived[$0] ?? Self.derived($0, tree)) }
    let extra = index.extraFiles.map { Entry($0.path, contents[$0.digest] ?? []) }
    head = fixed + extra + index.metadata.map { blob($0.digest) }
    body = index.blobs.filter { $0.encoding == .raw }.map { blob($0.descriptor.digest) }
    tail = index.blobs.filter { $0.encoding == .zstd }.map { blob($0.descriptor.digest) }
  }

  /// A file of the head that follows from the index, made as the document says and not as the program does.
  ///
  /// - Parameter tree: The index; what it lacks is taken for nothing.
  public static func derived(_ path: String, _ tree: JSONValue) -> [UInt8] {
    switch path {
    case "oci-layout": return Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8)
    case "index.json": return JSONWriter.bytes(of: imageIndex(tree))
    default:
      var lines = ["oci-layout", "index.json"].map { ($0, SHA256Hasher.digest(of: derived($0, tree)).hex) }
      for file in tree["files"]?.elements ?? [] where !fixedPaths.contains(file["path"]?.text ?? "") {
        lines.append((file["path"]?.text ?? "", hex(file)))
      }
      let stored = (tree["blobs"]?.elements ?? []).filter { $0["encoding"] != .string("held") }
      let blobs = (tree["metadata"]?.elements ?? []) + stored
      lines += blobs.map { ("blobs/sha256/\(hex($0))", hex($0)) }
      return Array(lines.map { "\($1)  \($0)\n" }.joined().utf8)
    }
  }

  /// The files that follow from the index.
  public static let fixedPaths = ["SHA256SUMS", "oci-layout", "index.json"]

  private static func hex(_ entry: JSONValue) -> String { String((entry["digest"]?.text ?? "").dropFirst(7)) }

  private static func imageIndex(_ tree: JSONValue) -> JSONValue {
    var manifests: [JSONValue] = []
    for image in tree["images"]?.elements ?? [] {
      let members = ["digest", "mediaType", "size"].map { JSONValue.Member($0, image[$0] ?? .null) }
      let tags = image["tags"]?.elements ?? []
      if tags.isEmpty { manifests.append(.object(members)) }
      for tag in tags {
        let name = JSONValue.string("\(image["destination"]?.text ?? ""):\(tag.text ?? "")")
        let annotations = JSONValue.object([.init("org.opencontainers.image.ref.name", name)])
        manifests.append(.object([.init("annotations", annotations)] + members))
      }
    }
    return .object([
      .init("manifests", .array(manifests)), .init("mediaType", .string("application/vnd.oci.image.index.v1+json")),
      .init("schemaVersion", .integer(2)),
    ])
  }

  /// The whole file.
  public var bytes: [UInt8] {
    get throws {
      var table: [SeekTable.Entry] = []
      var frames: [UInt8] = []
      func compressed(_ content: [UInt8]) -> [UInt8] {
        var stored: [UInt8] = []
        for start in stride(from: 0, to: content.count, by: 4 << 20) {
          let piece = content[start..<min(start + 4 << 20, content.count)]
          let frame = piece.withUnsafeBytes { ZstdCompressor().frame($0) }
          table.append(.init(storedBytes: frame.count, contentBytes: piece.count))
          let size = "\(frame.count)"
          let digits = String(repeating: "0", count: 8 - size.count) + size
          frames += "\(digits) \(SHA256Hasher.digest(of: frame).hex)\n".utf8
          stored += frame
        }
        return stored
      }
      func raw(_ content: [UInt8]) -> [UInt8] {
        let layout = RawFrames(contentBytes: content.count)
        table += layout.frames.map { .init(storedBytes: RawFrames(contentBytes: $0).storedBytes, contentBytes: $0) }
        return layout.pieces(0..<content.count).reduce(into: []) { stored, piece in
          stored += layout.preamble(at: piece.lowerBound) + content[piece]
        }
      }
      let indexSection = indexSection ?? compressed(Entry("bundle.json", indexBytes).bytes)
      let region = try region ?? TinyBundle.signatures(indexBytes, keys).stored
      table.append(.init(storedBytes: region.count, contentBytes: 65_536))
      var file = indexSection + region + compressed(head.flatMap(\.bytes)) + raw(body.flatMap(\.bytes))
      for entry in tail { file += compressed(entry.bytes) }
      file += raw(Entry("frames.sha256", frames).bytes + TarHeader.endOfArchive)
      return file + SeekTable(table).bytes + trailer
    }
  }
}

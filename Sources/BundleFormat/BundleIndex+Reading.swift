public import Diagnostics
internal import Digests
internal import JSON
internal import OCI

extension BundleIndex {
  /// Reads `bundle.json` and checks everything in it that can be checked without the rest of the bundle.
  ///
  /// A member that is not known is passed over, so that later versions can add facts; what a reader must understand has
  /// a new `apiVersion`, or is named in `requires`.
  ///
  /// - Throws: `corrupt`, which says whether a newer Sealift is needed.
  public init(_ bytes: [UInt8]) throws(SealiftError) {
    var fields = IndexFields()
    try JSONReader.read(bytes, source: "bundle.json", code: .corrupt, limits: Self.limits) {
      (reader) throws(SealiftError) in
      try reader.object { (reader, name) throws(SealiftError) in try fields.read(name, from: &reader) }
    }
    guard fields.apiVersion != nil else { throw .index("it has no apiVersion") }
    guard let producer = fields.producer, let created = fields.created, let images = fields.images,
      let files = fields.files, let metadata = fields.metadata, let blobs = fields.blobs,
      let releases = fields.releases, let catalogs = fields.catalogs, let carriedFiles = fields.carriedFiles,
      let carriedObjects = fields.carriedObjects, let tools = fields.tools
    else {
      throw .index(
        "it lacks one of 'blobs', 'carriedFiles', 'catalogs', 'created', 'files', 'images', 'manifests', 'metadata', "
          + "'producer', 'releases', 'tools'")
    }
    self.init(
      created: created, producer: producer, images: images, files: files, metadata: metadata, blobs: blobs,
      releases: releases, catalogs: catalogs)
    self.carriedFiles = carriedFiles
    self.carriedObjects = carriedObjects
    self.tools = tools
    held = fields.held
    bases = fields.bases
    guard fields.requires == requires else {
      throw .index("'requires' is not \(requires), which follows from its images and bases")
    }
    try check()
  }

  // So that one that is refused costs a second at most, whatever it holds.
  private static let limits = JSONLimits(depth: 32, stringBytes: maximumText, members: 64, skippedBytes: 1 << 20)
}

/// The members of `bundle.json` as they are met.
private struct IndexFields {
  var apiVersion: String?
  var created: String?
  var producer: BundleIndex.Producer?
  var images: [BundleIndex.Image]?
  var files: [BundleIndex.HeadFile]?
  var metadata: [Descriptor]?
  var blobs: [BundleIndex.Blob]?
  var held: [BundleIndex.HeldBlob] = []
  var bases: [BundleIndex.Base] = []
  var releases: [BundleIndex.Release]?
  var catalogs: [BundleIndex.Catalog]?
  var carriedFiles: [BundleIndex.CarriedFile]?
  var carriedObjects: [BundleIndex.CarriedObject]?
  var tools: [BundleIndex.Tool]?
  var requires: [String] = []
  private var texts = TextCount()
  // There are few media types and many blobs: each text is made once.
  var mediaTypes = MediaTypeCache()

  mutating func read(_ name: String, from reader: inout JSONReader) throws(SealiftError) {
    // It must come first: what a later version means by the other members is not for this one to judge.
    guard apiVersion != nil || name == "apiVersion" else {
      throw reader.failure("'apiVersion' is not the first member")
    }
    switch name {
    case "apiVersion": apiVersion = try version(&reader)
    case "bases":
      bases = try reader.list(limit: BundleIndex.Base.maximumCount) { (reader) throws(SealiftError) in
        try reader.base(&texts)
      }
      try Self.require(bases, name, reader)
    case "blobs":
      var stored: [BundleIndex.Blob] = []
      _ = try reader.list(limit: BundleIndex.maximumBlobs) { (reader) throws(SealiftError) in
        try blob(&reader, into: &stored)
      }
      blobs = stored
    case "carriedFiles":
      carriedFiles = try reader.list(limit: BundleIndex.CarriedFile.maximumCount) { (reader) throws(SealiftError) in
        try reader.carriedFile(&texts)
      }
    case "catalogs":
      catalogs = try reader.list(limit: BundleIndex.Catalog.maximumCount) { (reader) throws(SealiftError) in
        try reader.catalog(&texts)
      }
    case "created": created = try reader.string()
    case "files":
      files = try reader.list(limit: BundleIndex.HeadFile.maximumFiles) { (reader) throws(SealiftError) in
        try file(&reader)
      }
    case "images":
      images = try reader.list(limit: BundleIndex.maximumImages) { (reader) throws(SealiftError) in try image(&reader) }
    case "manifests":
      carriedObjects = try reader.list(limit: BundleIndex.HeadFile.maximumFiles) { (reader) throws(SealiftError) in
        try reader.carriedObject(&texts)
      }
    case "metadata":
      metadata = try reader.list(limit: BundleIndex.maximumBlobs) { (reader) throws(SealiftError) in
        try descriptor(&reader)
      }
    case "producer": producer = try producer(&reader)
    case "releases":
      releases = try reader.list(limit: BundleIndex.Release.maximumCount) { (reader) throws(SealiftError) in
        try release(&reader)
      }
    case "tools":
      tools = try reader.list(limit: BundleIndex.Tool.maximumCount) { (reader) throws(SealiftError) in
        try reader.tool(&texts)
      }
    case "requires":
      requires = try reader.list(limit: 64) { (reader) throws(SealiftError) in try feature(&reader) }
      try Self.require(requires, name, reader)
    default: try reader.skip()
    }
  }

  /// Refuses an empty list where one that has nothing is left out: there is one form for one meaning.
  private static func require(_ list: [some Any], _ name: String, _ reader: JSONReader) throws(SealiftError) {
    guard !list.isEmpty else { throw reader.failure("'\(name)' is an empty list, which is left out") }
  }

  private func feature(_ reader: inout JSONReader) throws(SealiftError) -> String {
    let feature = try reader.string()
    guard [BundleIndex.absentFeature, BundleIndex.basesFeature].contains(feature) else {
      throw .newer("the bundle needs the feature '\(feature)'")
    }
    return feature
  }

  private func version(_ reader: inout JSONReader) throws(SealiftError) -> String {
    let version = try reader.string()
    guard version == BundleIndex.apiVersion else {
      throw .newer("the bundle has format '\(version)', and this program reads \(BundleIndex.apiVersion)")
    }
    return version
  }

  /// Reads an element of `blobs`: one that is stored, or one of those behind them that are held.
  private mutating func blob(_ reader: inout JSONReader, into stored: inout [BundleIndex.Blob]) throws(SealiftError) {
    var fields = DescriptorFields()
    var encoding: BundleIndex.Encoding?
    var isHeld = false
    var offset: Int?
    var places: [Int]?
    try reader.object { (reader, name) throws(SealiftError) in
      switch name {
      case "encoding":
        let text = try reader.string()
        encoding = BundleIndex.Encoding(rawValue: text)
        isHeld = text == BundleIndex.heldEncoding
        guard encoding != nil || isHeld else {
          throw .newer("the bundle stores a blob with the encoding '\(text)'")
        }
      case "offset": offset = try reader.size()
      case "places":
        places = try reader.list(limit: BundleIndex.HeldBlob.maximumPlaces) { (reader) throws(SealiftError) in
          try reader.size()
        }
      default: try fields.read(name, from: &reader, &mediaTypes)
      }
    }
    guard (encoding == .raw) == (offset != nil) else { throw reader.failure("only a raw blob has an offset") }
    guard isHeld == (places != nil) else { throw reader.failure("only a held blob has places") }
    let descriptor = try fields.descriptor(reader)
    if let places { return held.append(BundleIndex.HeldBlob(descriptor: descriptor, places: places)) }
    guard let encoding else { throw reader.failure("a blob lacks its encoding") }
    guard held.isEmpty else { throw reader.failure("\(descriptor.digest) stands behind blobs that are held") }
    stored.append(BundleIndex.Blob(descriptor: descriptor, encoding: encoding, offset: offset))
  }

  private mutating func descriptor(_ reader: inout JSONReader) throws(SealiftError) -> Descriptor {
    var fields = DescriptorFields()
    try reader.object { (reader, name) throws(SealiftError) in try fields.read(name, from: &reader, &mediaTypes) }
    return try fields.descriptor(reader)
  }

  private func file(_ reader: inout JSONReader) throws(SealiftError) -> BundleIndex.HeadFile {
    var path: String?
    var digest: Digest?
    var size: Int?
    try reader.object { (reader, name) throws(SealiftError) in
      switch name {
      case "path": path = try reader.string()
      case "digest": digest = try reader.digest()
      case "size": size = try reader.size()
      default: try reader.skip()
      }
    }
    guard let path, let digest, let size else { throw reader.failure("a file lacks its path, digest or size") }
    return BundleIndex.HeadFile(path: path, digest: digest, size: size)
  }

  private mutating func image(_ reader: inout JSONReader) throws(SealiftError) -> BundleIndex.Image {
    var fields = DescriptorFields()
    var (base, destination, reason, source): (String?, String?, String?, String?)
    var (platforms, tags): ([String]?, [String]?)
    var also: [RequestFields] = []
    var subject: Digest?
    var absent: [Digest] = []
    try reader.object { (reader, name) throws(SealiftError) in
      switch name {
      case "absent":
        absent = try texts.list(&reader) { (reader, _) throws(SealiftError) in try reader.digest() }
        try Self.require(absent, name, reader)
      case "base": base = try reader.string()
      case "destination": destination = try reader.string()
      case "reason": reason = try reader.string()
      case "source": source = try reader.string()
      case "also": also = try texts.list(&reader, Self.request)
      case "platforms": platforms = try texts.list(&reader)
      case "tags": tags = try texts.list(&reader)
      case "subject": subject = try reader.digest()
      default: try fields.read(name, from: &reader, &mediaTypes)
      }
    }
    guard let destination, let platforms, let reason, let source, let tags else {
      throw reader.failure("an image lacks its destination, platforms, reason, source or tags")
    }
    var image = BundleIndex.Image(
      source: source, manifest: try fields.descriptor(reader), platforms: platforms, reason: try Self.reason(reason),
      destination: destination, tags: tags, subject: subject, base: base)
    // One form for one meaning: the name of the image itself is not said again.
    guard !also.contains(where: { $0.source == source }) else {
      throw reader.failure("a further request names the image's own source")
    }
    image.absent = absent
    image.also = also.map { BundleIndex.Request(source: $0.source ?? source, reason: $0.reason) }
    return image
  }

  private typealias RequestFields = (reason: ImageReason, source: String?)

  private static func request(
    _ reader: inout JSONReader, _ texts: inout TextCount
  ) throws(SealiftError) -> RequestFields {
    var (reason, source): (String?, String?)
    try reader.object { (reader, name) throws(SealiftError) in
      switch name {
      case "reason": reason = try reader.string()
      case "source":
        try texts.count(in: reader)
        source = try reader.string()
      default: try reader.skip()
      }
    }
    guard let reason else { throw reader.failure("a further request lacks its reason") }
    return (try Self.reason(reason), source)
  }

  private static func reason(_ text: String) throws(SealiftError) -> ImageReason {
    guard let reason = ImageReason(text) else {
      throw .index(text.isEmpty ? "an image has an empty source or reason" : "'\(text)' is no reason for an image")
    }
    return reason
  }

  private mutating func release(_ reader: inout JSONReader) throws(SealiftError) -> BundleIndex.Release {
    var (architecture, source, version): (String?, String?, String?)
    var digest: Digest?
    var signatures: [BundleIndex.ReleaseSignature]?
    try reader.object { (reader, name) throws(SealiftError) in
      switch name {
      case "architecture": architecture = try reader.string()
      case "source": source = try reader.string()
      case "version": version = try reader.string()
      case "digest": digest = try reader.digest()
      case "signatures":
        signatures = try texts.list(&reader, limit: BundleIndex.Release.maximumSignatures, Self.signature)
      default: try reader.skip()
      }
    }
    guard let architecture, let source, let version, let digest, let signatures else {
      throw reader.failure("a release lacks its architecture, digest, signatures, source or version")
    }
    return BundleIndex.Release(
      architecture: architecture, digest: digest, signatures: signatures, source: source, version: version)
  }

  private static func signature(
    _ reader: inout JSONReader, _ texts: inout TextCount
  ) throws(SealiftError) -> BundleIndex.ReleaseSignature {
    try texts.count(in: reader)
    var (key, path): (String?, String?)
    try reader.object { (reader, name) throws(SealiftError) in
      switch name {
      case "key": key = try reader.string()
      case "path": path = try reader.string()
      default: try reader.skip()
      }
    }
    guard let key, let path else {
      throw reader.failure("a release's signature lacks its key or path")
    }
    return BundleIndex.ReleaseSignature(key: key, path: path)
  }

  private func producer(_ reader: inout JSONReader) throws(SealiftError) -> BundleIndex.Producer {
    var producer = BundleIndex.Producer(configuration: nil, name: "", version: "", zstd: "")
    try reader.object { (reader, name) throws(SealiftError) in
      switch name {
      case "configuration": producer.configuration = try reader.digest()
      case "name": producer.name = try reader.string()
      case "version": producer.version = try reader.string()
      case "zstd": producer.zstd = try reader.string()
      default: try reader.skip()
      }
    }
    guard !producer.name.isEmpty, !producer.version.isEmpty, !producer.zstd.isEmpty else {
      throw reader.failure("the producer lacks its name, version or zstd")
    }
    return producer
  }
}

/// The three members that every descriptor has.
private struct DescriptorFields {
  var mediaType: MediaType?
  var digest: Digest?
  var size: Int?

  mutating func read(
    _ name: String, from reader: inout JSONReader, _ mediaTypes: inout MediaTypeCache
  ) throws(SealiftError) {
    switch name {
    case "digest": digest = try reader.digest()
    case "mediaType":
      let known = try reader.withString { (text) throws(SealiftError) in mediaTypes.mediaType(text) }
      guard let known else {
        throw reader.failure("it has more than \(BundleIndex.maximumMediaTypes) media types")
      }
      mediaType = known
    case "size": size = try reader.size()
    default: try reader.skip()
    }
  }

  func descriptor(_ reader: JSONReader) throws(SealiftError) -> Descriptor {
    guard let mediaType, let digest, let size else {
      throw reader.failure("an entry lacks its digest, mediaType or size")
    }
    return Descriptor(mediaType: mediaType, digest: digest, size: size)
  }
}

private struct MediaTypeCache {
  // Most have the type of the one before.
  private var last: (text: [UInt8], type: MediaType)?
  private var known: Set<MediaType> = []

  /// - Returns: `nil` if there are too many.
  mutating func mediaType(_ text: UnsafeRawBufferPointer) -> MediaType? {
    if let last, last.text.elementsEqual(text) { return last.type }
    let type = known.insert(MediaType(rawValue: String(decoding: text, as: UTF8.self))).memberAfterInsert
    last = (Array(text), type)
    return known.count <= BundleIndex.maximumMediaTypes ? type : nil
  }
}

extension SealiftError {
  /// An index that contradicts itself.
  static func index(_ problem: String) -> SealiftError {
    SealiftError(.corrupt, "bundle.json is not a valid index: \(problem)", nextStep: "get a fresh copy of the bundle")
  }

  /// A bundle that a later version made.
  static func newer(_ problem: String) -> SealiftError {
    SealiftError(.corrupt, problem, nextStep: "use a newer version of sealift")
  }
}

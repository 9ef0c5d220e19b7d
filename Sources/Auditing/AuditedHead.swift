internal import BundleFormat
public import Content
internal import Diagnostics
internal import Digests
internal import OCI
internal import SystemIO

/// The head of a bundle, proven, and what an auditor asks of it: nothing behind the head is read.
public struct AuditedHead: Sendable {
  /// What the user calls it.
  public let name: String
  /// The index, and what its signatures are worth.
  public let judged: JudgedIndex
  /// What the bundle holds.
  public let contents: BundleContents
  /// The size of the file; `nil` for a pipe.
  public let fileBytes: Int?
  /// How many bytes are missing behind the head, at least: some give an auditor the beginning of a file alone.
  public let missingBytes: Int
  /// The cluster manifests and the image manifests.
  let texts: MetadataStore

  /// Reads a head.
  ///
  /// - Parameters:
  ///   - path: A bundle, or the beginning of one that holds all of its head; `-` for standard input.
  ///   - trust: Whom to trust.
  ///   - environment: Says where short-lived files lie.
  /// - Throws: `corrupt`, or `untrusted` if trusted keys were named and have not signed, unless that is allowed.
  public init(_ path: String, trust: TrustOptions, environment: [String: String]) throws {
    try self.init(BundlePlaces(path).open(trust, SilentReporter()), trust: trust, environment: environment)
  }

  init(_ file: any BundleMedium, trust: TrustOptions, environment: [String: String]) throws {
    let input = BundleInput(file)
    let judged = try trust.judge(input)
    let index = judged.verified.index
    let texts = try MetadataStore(in: FileSystem.temporaryDirectory(environment))
    let wanted = Set(index.templateFiles.map(\.digest) + index.metadata.filter(\.mediaType.isManifest).map(\.digest))
    let head = try input.readHead(judged.verified) { digest, bytes in
      if wanted.contains(digest) { try texts.put(digest, bytes) }
    }
    name = file.path
    self.judged = judged
    self.texts = texts
    contents = try BundleContents(judged.verified, [BundleContents.Template](index, in: texts), texts)
    fileBytes = file.isSeekable ? try file.size() : nil
    missingBytes = fileBytes.map { max(0, head.leastFileBytes - $0) } ?? 0
  }

  var index: BundleIndex { judged.verified.index }

  /// The names of the program that made it, its version and its library.
  public var producer: String { "\(index.producer.name) \(index.producer.version)" }
  /// When it was planned.
  public var created: String { index.created }

  /// All that an image consists of.
  func graph(_ image: BundleIndex.Image) throws(SealiftError) -> ImageGraph {
    try ImageGraph(image, in: texts)
  }

  /// The text of a cluster manifest.
  func text(_ template: BundleContents.Template) throws(SealiftError) -> String {
    String(decoding: try texts.required(template.digest), as: UTF8.self)
  }
}

extension ImageGraph {
  /// All of it, each once.
  var parts: [Descriptor] { manifests + blobs }
}

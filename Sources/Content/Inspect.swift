public import BundleFormat
public import Diagnostics
internal import OCI
internal import SystemIO

/// What the head of a bundle says.
public struct Inspection: Sendable {
  /// What it holds.
  public let contents: BundleContents
  /// When it was planned.
  public let created: String
  /// The name and version of the program that made it.
  public let producer: String
  /// Its signatures.
  public let signatures: [JudgedIndex.Signature]
  /// Whether the policy that was given accepts them; `nil` if none was given.
  public let isTrusted: Bool?
  /// The size of the file; `nil` for a pipe.
  public let fileBytes: Int?
  /// The text of the manifests that were asked for; of several, each below a line with its path.
  public let shown: String?
  /// Whether the file holds the head of the bundle and nothing else.
  public let isHeadOnly: Bool
  /// How far the bundles at hand have what it rests on; `nil` if none were named.
  public let coverage: BaseCoverage?
  /// Where its head was saved, and its size; `nil` if that was not asked for.
  public let savedHead: (path: String, bytes: Int)?
  /// What of the head was damaged or missing, and was made anew from parity.
  public let repaired: [DamagedVolume]
}

/// What an inspection is asked for beside what it always shows.
public struct InspectOptions: Sendable {
  /// Cluster manifests whose text is wanted: `config/KIND/NAME.yaml`; all of `config` or `config/KIND`; a kind.
  public var show: [String] = []
  /// Older bundles at hand, or their heads.
  public var bases: [String] = []
  /// Where the head is to be saved.
  public var savedHead: String?
  /// Where short-lived files lie.
  public var temporaryDirectory: String

  /// Makes options.
  public init(temporaryDirectory: String) { self.temporaryDirectory = temporaryDirectory }
}

/// Reads the head of a bundle and proves it, and reads no more.
///
/// Without any trusted key the index is shown all the same, as what it is: a claim that nobody has vouched for.
///
/// - Parameters:
///   - places: What the user names.
///   - trust: Whom to trust.
///   - options: What else is wanted.
/// - Throws: `untrusted` if trusted keys were named and have not signed, unless that is allowed; `notFound` if there is no
///   such manifest.
public func inspect(
  _ places: BundlePlaces, trust: TrustOptions, _ options: InspectOptions, reporter: any Reporter
) throws -> Inspection {
  let file = try places.open(trust, reporter)
  try options.savedHead.map { try requireSavable(file, to: $0) }
  let input = BundleInput(file)
  let judged = try trust.judge(input)
  let verified = judged.verified
  var templates = [BundleContents.Template](verified.index)
  var wanted = try ShownTemplates(options.show, of: verified.index)
  // Only what images of an update consist of is looked at again.
  let store = try verified.index.bases.isEmpty ? nil : MetadataStore(in: options.temporaryDirectory)
  // The kinds and names in the paths are what the packer says: an auditor is shown those of the objects.
  let digests = Set(verified.index.templateFiles.map(\.digest))
  let head = try input.readHead(verified) { digest, bytes in
    try store?.put(digest, bytes)
    guard digests.contains(digest) else { return }
    templates.take(digest, bytes)
    wanted.add(digest, bytes)
  }
  var baseTrust = trust
  baseTrust.allowUnsigned = trust.allowUnsigned || trust.keys.isEmpty
  return try Inspection(
    head, BundleContents(verified, templates, store), judged,
    fileBytes: file.isSeekable ? try file.size() : nil, shown: try wanted.text(),
    coverage: try verified.index.coverage(byHeadsOf: options.bases, baseTrust),
    savedHead: try options.savedHead.map { ($0, try save(head, of: file, to: $0)) }, repaired: file.damage)
}

/// Refuses to save the head of what cannot be read twice, or over the bundle itself.
///
/// - Throws: `usage`.
private func requireSavable(_ file: any BundleMedium, to path: String) throws(SealiftError) {
  guard file.isSeekable else {
    throw SealiftError(
      .usage, "--save-head needs a file, and the bundle comes from a pipe, or one volume after the other",
      nextStep: "name the bundle's file, or all of its volumes")
  }
  guard try !file.hasName(path) else {
    throw SealiftError(
      .usage, "--save-head names the bundle itself, which would be cut", nextStep: "name another file")
  }
}

/// Saves the bytes up to the body: whoever reads a bundle's head reads it there as well.
///
/// - Returns: How many.
private func save(_ head: ProvenHead, of file: any BundleMedium, to path: String) throws(SealiftError) -> Int {
  try FileSystem.write(try file.bytes(at: 0, count: head.bodyOffset), to: path)
  return head.bodyOffset
}

extension Inspection {
  fileprivate init(
    _ head: ProvenHead, _ contents: BundleContents, _ judged: JudgedIndex, fileBytes: Int?,
    shown: String?, coverage: BaseCoverage?, savedHead: (path: String, bytes: Int)?, repaired: [DamagedVolume]
  ) {
    let index = head.verified.index
    self.contents = contents
    self.shown = shown
    self.coverage = coverage
    self.savedHead = savedHead
    self.repaired = repaired
    isHeadOnly = fileBytes == head.bodyOffset
    signatures = judged.signatures
    isTrusted = judged.isTrusted
    self.fileBytes = fileBytes
    created = index.created
    producer = "\(index.producer.name) \(index.producer.version)"
  }
}

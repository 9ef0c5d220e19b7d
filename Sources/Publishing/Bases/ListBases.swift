public import Content
public import Diagnostics
internal import Digests
internal import OCI
internal import Registry
internal import Signing
internal import SystemIO

/// What `list bases` is asked for.
public struct ListBasesOptions: Sendable {
  /// `REGISTRY[:PORT][/prefix]`.
  public var target: String
  /// How the registry is reached.
  public var registry: RegistryAccess
  /// The greatest number of components in a repository's path, as for `unpack`.
  public var maxNestedPaths: Int?
  /// The directory that the receipts are written into, if they are wanted.
  public var directory: String?

  /// Makes options.
  public init(target: String, registry: RegistryAccess) {
    self.target = target
    self.registry = registry
  }
}

/// A bundle that a target says to have.
public struct ListedBase: Sendable {
  /// The id of the bundle.
  public let id: String
  /// The name of its file; `nil` from a pipe.
  public let name: String?
  /// When it was planned.
  public let created: String?
  /// How many manifests of it the target has.
  public let manifests: Int
  /// The bytes of its blobs, each once.
  public let bytes: Int
  /// Whether trusted keys had signed it.
  public let isSigned: Bool
  /// The ids of the keys that are said to have signed the receipt, which whoever packs checks.
  public let signers: [String]
  /// The file that its receipt was written to, if it was wanted.
  public let file: String?
}

/// Lists the bundles whose receipts a target registry keeps, the oldest first.
///
/// - Throws: `usage` for a target that is no registry; `notFound` if it keeps none.
public func listBases(_ options: ListBasesOptions, reporter: any Reporter) async throws -> [ListedBase] {
  let address = try TargetAddress(options.target)
  guard case .registry(let host, _) = address else {
    throw SealiftError(
      .usage, "\(options.target) is a directory, and only registries keep receipts",
      nextStep: "carry back what `unpack --receipt FILE` has written")
  }
  let pool = BlockingPool(threads: 4)
  let registry = try options.registry.client(for: host, isTarget: true, pool: pool, reporter: reporter)
  let repository = address.repository(for: ReceiptRecord.destination, maxNestedPaths: options.maxNestedPaths)
  let record = ReceiptRecord(repository: repository, target: registry)
  var bases: [ListedBase] = []
  for tag in try await registry.tags(in: repository).sorted() {
    do {
      let kept = try await record.read(tag)
      let file = try await pool.run { [directory = options.directory] in try directory.map { try kept.save(in: $0) } }
      bases.append(ListedBase(kept, file: file))
    } catch let error as SealiftError where [.protocol, .configuration, .notFound].contains(error.code) {
      reporter.report(.warning("\(address.name(of: repository)):\(tag) is left out: \(error.problem)"))
    }
  }
  guard !bases.isEmpty else {
    throw SealiftError(
      .notFound, "\(address.name(of: repository)) keeps no receipt of a bundle",
      nextStep: "name the same target as for unpack, with its prefix; or carry back a file of `unpack --receipt FILE`")
  }
  return bases.sorted { ($0.created ?? "", $0.id) < ($1.created ?? "", $1.id) }
}

extension ListedBase {
  fileprivate init(_ kept: ReceiptRecord.Kept, file: String?) {
    let content = kept.content
    id = content.bundle
    name = content.bundleName
    created = content.created
    manifests = content.manifests.count
    let sizes = Dictionary(content.blobs.map { ($0.digest, $0.size ?? 0) }) { first, _ in first }
    bytes = sizes.values.reduce(0) { $0.addingReportingOverflow($1).partialValue }
    isSigned = !content.signers.isEmpty
    signers = kept.signed.signatures.map(\.keyID.description)
    self.file = file
  }
}

extension ReceiptRecord.Kept {
  /// Writes the receipt as `unpack --receipt` would have.
  ///
  /// - Returns: The path.
  fileprivate func save(in directory: String) throws(SealiftError) -> String {
    try FileSystem.makeDirectory(directory)
    // The tag is made of the bundle's id alone: no name that somebody has put there leads out of the directory.
    guard let id = try? Digest(content.bundle) else {
      throw SealiftError(.protocol, "it names no bundle", nextStep: "look at who has put it there")
    }
    let path = "\(directory)/receipt-\(id.tag).json"
    try FileSystem.write(bytes, to: path)
    return path
  }
}

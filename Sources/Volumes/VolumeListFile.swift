public import BundleFormat
public import Diagnostics
public import Digests
public import Signing
internal import SystemIO

/// The list of a bundle's volumes as it lies beside them, with the signatures that lie beside it: nobody has vouched for
/// it yet.
public struct VolumeListFile: Sendable {
  /// The path.
  public let path: String
  private let bytes: [UInt8]
  private let signatures: [SignatureBeside]

  /// Reads a list and its signatures.
  ///
  /// - Parameter path: `NAME.volumes`; the signatures are `NAME.volumes.KEY.sig`.
  public init(_ path: String) throws(SealiftError) {
    self.path = path
    bytes = try FileSystem.read(path, limit: VolumeList.maximumBytes)
    signatures = try SignatureBeside.all(of: path)
  }

  /// The list, if a policy takes it.
  ///
  /// - Throws: `untrusted`; `corrupt` for what is no list.
  public func verify(_ policy: TrustPolicy) throws(SealiftError) -> VolumeList { try verifyWithSigners(policy).list }

  /// The list, and the ids of the trusted keys that have signed it; see `verify`.
  public func verifyWithSigners(
    _ policy: TrustPolicy
  ) throws(SealiftError) -> (list: VolumeList, signers: [String]) {
    let carried = signatures.compactMap { $0.carried(for: policy) }
    let verdict = bytes.withUnsafeBytes { policy.judge(signatures: carried, message: $0) }
    try verdict.require(path)
    return (try VolumeList(bytes, source: path), verdict.signers.sorted().map(\.description))
  }

  /// Writes a list and its signatures.
  ///
  /// - Parameters:
  ///   - bundle: The path of the bundle.
  ///   - keys: Who signs.
  public static func write(_ list: VolumeList, beside bundle: String, keys: [PrivateKey]) throws(SealiftError) {
    let path = bundle + VolumeList.suffix
    try FileSystem.write(list.bytes, to: path)
    for key in keys { try SignatureBeside.write(list.bytes, of: path, by: key) }
  }

  /// Signs the list that lies beside a bundle, as it is.
  ///
  /// - Parameters:
  ///   - id: The id of the bundle, which the list must tell.
  ///   - proof: Proves what the list tells of the volumes, before it is signed; or says that this cannot be done.
  public func sign(by key: PrivateKey, bundle id: Digest, proof: (VolumeList) throws -> Bool) throws {
    let list = try VolumeList(bytes, source: path)
    guard list.bundle == id else { throw SealiftError.otherBundle(path, list, id) }
    let signature = SignatureBeside.path(of: path, by: key.id)
    if FileSystem.exists(signature) {
      let found = try FileSystem.read(signature, limit: SignatureRegion.maximumSignature)
      if bytes.withUnsafeBytes({ key.publicKey.verify(signature: found, message: $0) }) { return }
    }
    if try proof(list) { try SignatureBeside.write(bytes, of: path, by: key) }
  }
}

extension SignatureBeside {
  /// The path of a key's signature of a file.
  public static func path(of file: String, by key: KeyID) -> String {
    "\(file).\(key.description.prefix(digits)).sig"
  }

  /// All signatures that lie beside a file.
  public static func all(of file: String) throws(SealiftError) -> [SignatureBeside] {
    let directory = FileSystem.parent(of: file)
    let prefix = FileSystem.name(of: file) + "."
    var found: [SignatureBeside] = []
    for name in try FileSystem.list(directory) where isName(name, of: FileSystem.name(of: file)) {
      let bytes = try FileSystem.read("\(directory)/\(name)", limit: SignatureRegion.maximumSignature)
      found.append(SignatureBeside(key: name.dropFirst(prefix.count).prefix(digits), bytes))
    }
    return found
  }

  /// Whether a name is that of a signature beside a file.
  static func isName(_ name: String, of file: String) -> Bool {
    guard name.hasPrefix(file + "."), name.hasSuffix(".sig") else { return false }
    let key = name.dropFirst(file.count + 1).dropLast(".sig".count)
    return key.utf8.count == digits && key.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }

  /// Signs bytes into a file beside the one that holds them.
  static func write(_ bytes: [UInt8], of file: String, by key: PrivateKey) throws(SealiftError) {
    let signature = try bytes.span.bytes.withUnsafeBytes { (raw) throws(SealiftError) in try key.sign(raw) }
    try FileSystem.write(signature, to: path(of: file, by: key.id))
  }
}

extension SealiftError {
  /// A list that tells of another bundle than the one that is there.
  static func otherBundle(_ path: String, _ list: VolumeList, _ id: Digest) -> SealiftError {
    SealiftError(
      .corrupt, "\(path) is the list of bundle \(list.bundle), and the volumes hold bundle \(id)",
      nextStep: "bring the list that was made with these volumes, or move this one away to read them without it")
  }
}

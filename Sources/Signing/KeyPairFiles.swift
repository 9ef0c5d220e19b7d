internal import COpenSSL
public import Diagnostics
internal import SystemIO

/// The two files of a new key.
public struct KeyPairFiles: Sendable {
  /// The name of the key.
  public let id: KeyID
  /// The private half, PKCS#8 PEM, readable by its owner only.
  public let privatePath: String
  /// The public half, SubjectPublicKeyInfo PEM.
  public let publicPath: String

  /// Makes an ECDSA P-256 key and writes `NAME.key` and `NAME.pub`, synced; blocks the thread.
  ///
  /// Neither file is ever overwritten, and there are both or none.
  ///
  /// - Parameters:
  ///   - name: The path without an extension.
  ///   - passphrase: Encrypts the private half, if there is one.
  /// - Throws: `storage` if one of the files exists or cannot be written; `configuration` for an empty passphrase.
  public static func generate(name: String, passphrase: [UInt8]? = nil) throws(SealiftError) -> KeyPairFiles {
    let key = try PrivateKey.generate()
    let files = KeyPairFiles(id: key.id, privatePath: "\(name).key", publicPath: "\(name).pub")
    FileSystem.removeLeftovers(in: FileSystem.parent(of: name))
    try files.checkAreNew()
    var secret = try key.pem(passphrase: passphrase)
    defer { secret.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) } }
    let open = try key.publicKey.pem
    try FileSystem.create(files.privatePath, secret, permissions: 0o600)
    do throws(SealiftError) {
      try FileSystem.create(files.publicPath, open, permissions: 0o644)
    } catch {
      try? FileSystem.remove(files.privatePath)
      throw error
    }
    return files
  }

  /// Removes both, which nobody has heard of yet.
  public func remove() throws(SealiftError) {
    try FileSystem.remove(privatePath)
    try FileSystem.remove(publicPath)
  }

  private func checkAreNew() throws(SealiftError) {
    let (hasPrivate, hasPublic) = (
      try FileSystem.kind(of: privatePath) != nil, try FileSystem.kind(of: publicPath) != nil
    )
    if hasPrivate, !hasPublic {
      throw SealiftError(
        .storage, "\(privatePath) is there, and \(publicPath) is not: a run may have been interrupted between them",
        nextStep: "make it with `openssl pkey -in \(privatePath) -pubout -out \(publicPath)`, or choose another name")
    }
    guard !hasPrivate, !hasPublic else {
      throw SealiftError(
        .storage, "\(hasPrivate ? privatePath : publicPath) exists already", nextStep: "choose another name with --out")
    }
  }
}

public import Diagnostics
internal import Signing

/// A new pair of keys.
public struct NewKeys: Sendable {
  /// The key's id.
  public let id: String
  /// The path of the private key.
  public let privatePath: String
  /// The path of the public key.
  public let publicPath: String

  fileprivate let files: KeyPairFiles

  /// Removes both files, where nobody could be told of them.
  public func remove() throws(SealiftError) { try files.remove() }
}

/// Makes an ECDSA P-256 key and writes `NAME.key` and `NAME.pub`; neither file is ever overwritten.
///
/// - Parameters:
///   - name: The path without an extension.
///   - passphrase: Encrypts the private key, if there is one.
public func keygen(name: String, passphrase: [UInt8]?) throws(SealiftError) -> NewKeys {
  let files = try KeyPairFiles.generate(name: name, passphrase: passphrase)
  return NewKeys(id: files.id.description, privatePath: files.privatePath, publicPath: files.publicPath, files: files)
}

public import Diagnostics
public import Signing

/// A private key in a file.
public struct KeyFile: Sendable {
  /// The path.
  public var path: String
  /// Gives the passphrase; asked only if the key has one.
  public var passphrase: @Sendable () throws(SealiftError) -> [UInt8]

  /// Makes one.
  public init(path: String, passphrase: @escaping @Sendable () throws(SealiftError) -> [UInt8]) {
    self.path = path
    self.passphrase = passphrase
  }

  /// Reads the key.
  public func load() throws(SealiftError) -> PrivateKey { try PrivateKey(file: path, passphrase: passphrase) }
}

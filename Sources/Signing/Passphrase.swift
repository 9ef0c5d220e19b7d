internal import COpenSSL
internal import Diagnostics

/// Asks for a passphrase at most once, and only when OpenSSL wants it; wiped when it goes.
final class Passphrase {
  /// OpenSSL's own buffer for a passphrase, `PEM_BUFSIZE`; a longer one would be cut in silence.
  static let maxBytes = 1024

  private let ask: (() throws(SealiftError) -> [UInt8])?
  private let name: String
  private var bytes: [UInt8]?

  /// Why there is no passphrase, if one was wanted.
  private(set) var failure: SealiftError?

  /// - Parameter name: The file of the key, for messages.
  init(of name: String, _ ask: (() throws(SealiftError) -> [UInt8])?) {
    self.name = name
    self.ask = ask
  }

  deinit { bytes?.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) } }

  /// Whether OpenSSL wanted it, which it does for an encrypted key alone.
  var wasWanted: Bool { bytes != nil || failure != nil }

  /// Reads a private key, which asks if it is encrypted.
  func readKey(from stream: OpaquePointer) -> OpaquePointer? {
    withExtendedLifetime(self) {
      PEM_read_bio_PrivateKey(
        stream, nil,
        { buffer, size, _, context in
          guard let buffer, let context else { return -1 }
          return Unmanaged<Passphrase>.fromOpaque(context).takeUnretainedValue()
            .fill(UnsafeMutableRawBufferPointer(start: buffer, count: Int(size)))
        }, Unmanaged.passUnretained(self).toOpaque())
    }
  }

  private func fill(_ buffer: UnsafeMutableRawBufferPointer) -> CInt {
    guard failure == nil else { return -1 }
    do throws(SealiftError) {
      if bytes == nil { bytes = try askOnce() }
      guard let passphrase = bytes, passphrase.count <= buffer.count else { return -1 }
      buffer.copyBytes(from: passphrase)
      return CInt(passphrase.count)
    } catch {
      failure = error
      return -1
    }
  }

  private func askOnce() throws(SealiftError) -> [UInt8] {
    guard let ask else {
      throw SealiftError(
        .configuration, "\(name) is encrypted, and no passphrase was given",
        nextStep: "give it with --passphrase-file FILE")
    }
    return try Passphrase.check(ask())
  }

  /// - Returns: The same bytes.
  /// - Throws: `configuration` for an empty passphrase and for one that OpenSSL would cut.
  static func check(_ passphrase: [UInt8]) throws(SealiftError) -> [UInt8] {
    guard !passphrase.isEmpty else {
      throw SealiftError(.configuration, "the passphrase is empty", nextStep: "give a passphrase of at least one byte")
    }
    guard passphrase.count <= maxBytes else {
      throw SealiftError(
        .configuration, "the passphrase is longer than \(maxBytes) bytes", nextStep: "choose a shorter one")
    }
    return passphrase
  }
}

internal import COpenSSL
internal import Diagnostics
internal import Synchronization
internal import SystemIO

/// CAs, parsed once for all connections that trust them.
///
/// libcurl parses them for each of its handles: those of a system take 50 ms and most of a megabyte each time.
///
/// Threads: any; OpenSSL locks it, and counts who uses it.
final class TrustStore: @unchecked Sendable {
  // Not changed after `init`.
  let store: OpaquePointer

  // By their files: each registry of a run trusts the same ones.
  private static let ofSystem = Mutex<[String: TrustStore]>([:])

  /// - Parameters:
  ///   - pem: Certificates, and text between them; those of the system's directory, if it has one, are trusted too.
  ///   - name: Where they come from.
  init(_ pem: [UInt8], name: String) throws(SealiftError) {
    guard let store = X509_STORE_new() else {
      throw SealiftError(.internal, "out of memory", nextStep: "use fewer parallel transfers")
    }
    self.store = store
    // As libcurl does: a CA that is trusted need not have signed itself.
    X509_STORE_set_flags(store, UInt(X509_V_FLAG_PARTIAL_CHAIN))
    if let directory = CurlHandle.authorityDirectory { X509_STORE_load_path(store, directory) }
    guard pem.isEmpty || Self.add(pem, to: store) else {
      throw SealiftError(
        .configuration, "\(name) holds no certificates, or one that cannot be read",
        nextStep: "check that it is PEM, and whole")
    }
  }

  deinit { X509_STORE_free(store) }

  /// The CAs of a system's file; those of its directory alone if it has no file.
  static func ofSystem(_ path: String?) throws(SealiftError) -> TrustStore {
    try ofSystem.withLock { stores throws(SealiftError) in
      if let known = stores[path ?? ""] { return known }
      let store = try TrustStore(try path.map(SystemAuthorities.content) ?? [], name: path ?? "")
      stores[path ?? ""] = store
      return store
    }
  }

  private static func add(_ pem: [UInt8], to store: OpaquePointer) -> Bool {
    pem.withUnsafeBytes { raw in
      guard let count = CInt(exactly: raw.count), let stream = BIO_new_mem_buf(raw.baseAddress, count) else {
        return false
      }
      defer {
        BIO_free(stream)
        ERR_clear_error()
      }
      var isEmpty = true
      while let certificate = PEM_read_bio_X509_AUX(stream, nil, nil, nil) {
        defer { X509_free(certificate) }
        guard X509_STORE_add_cert(store, certificate) == 1 else { return false }
        isEmpty = false
      }
      return !isEmpty && ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE
    }
  }
}

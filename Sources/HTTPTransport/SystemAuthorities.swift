internal import Diagnostics
internal import SystemIO

/// The file with the CAs that the system trusts, which distributions keep at different places.
enum SystemAuthorities {
  // Debian and what comes of it; RHEL, its successors before and after version 10; SUSE; Alpine.
  private static let usual = [
    "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem",
  ]

  // Debian's has 220 KB.
  private static let maximumBytes = 8 << 20

  /// The path; that for which libcurl was built counts first. `nil` if the system has none.
  static let path = ([CurlHandle.systemAuthorities].compactMap(\.self) + usual).first { FileSystem.exists($0) }

  /// The content of such a file.
  static func content(of path: String) throws(SealiftError) -> [UInt8] {
    do { return try FileSystem.read(path, limit: maximumBytes) } catch {
      throw SealiftError(
        .configuration, "the CAs that the system trusts cannot be used: \(error.problem)",
        nextStep: "install the package ca-certificates, or name their file in SSL_CERT_FILE")
    }
  }

  /// The same; nothing where it cannot be read, so that CAs which are named beside it still count.
  static func contentIfReadable(of path: String) -> [UInt8] {
    ((try? content(of: path)) ?? []) + [UInt8(ascii: "\n")]
  }
}

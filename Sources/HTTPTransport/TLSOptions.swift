internal import Diagnostics
internal import SystemIO

/// Whom TLS connections trust, and with which certificate they show themselves.
public struct TLSOptions: Sendable {
  /// A client certificate and its key, PEM files.
  public struct ClientCertificate: Sendable {
    /// The path of the certificate, with the chain below it.
    public let certificate: String
    /// The path of the private key.
    public let key: String

    /// Makes a pair.
    public init(certificate: String, key: String) {
      self.certificate = certificate
      self.key = key
    }
  }

  /// Whether a server's certificate is checked.
  public var verify: Bool
  /// A PEM file with CAs in place of the system's, as `SSL_CERT_FILE` names it; where it is `nil`, the system's count.
  public var systemFile: String?
  /// A PEM file with CAs that are trusted beside the system's.
  public var caFile: String?
  /// The client certificate for the registry itself.
  public var clientCertificate: ClientCertificate?
  /// A directory with `*.crt` (CAs) and pairs of `*.cert` and `*.key`, for the registry itself.
  public var certificateDirectory: String?
  /// Directories that have such a directory for each `HOST[:PORT]`.
  public var hostDirectories: [String]

  /// Where podman and docker look for a registry's certificates.
  ///
  /// Source: containers-certs.d(5).
  public static let systemHostDirectories = ["/etc/containers/certs.d", "/etc/docker/certs.d"]

  /// Trusts the system's CAs and those of `hostDirectories`.
  public init(
    verify: Bool = true, systemFile: String? = nil, caFile: String? = nil,
    clientCertificate: ClientCertificate? = nil, certificateDirectory: String? = nil,
    hostDirectories: [String] = systemHostDirectories
  ) {
    self.verify = verify
    self.systemFile = systemFile
    self.caFile = caFile
    self.clientCertificate = clientCertificate
    self.certificateDirectory = certificateDirectory
    self.hostDirectories = hostDirectories
  }
}

/// What the files of `TLSOptions` say for one host.
struct HostTLS: Sendable {
  // A bundle of all public CAs has about 250 KB.
  private static let maximumCABytes = 4 << 20

  /// The CAs that are trusted, `nil` if certificates are not checked.
  let trust: TrustStore?
  let clientCertificate: TLSOptions.ClientCertificate?

  /// - Parameter isRegistry: Whether the host is the registry itself; only then the explicit certificate is shown.
  init(_ options: TLSOptions, host: String, port: Int, isRegistry: Bool) throws(SealiftError) {
    var authorities: [UInt8] = []
    var client = isRegistry ? options.clientCertificate : nil
    if let file = options.caFile { authorities += try Self.authorities(in: file) }
    var directories = options.hostDirectories.map { "\($0)/\(host):\(port)" }
    // A registry at the default port is mostly written without it.
    if port == 443 || port == 80 { directories += options.hostDirectories.map { "\($0)/\(host)" } }
    if isRegistry, let own = options.certificateDirectory { directories.insert(own, at: 0) }
    for directory in directories where FileSystem.isDirectory(directory) {
      for name in try FileSystem.list(directory) {
        let path = "\(directory)/\(name)"
        if name.hasSuffix(".crt") { authorities += try Self.authorities(in: path) }
        if client == nil, name.hasSuffix(".cert") { client = try Self.pair(path) }
      }
    }
    clientCertificate = client
    let system = options.systemFile ?? SystemAuthorities.path
    if !options.verify {
      trust = nil
    } else if authorities.isEmpty {
      trust = try TrustStore.ofSystem(system)
    } else {
      let all = (system.map(SystemAuthorities.contentIfReadable) ?? []) + authorities
      trust = try TrustStore(all, name: "what is trusted for \(host)")
    }
  }

  private static func authorities(in path: String) throws(SealiftError) -> [UInt8] {
    let bytes = try FileSystem.readText(path, limit: maximumCABytes)
    guard String(decoding: bytes, as: UTF8.self).contains("-----BEGIN") else {
      throw SealiftError(.configuration, "\(path) holds no PEM certificate", nextStep: "convert it to PEM")
    }
    return bytes + [UInt8(ascii: "\n")]
  }

  private static func pair(_ certificate: String) throws(SealiftError) -> TLSOptions.ClientCertificate {
    let key = certificate.dropLast(5) + ".key"
    guard FileSystem.exists(String(key)) else {
      throw SealiftError(
        .configuration, "\(certificate) has no key beside it", nextStep: "put the private key at \(key)")
    }
    return TLSOptions.ClientCertificate(certificate: certificate, key: String(key))
  }
}

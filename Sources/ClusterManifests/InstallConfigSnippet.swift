internal import YAML

/// What an `install-config.yaml` needs in order to install from the mirror.
struct InstallConfigSnippet {
  static let path = "install-config-snippet.txt"
  private static let newer = "imageDigestSources"
  private static let older = "imageContentSources"

  private let sources: YAMLValue
  private let api: MirrorAPI
  private let certificateAuthority: String?
  private let isInsecure: Bool

  /// - Returns: `nil` if there is no release to install.
  init?(_ files: [ClusterManifest], for directory: ClusterManifestDirectory) {
    let kind = MirrorKind.imageDigestMirrorSet
    let sources = files.filter { !$0.isForeign && $0.kind == kind.rawValue && $0.name.hasPrefix("idms-release-") }
      .flatMap { $0.object["spec"]?[kind.list]?.elements ?? [] }
    if sources.isEmpty { return nil }
    self.sources = .sequence(sources)
    api = directory.cluster.api
    certificateAuthority = directory.cluster.certificateAuthority
    isInsecure = directory.cluster.isInsecure
  }

  /// The member that the API for mirrors has.
  var member: String { api == .icsp ? Self.older : Self.newer }

  /// What that member says, and what makes the installer trust the registry.
  var lines: String { section(member) + trust }

  var bytes: [UInt8] {
    var text = "# Add these lines to install-config.yaml. OpenShift 4.13 and older use imageContentSources"
    text += " in place of\n# imageDigestSources: never have both.\n"
    for key in [Self.newer, Self.older] {
      let section = section(key)
      text += key == member ? section : section.split(separator: "\n").map { "# \($0)\n" }.joined()
    }
    return Array((text + trust).utf8)
  }

  private var trust: String {
    if isInsecure {
      return "# There is no member for a registry without TLS: give it a certificate, and\n"
        + "# unpack with --dest-ca, before you install from it.\n"
    }
    return certificateAuthority.map { write(["additionalTrustBundle": .string($0)]) } ?? ""
  }

  private func section(_ key: String) -> String { write(.mapping([.init(key, sources)])) }

  private func write(_ value: YAMLValue) -> String { String(decoding: YAMLWriter.bytes(of: value), as: UTF8.self) }
}

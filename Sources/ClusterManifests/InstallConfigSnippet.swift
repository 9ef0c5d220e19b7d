internal import YAML

/// What an `install-config.yaml` needs in order to install from the mirror.
struct InstallConfigSnippet {
  static let path = "install-config-snippet.txt"

  private let sources: YAMLValue
  private let api: MirrorAPI
  private let certificateAuthority: String?

  /// - Returns: `nil` if there is no release to install.
  init?(_ files: [ManifestFile], api: MirrorAPI, certificateAuthority: String?) {
    let kind = MirrorKind.imageDigestMirrorSet
    let sources = files.filter { $0.kind == kind.rawValue && $0.name.hasPrefix("idms-release-") }
      .flatMap { $0.object["spec"]?[kind.list]?.elements ?? [] }
    if sources.isEmpty { return nil }
    self.sources = .sequence(sources)
    self.api = api
    self.certificateAuthority = certificateAuthority
  }

  var bytes: [UInt8] {
    var text = "# Add these lines to install-config.yaml. OpenShift 4.13 and older use imageContentSources"
    text += " in place of\n# imageDigestSources: never have both.\n"
    let isOld = api == .icsp
    text += section("imageDigestSources", isComment: isOld)
    text += section("imageContentSources", isComment: !isOld)
    if let certificateAuthority {
      text += write(["additionalTrustBundle": .string(certificateAuthority)])
    }
    return Array(text.utf8)
  }

  private func section(_ key: String, isComment: Bool) -> String {
    let text = write(.mapping([.init(key, sources)]))
    return isComment ? text.split(separator: "\n").map { "# \($0)\n" }.joined() : text
  }

  private func write(_ value: YAMLValue) -> String { String(decoding: YAMLWriter.bytes(of: value), as: UTF8.self) }
}

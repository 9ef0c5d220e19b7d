internal import BundleFormat
public import Diagnostics
public import Digests
internal import JSON
public import OCI

/// What is read of an image's config.
public enum ImageConfig {
  /// The platform that the config names.
  ///
  /// - Returns: `nil` if it names none, as the configs of artifacts do not.
  ///
  /// Source: OCI image-spec, config.md.
  public static func platform(_ bytes: [UInt8]) -> Platform? {
    guard let config = try? JSONReader.value(bytes, source: "config"), let os = config["os"]?.text,
      let architecture = config["architecture"]?.text, !os.isEmpty, !architecture.isEmpty
    else { return nil }
    let variant = config["variant"]?.text.flatMap { $0.isEmpty ? nil : $0 }
    return Platform(os: os, architecture: architecture, variant: variant)
  }

  /// When an image was made, `YYYY-MM-DDThh:mm:ss` in UTC.
  ///
  /// - Returns: `nil` if the config does not say it, or in another zone; the start of 1970 is what builders write that
  ///   say nothing.
  public static func created(_ bytes: [UInt8]) -> String? {
    guard let text = try? JSONReader.value(bytes, source: "config")["created"]?.text,
      text.wholeMatch(of: /[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?Z/) != nil,
      !text.hasPrefix("1970-01-01T00:00:0")
    else { return nil }
    return String(text.prefix(19))
  }

  /// What a config says of how an image is run.
  public struct Process: Sendable {
    /// The labels.
    public let labels: [String: String]
    /// What is run; empty for none.
    public let entrypoint: [String]
    /// Its arguments, or what is run where there is no entrypoint.
    public let command: [String]
    /// The platform, linux/amd64 where none is named.
    public let platform: Platform
  }

  /// Reads how an image is run.
  ///
  /// - Parameter source: The config's name, for messages.
  /// - Throws: `protocol` for what is no JSON.
  public static func process(_ bytes: [UInt8], source: String) throws(SealiftError) -> Process {
    let config = try JSONReader.value(bytes, source: source)["config"]
    let labels = (config?["Labels"]?.members ?? []).compactMap { label in label.value.text.map { (label.name, $0) } }
    return Process(
      labels: Dictionary(labels) { first, _ in first },
      entrypoint: config?["Entrypoint"]?.elements?.compactMap(\.text) ?? [],
      command: config?["Cmd"]?.elements?.compactMap(\.text) ?? [],
      platform: platform(bytes) ?? Platform(os: "linux", architecture: "amd64"))
  }
}

extension MetadataStore {
  /// The platforms of an image whose manifests and configs are here, as an index lists them.
  ///
  /// - Parameter absent: The images of a list that are left out.
  public func platforms(of root: Descriptor, without absent: [Digest] = []) throws(SealiftError) -> [String] {
    switch try manifest(root).manifest.content {
    case .index(let children):
      return children.filter { !absent.contains($0.digest) }.compactMap(\.platform)
        .filter { $0.os != "unknown" }.map(\.description).filter(BundleIndex.isPlatform)
    case .image(let config, _):
      guard let bytes = try bytes(config.digest) else { return [] }
      return [ImageConfig.platform(bytes)?.description].compactMap(\.self).filter(BundleIndex.isPlatform)
    }
  }
}

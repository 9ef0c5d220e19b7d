internal import Charts
internal import Configuration
internal import Content
internal import Diagnostics
internal import Digests
internal import HTTPTransport
internal import OCI
internal import SystemIO
internal import YAML

/// Fetches charts from repositories and from registries.
struct ChartSources: Sendable {
  let access: RegistryAccess
  let sources: SourceSet
  let fetcher: HTTPFetcher
  let pool: BlockingPool

  // What charts in registries had before there was a type of their own.
  private static let contentTypes = [ChartManifest.contentType.rawValue, "application/tar+gzip"]

  /// The charts of a repository that are wanted, as its index lists them.
  struct Listed: Sendable {
    /// The entries, with what was asked of each.
    let entries: [(entry: ChartRepositoryIndex.Entry, request: HelmRequest.Chart?)]
    /// The URL of the repository, which relative URLs begin with.
    let base: HTTPURL
  }

  /// Reads the index of a repository.
  ///
  /// - Throws: `notFound` for an index, a chart or a version that is not there; what the fetcher throws.
  func list(_ repository: HelmRequest.Repository) async throws -> Listed {
    let base = try url(of: repository)
    let place = try Self.url("index.yaml", relativeTo: base)
    let what = "the index of the chart repository \(repository.name)"
    guard let bytes = try await fetcher.get(place, limit: ChartRepositoryIndex.maximumBytes, what: what) else {
      throw SealiftError(
        .notFound, "\(repository.position.description): there is no index at \(place)",
        nextStep: "check the url, under which index.yaml is looked for")
    }
    let index = try await pool.run { try ChartRepositoryIndex(bytes, source: place.description) }
    guard !repository.charts.isEmpty else {
      return Listed(entries: index.newest.map { ($0, nil) }, base: base)
    }
    return Listed(
      entries: try repository.charts.map { chart in
        (try naming(chart) { () throws(SealiftError) in try index.entry(chart.name, version: chart.version) }, chart)
      }, base: base)
  }

  /// Fetches a chart that an index lists.
  func fetch(_ entry: ChartRepositoryIndex.Entry, base: HTTPURL) async throws -> FoundChart {
    if entry.url.hasPrefix(HelmRequest.registryPrefix) {
      let place = String(entry.url.dropFirst(HelmRequest.registryPrefix.count))
      return try await pull(place, name: entry.name, version: entry.version, digest: entry.digest)
    }
    let url = try Self.url(entry.url, relativeTo: base)
    try access.requireAllowed(url)
    let what = "the chart \(entry.name) \(entry.version)"
    guard let archive = try await fetcher.get(url, limit: ChartArchive.maximumBytes, what: what) else {
      throw SealiftError(
        .notFound, "there is no chart at \(url)", nextStep: "tell the owner of the repository, whose index lists it")
    }
    try Self.prove(archive, entry.digest, url.description)
    let unproven = entry.digest == nil ? ["\(what) has no digest in its repository's index that would prove it"] : []
    return FoundChart(
      source: url.description, archive: archive, carriage: .made(provenance: try await provenance(url, what)),
      expected: (entry.name, entry.version), notes: unproven)
  }

  /// Pulls a chart that a registry has.
  ///
  /// - Parameters:
  ///   - place: Its repository in the registry, or a reference.
  ///   - digest: The digest that an index gives for it, of its manifest or of its archive.
  func pull(_ place: String, name: String, version: String, digest: String? = nil) async throws -> FoundChart {
    let tag = version.replacing("+", with: "_")
    let isTagged = (place.split(separator: "/").last ?? "").contains { $0 == ":" || $0 == "@" }
    let reference = try ImageReference(isTagged ? place : "\(place):\(tag)")
    let repository = try await sources.repository(of: reference)
    guard let root = try await repository.manifest(reference.manifest) else {
      throw SealiftError(
        .notFound, "there is no chart \(reference)", nextStep: "check its name and version, and that you may pull it")
    }
    guard case .image(let config, let layers) = root.manifest.content, config.mediaType == ChartManifest.configType,
      let content = layers.first(where: { Self.contentTypes.contains($0.mediaType.rawValue) })
    else {
      throw SealiftError(
        .protocol, "\(reference) is no Helm chart", nextStep: "name images under mirror.additionalImages")
    }
    let archive = try await self.content(content, repository, reference)
    if let digest, digest != root.descriptor.digest.hex { try Self.prove(archive, digest, reference.description) }
    let pinned = try ImageReference(
      registry: reference.registry, repository: reference.repository, tag: tag, digest: root.descriptor.digest)
    return FoundChart(
      source: reference.description, archive: archive, carriage: .published(pinned), expected: (name, version),
      notes: [])
  }

  private func content(
    _ layer: Descriptor, _ repository: ImageRepository, _ reference: ImageReference
  ) async throws -> [UInt8] {
    guard layer.size <= ChartArchive.maximumBytes else {
      throw SealiftError(
        .protocol,
        "the chart \(reference) has \(layer.size.asBytes), and Helm takes no more than "
          + "\(ChartArchive.maximumBytes.asBytes)", nextStep: "check that it is the chart you meant")
    }
    let collected = Collected(limit: layer.size)
    try await repository.blob(layer, from: 0) { try collected.append($0) }
    try Self.prove(collected.bytes, layer.digest.hex, reference.description)
    return collected.bytes
  }

  /// The signature beside a chart. Many servers refuse what they do not have.
  private func provenance(_ chart: HTTPURL, _ what: String) async throws -> [UInt8]? {
    let parts = chart.text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    let url = try HTTPURL(parts[0] + LocalCharts.provenanceSuffix + (parts.count > 1 ? "?\(parts[1])" : ""))
    do {
      return try await fetcher.get(url, limit: LocalCharts.maximumProvenance, what: "the signature of \(what)")
    } catch let error as SealiftError where error.code == .denied {
      return nil
    }
  }

  private func url(of repository: HelmRequest.Repository) throws(SealiftError) -> HTTPURL {
    do throws(SealiftError) {
      // What is relative to a URL without a slash at its end replaces its last part.
      let parts = repository.url.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
      let base = parts[0].hasSuffix("/") ? String(parts[0]) : "\(parts[0])/"
      let url = try HTTPURL(base + (parts.count > 1 ? "?\(parts[1])" : ""))
      try access.requireAllowed(url)
      return url
    } catch {
      throw repository.position.error(error.problem, nextStep: error.nextStep)
    }
  }

  /// A URL below another, which keeps that one's query, as Helm does.
  private static func url(_ text: String, relativeTo base: HTTPURL) throws(SealiftError) -> HTTPURL {
    let url = try HTTPURL(text, relativeTo: base)
    guard !text.contains("://"), !text.contains("?"), let query = base.text.firstIndex(of: "?") else { return url }
    return try HTTPURL(url.text + base.text[query...])
  }

  private static func prove(_ bytes: [UInt8], _ expected: String?, _ name: String) throws(SealiftError) {
    guard let expected else { return }
    let digest = SHA256Hasher.digest(of: bytes)
    guard digest.hex == expected.lowercased() else {
      throw SealiftError(
        .protocol, "\(name) has the digest \(digest.hex), and \(expected) was announced",
        nextStep: "run the same command again; if it happens again, tell the owner of the repository")
    }
  }

  private func naming<Value>(
    _ chart: HelmRequest.Chart, _ body: () throws(SealiftError) -> Value
  ) throws(SealiftError) -> Value {
    do throws(SealiftError) { return try body() } catch {
      throw error.about(chart.position.description)
    }
  }
}

public import Diagnostics

extension Catalog {
  /// What OLM would refuse in this catalog: one sentence each, sorted by package; none if it can be served.
  ///
  /// Source: operator-registry, `declcfg.ConvertToModel` and `model.Model.Validate`.
  public func problems() -> [String] { flaws + sortedPackages.flatMap { $0.problems() } }

  /// What cannot be read of this catalog: one sentence each, sorted by package.
  ///
  /// - Parameter package: The only package that counts, with what may be of it.
  public func unreadable(of package: String? = nil) -> [String] {
    flaws + sortedPackages.filter { package == nil || $0.name == package }.flatMap(\.unreadable)
  }

  /// Refuses what is no catalog at all: nothing can be read of it.
  ///
  /// - Throws: `corrupt`, with the first flaw.
  public func requireSomething() throws(SealiftError) {
    guard packages.isEmpty, others.isEmpty, let flaw = flaws.first else { return }
    throw SealiftError(.corrupt, flaw, nextStep: DocumentPlace.nextStep)
  }

  /// Refuses a catalog that OLM would not serve.
  ///
  /// - Parameter source: The name of the catalog, for messages.
  /// - Throws: `corrupt`, with the first problems.
  public func validate(source: String) throws(SealiftError) {
    let problems = problems()
    guard !problems.isEmpty else { return }
    let shown = 3
    let more = problems.count > shown ? "; and \(problems.count - shown) more" : ""
    throw SealiftError(
      .corrupt, "\(source) is no valid catalog: \(problems.prefix(shown).joined(separator: "; "))\(more)",
      nextStep: DocumentPlace.nextStep)
  }
}

extension CatalogPackage {
  /// What OLM would refuse in this package.
  public func problems() -> [String] {
    // What else is wrong may follow from what cannot be read.
    guard flaws.isEmpty else { return unreadable }
    return (packageProblems() + channelProblems() + bundleProblems() + deprecationProblems()).map {
      "package '\(name)' \($0)"
    }
  }

  /// What cannot be read of this package.
  fileprivate var unreadable: [String] {
    (flaws
      + bundles.filter(\.isUnreadable).flatMap { bundle in
        bundle.flaws.map { "has a bundle '\(bundle.name)' that \($0)" }
      }).map { "package '\(name)' \($0)" }
  }

  private func packageProblems() -> [String] {
    var problems: [String] = []
    if !isLabel(name) { problems.append("has a name that is no DNS label") }
    if isOnlyOthers { return problems }
    guard packageDocumentCount > 0 else { return problems + ["has channels or bundles, but no olm.package"] }
    if packageDocumentCount > 1 { problems.append("has \(packageDocumentCount) documents olm.package") }
    if channels.isEmpty { problems.append("has no channels") }
    if defaultChannel.isEmpty {
      problems.append("has no default channel")
    } else if channel(defaultChannel) == nil {
      problems.append("has the default channel '\(defaultChannel)', which does not exist")
    }
    return problems
  }

  private func channelProblems() -> [String] {
    var problems: [String] = []
    var names: Set<String> = []
    let bundleNames = Set(bundles.map(\.name))
    for channel in channels.sorted(by: { byteOrder($0.name, $1.name) }) {
      if channel.name.isEmpty { problems.append("has a channel without a name") }
      if !names.insert(channel.name).inserted { problems.append("has two channels '\(channel.name)'") }
      problems += ChannelGraph(channel.entries).problems().map { "has a channel '\(channel.name)' that \($0)" }
      for entry in channel.entries where !bundleNames.contains(entry.name) {
        problems.append("has a channel '\(channel.name)' with an entry '\(entry.name)' for which there is no bundle")
      }
    }
    return problems
  }

  private func bundleProblems() -> [String] {
    var problems: [String] = []
    var names: Set<String> = []
    var versions: [String: String] = [:]
    let entries = Set(channels.flatMap { $0.entries.map(\.name) })
    for bundle in bundles.sorted(by: { byteOrder($0.name, $1.name) }) {
      if !names.insert(bundle.name).inserted {
        problems.append("has two bundles '\(bundle.name)'")
        continue
      }
      problems += bundle.problems().map { "has a bundle '\(bundle.name)' that \($0)" }
      if !entries.contains(bundle.name) { problems.append("has a bundle '\(bundle.name)' that no channel has") }
      guard bundle.version != nil else { continue }
      let version = bundle.versionText + (bundle.release.isEmpty ? "" : " release \(bundle.release)")
      if let other = versions.updateValue(bundle.name, forKey: version) {
        problems.append("has two bundles of version \(version): '\(other)' and '\(bundle.name)'")
      }
    }
    return problems
  }

  private func deprecationProblems() -> [String] {
    var problems: [String] = []
    if deprecations.count > 1 { problems.append("has \(deprecations.count) documents olm.deprecations") }
    var seen: Set<[String]> = []
    for entry in deprecations.flatMap(\.entries) {
      if !seen.insert([entry.schema, entry.name]).inserted {
        problems.append("deprecates \(entry.schema) '\(entry.name)' twice")
      }
      if entry.message.isEmpty { problems.append("deprecates \(entry.schema) '\(entry.name)' without a message") }
      switch entry.schema {
      case CatalogSchema.package:
        if !entry.name.isEmpty {
          problems.append("deprecates a package by the name '\(entry.name)', where none may stand")
        }
      case CatalogSchema.channel:
        if channel(entry.name) == nil { problems.append("deprecates a channel '\(entry.name)' that does not exist") }
      case CatalogSchema.bundle:
        if bundle(entry.name) == nil { problems.append("deprecates a bundle '\(entry.name)' that does not exist") }
      default: problems.append("deprecates something of schema '\(entry.schema)'")
      }
    }
    return problems
  }

  /// Source: RFC 1123, section 2.1, as Kubernetes reads it (`IsDNS1123Label`).
  private func isLabel(_ text: String) -> Bool {
    let allowed = text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
      default: false
      }
    }
    return allowed && (1...63).contains(text.utf8.count) && text.first != "-" && text.last != "-"
  }
}

extension OperatorBundle {
  /// What OLM would refuse in this bundle alone.
  func problems() -> [String] {
    if isUnreadable { return flaws }
    var problems = flaws
    if name.isEmpty { problems.append("has no name") }
    if image.isEmpty, !hasManifests { problems.append("has no image") }
    return problems
  }
}

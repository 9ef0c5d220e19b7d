internal import Diagnostics
internal import Versions

extension PackagePruner {
  /// Refuses what contradicts itself, and channels that do not exist.
  func checkRequest() throws(SealiftError) {
    let bounds = [request.bounds] + request.channels.map(\.bounds)
    if isFull, let bound = bounds.first(where: { !$0.isEmpty }) {
      throw refusal("asks for \(bound) and for whole channels at once", "leave out `full: true` or the versions")
    }
    if !request.bounds.isEmpty, request.channels.contains(where: { !$0.bounds.isEmpty }) {
      throw refusal("has versions of its own and versions for a channel", "write the versions under each channel")
    }
    if let bound = bounds.first(where: \.isContradictory) {
      throw refusal("asks for \(bound), where the lowest version is above the highest", "swap the two versions")
    }
    var names: Set<String> = []
    for channel in request.channels {
      guard names.insert(channel.name).inserted else {
        throw refusal("asks for channel '\(channel.name)' twice", "leave one of them out")
      }
      guard package.channel(channel.name) == nil else { continue }
      throw unknown(channel: channel.name, "has no channel '\(channel.name)'")
    }
  }

  /// Settles which channel is the default one.
  func chooseDefault(_ result: inout Result) throws(SealiftError) {
    let kept = result.package.channels.map(\.name)
    if let wanted = request.defaultChannel {
      guard kept.contains(wanted) else {
        guard package.channel(wanted) != nil else {
          throw unknown(channel: wanted, "has no channel '\(wanted)' to be the default")
        }
        throw refusal(
          "is to have the default channel '\(wanted)', which is not among the channels that are kept",
          "add `- name: \(wanted)` to its channels, or name one of \(list(kept))")
      }
      guard wanted != package.defaultChannel else { return }
      result.package.defaultChannel = wanted
      result.package.packageDocuments = try package.packageDocuments.map { (document) throws(SealiftError) in
        try document.setting("defaultChannel", to: wanted)
      }
      result.notes.append(
        "package '\(package.name)': the default channel is '\(wanted)' in place of '\(package.defaultChannel)'")
    } else if package.channel(package.defaultChannel) == nil {
      throw SealiftError(
        .corrupt,
        "package '\(package.name)' of \(source) has the default channel '\(package.defaultChannel)', which does not exist",
        nextStep: "tell the catalog's publisher"
          + (kept.isEmpty ? "" : ", or name one of \(list(kept)) under `defaultChannel`"))
    } else if !kept.contains(package.defaultChannel) {
      throw refusal(
        "has the default channel '\(package.defaultChannel)', which is not among the channels that are kept",
        "add `- name: \(package.defaultChannel)` to its channels, or `defaultChannel:` with one of \(list(kept))")
    }
  }

  /// A channel in which no version is within the bounds is left out, unless it was asked for by that version alone.
  func noteEmpty(
    _ channel: CatalogChannel, _ wanted: ChannelRequest, _ result: inout Result
  ) throws(SealiftError) {
    let isDefault = channel.name == request.defaultChannel ?? package.defaultChannel
    let isNamed = request.channels.contains { $0.name == channel.name && !$0.bounds.isEmpty }
    guard isDefault || (isNamed && wanted.bounds.exact != nil) else {
      result.notes.append(
        "package '\(package.name)': channel '\(channel.name)' has no version within \(wanted.bounds) and is left out")
      return
    }
    throw refusal(
      "has no version within \(wanted.bounds) in its \(isDefault ? "default " : "")channel '\(channel.name)', "
        + "which has \(versions(of: channel))",
      "ask for versions that it has" + (isDefault ? ", or name another channel under `defaultChannel`" : ""))
  }

  private func versions(of channel: CatalogChannel) -> String {
    let names = Set(channel.entries.map(\.name))
    let versions = package.bundles.filter { names.contains($0.name) }.compactMap(\.version)
      .sorted { $0.precedes($1) }.map(\.description)
    guard let first = versions.first, let last = versions.last else { return "no versions at all" }
    return versions.count <= 6 ? versions.joined(separator: ", ") : "\(versions.count) from \(first) to \(last)"
  }

  private func unknown(channel name: String, _ problem: String) -> SealiftError {
    let names = package.channels.map(\.name).sorted(by: byteOrder)
    let near = nearestName(to: name, in: names).map { "; did you mean '\($0)'?" } ?? ""
    return refusal(problem + near, "name one of \(list(names))")
  }

  private func list(_ names: [String]) -> String {
    let shown = 12
    return names.prefix(shown).joined(separator: ", ") + (names.count > shown ? ", …" : "")
  }

  private func refusal(_ problem: String, _ nextStep: String) -> SealiftError {
    SealiftError(.configuration, "package '\(package.name)' of \(source) \(problem)", nextStep: nextStep)
  }
}

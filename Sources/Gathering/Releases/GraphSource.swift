package import Content
package import Diagnostics
package import HTTPTransport
package import Release
internal import SystemIO

/// Where update graphs come from: an update service, a saved graph, or a directory of them.
package struct GraphSource: Sendable {
  private enum Place: Sendable {
    /// A service for all kinds of channels, or for OpenShift's alone.
    case service(HTTPURL, servesAll: Bool)
    case file(String)
    case directory(String)
  }

  private let place: Place
  private let fetcher: HTTPFetcher

  /// - Parameters:
  ///   - options: What the user named.
  ///   - access: Its variables can name a service too, and say how the network is reached.
  ///   - fetcher: Fetches from services.
  package init(_ options: ReleaseOptions, _ access: RegistryAccess, _ fetcher: HTTPFetcher) throws(SealiftError) {
    self.fetcher = fetcher
    if let path = options.graphFile {
      place = FileSystem.isDirectory(path) ? .directory(path) : .file(path)
    } else if let url = options.graphURL {
      place = .service(try Self.url(url, "--graph-url", .usage), servesAll: true)
    } else {
      let variable = "UPDATE_URL_OVERRIDE"
      let url = access.environment[variable].flatMap { $0.isEmpty ? nil : $0 }
      place = .service(try Self.url(url ?? Self.openShift, variable, .configuration), servesAll: false)
    }
  }

  // Source: openshift/oc-mirror, pkg/release: the addresses that `oc-mirror` asks.
  private static let openShift = "https://api.openshift.com/api/upgrades_info/v1/graph"
  private static let community = "https://origin-release.ci.openshift.org/graph"

  private static func url(
    _ text: String, _ name: String, _ code: SealiftError.Code
  ) throws(SealiftError) -> HTTPURL {
    do throws(SealiftError) {
      return try HTTPURL(text)
    } catch {
      throw SealiftError(code, "\(name): \(error.problem)", nextStep: "write it as https://HOST/PATH")
    }
  }

  /// The graph of a channel, and where it came from.
  ///
  /// - Throws: `notFound` for a channel that the source does not know.
  func graph(
    of channel: ReleaseChannel, for architecture: ReleaseArchitecture
  ) async throws -> (graph: UpdateGraph, source: String) {
    guard let (graph, source) = try await find(channel, architecture), !graph.releases.isEmpty else {
      throw unknown(channel, architecture)
    }
    return (graph, source)
  }

  /// Chooses releases from channels: a selection for each kind of channels that is named.
  ///
  /// The graphs of the channels between those named are asked for too; one that does not exist is left out.
  package func choose(
    _ channels: [ReleaseChannel], for architecture: ReleaseArchitecture
  ) async throws -> [ReleaseSelection] {
    var selections: [ReleaseSelection] = []
    for kind in ReleaseChannel.Kind.allCases {
      let wanted = channels.filter { $0.kind == kind }
      if wanted.isEmpty { continue }
      var graphs: [String: UpdateGraph] = [:]
      for channel in wanted { graphs[channel.name] = try await graph(of: channel, for: architecture).graph }
      for name in ReleaseChannel.between(wanted) {
        graphs[name] = try await find(ReleaseChannel(name, kind: kind), architecture)?.graph
      }
      selections.append(try ReleaseSelection(wanted, from: graphs))
    }
    return selections
  }

  /// The graph; `nil` where there is none.
  private func find(
    _ channel: ReleaseChannel, _ architecture: ReleaseArchitecture
  ) async throws -> (graph: UpdateGraph, source: String)? {
    switch place {
    case .service(let url, let servesAll):
      let url = channel.kind == .okd && !servesAll ? try HTTPURL(Self.community) : url
      return try await fetch(url, channel, architecture)
    case .file(let path):
      let graph = try Self.read(path)
      // A file can hold the graph of any channel, and a wrong one would give wrong releases.
      let isOther = graph.releases.contains { !$0.channels.isEmpty && !$0.channels.contains(channel.name) }
      return isOther ? nil : (graph, path)
    case .directory(let directory):
      let path = "\(directory)/\(Self.fileName(channel, architecture))"
      return FileSystem.exists(path) ? (try Self.read(path), path) : nil
    }
  }

  /// The name under which `oc-mirror` saves a graph.
  private static func fileName(_ channel: ReleaseChannel, _ architecture: ReleaseArchitecture) -> String {
    "\(architecture.rawValue)-\(channel.name).json"
  }

  private static func read(_ path: String) throws(SealiftError) -> UpdateGraph {
    try UpdateGraph(FileSystem.readText(path, limit: UpdateGraph.maxBytes), source: path)
  }

  private func fetch(
    _ service: HTTPURL, _ channel: ReleaseChannel, _ architecture: ReleaseArchitecture
  ) async throws -> (graph: UpdateGraph, source: String)? {
    // No `id`: it would tell the service who asks, and changes nothing in what it answers.
    let url = try service.adding("arch", architecture.rawValue).adding("channel", channel.name)
    let what = "the update graph of \(channel.name) for \(architecture.rawValue)"
    guard let bytes = try await fetcher.get(url, accept: "application/json", limit: UpdateGraph.maxBytes, what: what)
    else {
      throw SealiftError(
        .notFound, "\(service.authority) has nothing at \(service)",
        nextStep: "check the address of the update service, or pass --graph-file")
    }
    return (try UpdateGraph(bytes, source: "\(what) (\(service))"), service.description)
  }

  private func unknown(_ channel: ReleaseChannel, _ architecture: ReleaseArchitecture) -> SealiftError {
    let names = "channels are named as stable-4.18, fast-4.18, eus-4.18 and candidate-4.18"
    switch place {
    case .service(let url, _):
      return SealiftError(
        .notFound, "\(url.authority) knows no channel \(channel.name) for \(architecture.rawValue)",
        nextStep: "check the name and the architecture: \(names), and listed at "
          + "https://access.redhat.com/labs/ocpupgradegraph/update_path")
    case .file(let path):
      return SealiftError(
        .notFound, "\(path) is not the graph of the channel \(channel.name)",
        nextStep: "name the right file, or a directory that holds \(Self.fileName(channel, architecture))")
    case .directory(let path):
      let name = Self.fileName(channel, architecture)
      let others = (try? FileSystem.list(path))?.filter { $0 != name } ?? []
      return SealiftError(
        .notFound, "\(path) holds no graph of the channel \(channel.name) for \(architecture.rawValue)",
        nextStep: nearestName(to: name, in: others).map { "correct the channel or the architecture: \($0) is there" }
          ?? "save the graph as \(name) there: \(names)")
    }
  }
}

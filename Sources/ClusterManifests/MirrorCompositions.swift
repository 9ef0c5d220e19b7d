internal import Diagnostics
internal import OCI
internal import YAML

/// What the containers of a template may compose at the mirror: the host from one variable, the path from others.
///
/// A target that joins components of paths has no such names.
struct MirrorCompositions {
  /// The parts of which a container may compose paths.
  private struct Parts {
    /// The path that the variable for the host holds, after the host; it may be empty.
    let prefix: String
    /// What may stand behind it. The names of the variables are not in the bundle, so that each one may be the path.
    let paths: Set<String>
    /// What may stand at the end.
    let repositories: Set<String>

    /// What stands behind the prefix in a path, if the container may compose it.
    func rest(of destination: String) -> String? {
      guard prefix.isEmpty || destination.hasPrefix(prefix + "/") else { return nil }
      let rest = destination.dropFirst(prefix.isEmpty ? 0 : prefix.count + 1)
      let slashes = rest.indices.filter { rest[$0] == "/" }
      let isComposed =
        repositories.contains(String(rest))
        || slashes.contains { slash in
          paths.contains(String(rest[..<slash])) && repositories.contains(String(rest[slash...].dropFirst()))
        }
      return isComposed ? String(rest) : nil
    }
  }

  private let template: ClusterManifest
  private let parts: [Parts]

  init(_ template: ClusterManifest) {
    self.template = template
    var parts: [Parts] = []
    template.object.forEachContainer { container, path in
      parts += Self.parts(ContainerEnvironment(of: container, at: path))
    }
    self.parts = parts
  }

  private static func parts(_ environment: ContainerEnvironment) -> [Parts] {
    let texts = environment.variables.compactMap { variable -> (name: String, text: String)? in
      guard case .text(let text) = variable.value else { return nil }
      return (variable.name, text)
    }
    let repositories = texts.filter { $0.name.hasSuffix(ImageVariables.repositorySuffix) }
    let paths = Set(texts.map(\.text))
    return Set(texts.compactMap { prefix($0.text) }).sorted().map { prefix in
      Parts(prefix: prefix, paths: paths, repositories: Set(repositories.map(\.text)))
    }
  }

  /// The path of a text that is the placeholder, alone or with a path, and no image.
  private static func prefix(_ text: String) -> String? {
    if text == Placeholder.host { return "" }
    guard text.hasPrefix(Placeholder.host + "/") else { return nil }
    let path = String(text.dropFirst(Placeholder.host.count + 1))
    return ImageReference.isRepository(path) ? path : nil
  }

  /// Refuses a target at which an image has another name than the one that a container composes.
  ///
  /// - Parameter destinations: The paths of all images of the bundle.
  /// - Throws: `usage`.
  func check(_ target: MirrorTarget, destinations: [String]) throws(SealiftError) {
    for parts in parts {
      for destination in destinations {
        guard let rest = parts.rest(of: destination) else { continue }
        let composed = "\(target(parts.prefix))/\(rest)"
        guard target(destination) != composed else { continue }
        throw SealiftError(
          .usage,
          "\(template.kind) \(template.name) composes \(composed) of variables, and with --max-nested-paths that image "
            + "is \(target(destination))",
          nextStep: "unpack to a registry without such a limit, or without --manifests")
      }
    }
  }
}

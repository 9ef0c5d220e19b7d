internal import OCI

/// The images that a container composes of its environment variables.
///
/// Source: `formats/manifests.md`, "Lifted out of images".
struct ComposedImages {
  /// The images, and the path at the target that the container composes.
  private(set) var images: [LiftedObject.Use] = []
  /// Where the host stands, and what takes its place.
  private(set) var host: (path: ValuePath, text: String)?
  /// What is not composed, and why: one clause each.
  private(set) var notes: [String] = []

  private let environment: ContainerEnvironment
  private let names: ImageVariables?

  init(_ environment: ContainerEnvironment, _ names: ImageVariables?) {
    self.environment = environment
    self.names = names
    guard let names else {
      noteUnnamed()
      return
    }
    guard let variable = environment[names.host] else {
      if let first = stems.first {
        notes.append("it has \(first.name) and no \(names.host): what it composes is neither packed nor rewritten")
      }
      return
    }
    guard case .text(let text) = variable.value, let registry = Registry(text) else {
      notes.append(
        "\(names.host) \(variable.value.reason), which is no registry's host: what it composes is neither packed nor "
          + "rewritten")
      return
    }
    host = (variable.path, Placeholder.reference(registry.path))
    guard let prefix = prefix(registry) else { return }
    for stem in stems { compose(stem.stem, registry.host, prefix) }
  }

  /// What a registry's variable holds.
  private struct Registry {
    let host: String
    let path: String

    init?(_ text: String) {
      let host = String(text.prefix { $0 != "/" })
      let path = String(text.dropFirst(host.count + 1))
      let isQualified = host == "localhost" || host.contains { $0 == "." || $0 == ":" }
      guard isQualified, ImageReference.isHost(host), path.isEmpty ? text == host : ImageReference.isRepository(path)
      else { return nil }
      self.host = host
      self.path = path
    }
  }

  /// The path before all repositories; `nil` if it is not known.
  private mutating func prefix(_ registry: Registry) -> String? {
    let prefix = registry.path.isEmpty ? "" : registry.path + "/"
    guard let name = names?.path else { return prefix }
    guard case .text(let path)? = environment[name]?.value, ImageReference.isRepository(path) else {
      if let first = stems.first {
        let reason = environment[name].map { "\($0.value.reason), which is no path" } ?? "is not set"
        notes.append("\(name) \(reason): what it composes of \(first.name) and the like is not packed")
      }
      return nil
    }
    return prefix + path + "/"
  }

  private mutating func compose(_ stem: String, _ host: String, _ prefix: String) {
    let names = (stem + ImageVariables.repositorySuffix, stem + ImageVariables.tagSuffix)
    let (repository, tag) = (environment[names.0], environment[names.1])
    guard let repository else {
      return notes.append("\(names.1) \(tag?.value.reason ?? "") and has no \(names.0): no image is composed of it")
    }
    guard let tag else {
      return notes.append(
        "\(names.0) \(repository.value.reason) and has no \(names.1): its image is not known and not packed; name it "
          + "in additionalImages")
    }
    guard case .text(let last) = repository.value, case .text(let version) = tag.value else {
      let culprit = if case .text = repository.value { tag } else { repository }
      return notes.append("\(culprit.name) \(culprit.value.reason): its image is not known and not packed")
    }
    let text = "\(host)/\(prefix)\(last)\(version.hasPrefix("sha256:") ? "@" : ":")\(version)"
    guard let image = LiftedObject.reference(text), !image.isAssumed else {
      return notes.append("\(names.0) and \(names.1) compose '\(text.prefix(200))', which is no image")
    }
    // Operators that name images by digest have `NAME@sha256` in one variable, and the hex in the other.
    let path = last.prefix { $0 != "@" }
    images.append(.init(image: image.reference, repository: prefix + path, isComposed: true))
  }

  /// The stems of all variables that may be parts of images, in their order, with the first variable of each.
  private var stems: [(stem: String, name: String)] {
    var seen: Set<String> = []
    return environment.variables.compactMap { variable in
      guard ![names?.host, names?.path].contains(variable.name) else { return nil }
      for suffix in [ImageVariables.repositorySuffix, ImageVariables.tagSuffix]
      where variable.name.hasSuffix(suffix) && variable.name.utf8.count > suffix.utf8.count {
        let stem = String(variable.name.dropLast(suffix.count))
        return seen.insert(stem).inserted ? (stem, variable.name) : nil
      }
      return nil
    }
  }

  private mutating func noteUnnamed() {
    let pairs = stems.filter { stem in
      [ImageVariables.repositorySuffix, ImageVariables.tagSuffix].allSatisfy { environment[stem.stem + $0] != nil }
    }
    guard let first = pairs.first else { return }
    notes.append(
      "\(first.name) looks like a part of an image: what it composes is neither packed nor rewritten unless "
        + "`variables` says which ones are the host and the path")
  }
}

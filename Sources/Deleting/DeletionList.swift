internal import Content
internal import Diagnostics
internal import Digests
internal import OCI
internal import Publishing
internal import SystemIO
internal import YAML

/// What `delete --generate` writes for people to read, and `delete --execute` takes.
///
/// Source: `formats/delete.md`; the fields of oc-mirror v2's `DeleteImageList` are as there.
struct DeletionList: Sendable, Equatable {
  static let apiVersion = "mirror.openshift.io/v2alpha1"
  static let kind = "DeleteImageList"
  /// The greatest list in bytes: that of a release has 100 KiB.
  static let maximumBytes = YAMLReader.maxBytes

  /// The target as it was named.
  var target: String
  /// The greatest number of components in a repository's path there, if there is a limit.
  var maxNestedPaths: Int?
  /// The ids of the bundles that brought what is deleted, sorted.
  var bundles: [Digest]
  /// The digests of the receipts and the ids of the bundles that were taken into account, sorted.
  var keep: [Digest]
  /// What is deleted, in the order of `DeletionItem.order`.
  var items: [DeletionItem]
  /// What was asked for and stays.
  var kept: [DeletionPlan.Kept]

  /// The bytes of the file.
  ///
  /// - Parameter host: The registry, which each reference begins with.
  func bytes(host: String) -> [UInt8] {
    let items = items.map { item in
      var entries: [YAMLValue.Entry] = [
        .init("imageName", .string(item.name)), .init("imageReference", .string(Self.reference(item.place, host))),
        .init("type", .string(item.kind.rawValue)),
      ]
      if !item.tags.isEmpty { entries.append(.init("tags", .sequence(item.tags.map { .string($0) }))) }
      if !item.children.isEmpty {
        entries.append(.init("children", .sequence(item.children.map { .string($0.description) })))
      }
      return YAMLValue.mapping(entries)
    }
    let kept = kept.map { kept in
      YAMLValue.mapping([
        .init("imageReference", .string(Self.reference(kept.place, host))), .init("neededBy", .string(kept.reason)),
      ])
    }
    var entries: [YAMLValue.Entry] = [
      .init("apiVersion", .string(Self.apiVersion)), .init("kind", .string(Self.kind)),
      .init("target", .string(target)), .init("bundles", .sequence(bundles.map { .string($0.description) })),
      .init("keep", .sequence(keep.map { .string($0.description) })), .init("items", .sequence(items)),
      .init("kept", .sequence(kept)),
    ]
    if let maxNestedPaths { entries.append(.init("maxNestedPaths", .integer(maxNestedPaths))) }
    return YAMLWriter.bytes(of: .mapping(entries))
  }

  /// Makes sure that nothing but an earlier list is written over: a slip of the hand could cost a bundle.
  static func checkIsFree(_ path: String) throws(SealiftError) {
    guard try FileSystem.kind(of: path) == .file else { return }
    let start = Array("apiVersion: \(apiVersion)\nbundles:".utf8)
    let found = try File(path, .read).bytes(at: 0, count: start.count)
    guard !found.isEmpty, found != start else { return }
    throw SealiftError(
      .usage, "\(path) is there already, and is no list that `sealift delete --generate` has written",
      nextStep: "name a new file for the list, or remove that one")
  }

  /// How a list names a manifest.
  static func reference(_ place: ManifestPlace, _ host: String) -> String { "docker://\(host)/\(place.name)" }
}

extension DeletionList {
  /// Reads a list, in which people may have removed items, strictly.
  ///
  /// - Parameter options: What was asked for, which the list must be for.
  /// - Throws: `configuration`, with the place; `usage` for a list that is for another target.
  init(_ bytes: [UInt8], for options: DeletionOptions) throws(SealiftError) {
    let root = try YAMLReader.document(bytes, source: options.list)
    let fields = try root.fields([
      "apiVersion", "kind", "target", "maxNestedPaths", "bundles", "keep", "items", "kept",
    ])
    guard try fields.required("apiVersion").string() == Self.apiVersion,
      try fields.required("kind").string() == Self.kind
    else {
      throw root.position.error(
        "this is not a \(Self.kind) of \(Self.apiVersion)", nextStep: "make one with `sealift delete --generate`")
    }
    target = try fields.required("target").string()
    maxNestedPaths = try fields.values["maxNestedPaths"]?.limit()
    try Self.check(target, maxNestedPaths, options)
    let scope = try Scope(options, maxNestedPaths: maxNestedPaths)
    bundles = try fields.required("bundles").digests()
    keep = try fields.required("keep").digests()
    items = []
    for node in try fields.required("items").elements() { items.append(try DeletionItem(node, in: scope)) }
    kept = []
    for node in try fields.required("kept").elements() {
      let fields = try node.fields(["imageReference", "neededBy"])
      let place = try fields.required("imageReference").place(in: scope)
      kept.append(.init(place: place, reason: try fields.required("neededBy").string()))
    }
    items.sort(by: DeletionItem.order)
  }

  private static func check(
    _ target: String, _ maxNestedPaths: Int?, _ options: DeletionOptions
  ) throws(SealiftError) {
    guard target == options.target else {
      throw SealiftError(
        .usage, "\(options.list) is for the target \(target), and not for \(options.target)",
        nextStep: "name the target of the list, or make a list for the other")
    }
    guard let asked = options.maxNestedPaths, asked != maxNestedPaths else { return }
    let made = maxNestedPaths.map { "with --max-nested-paths \($0)" } ?? "without --max-nested-paths"
    throw SealiftError(
      .usage, "\(options.list) was made \(made), and not with \(asked)",
      nextStep: "leave the option out here, or make the list again with what was given to `sealift unpack`")
  }
}

/// Where all that a list names must be.
private struct Scope {
  let host: String
  /// What each repository begins with.
  let prefix: String

  init(_ options: DeletionOptions, maxNestedPaths: Int?) throws(SealiftError) {
    let (host, address) = try options.address()
    self.host = host
    prefix = String(address.repository(for: "x", maxNestedPaths: maxNestedPaths).dropLast())
  }
}

extension DeletionItem {
  fileprivate init(_ node: YAMLNode, in scope: Scope) throws(SealiftError) {
    let fields = try node.fields(["imageName", "imageReference", "type", "tags", "children"])
    let type = try fields.required("type")
    guard let kind = Kind(rawValue: try type.string()) else {
      throw type.position.error(
        "the type is not one of \(Kind.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    var tags: [String] = []
    for tag in try fields.values["tags"]?.elements() ?? [] {
      let text = try tag.string()
      guard ImageReference.isTag(text) else { throw tag.position.error("'\(text.prefix(128))' is not a tag") }
      tags.append(text)
    }
    self.init(
      name: try fields.required("imageName").string(), place: try fields.required("imageReference").place(in: scope),
      kind: kind, tags: tags, children: try fields.values["children"]?.digests() ?? [])
  }
}

/// The entries of a mapping of which all keys are known.
private struct Fields {
  let position: YAMLPosition
  var values: [String: YAMLNode] = [:]

  func required(_ name: String) throws(SealiftError) -> YAMLNode {
    guard let value = values[name] else {
      throw position.error("\(name) is missing", nextStep: "make the list again with `sealift delete --generate`")
    }
    return value
  }
}

extension YAMLNode {
  fileprivate func fields(_ known: [String]) throws(SealiftError) -> Fields {
    var fields = Fields(position: position)
    for entry in try entries() {
      guard known.contains(entry.key) else {
        throw entry.position.error("the field '\(entry.key.prefix(64))' is not known here")
      }
      fields.values[entry.key] = entry.value
    }
    return fields
  }

  fileprivate func digests() throws(SealiftError) -> [Digest] {
    var digests: [Digest] = []
    for node in try elements() { digests.append(try node.located { (text) throws(SealiftError) in try Digest(text) }) }
    return digests
  }

  fileprivate func limit() throws(SealiftError) -> Int {
    let number = try integer()
    guard (1...100).contains(number) else {
      throw position.error("\(number) is not the greatest number of components of a path")
    }
    return number
  }

  fileprivate func place(in scope: Scope) throws(SealiftError) -> ManifestPlace {
    let reference = try located { (text) throws(SealiftError) in try ImageReference(text) }
    guard reference.registry == scope.host, reference.repository.hasPrefix(scope.prefix), reference.tag == nil,
      let digest = reference.digest
    else {
      throw position.error("'\(reference)' is not an image under \(scope.host)/\(scope.prefix) by its digest alone")
    }
    return ManifestPlace(repository: reference.repository, digest: digest)
  }

  private func located<Value>(_ read: (String) throws(SealiftError) -> Value) throws(SealiftError) -> Value {
    let text = try string()
    do throws(SealiftError) { return try read(text) } catch {
      throw position.error(error.problem, nextStep: error.nextStep)
    }
  }
}

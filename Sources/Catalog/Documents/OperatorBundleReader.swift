internal import Diagnostics
internal import Versions

/// Reads of a bundle's document what planning needs, and passes over the rest.
final class OperatorBundleReader {
  private static let imageFields: [StaticString] = ["name", "image"]
  private static let packageFields: [StaticString] = ["packageName", "version", "release"]
  private static let rangeFields: [StaticString] = ["packageName", "versionRange"]
  private static let resourceFields: [StaticString] = ["group", "version", "kind"]
  private static let constraintFields: [StaticString] = ["package", "gvk", "all", "any", "not", "cel", "none"]
  private static let listFields: [StaticString] = ["constraints"]
  private static let ruleFields: [StaticString] = ["rule"]
  // Deeper than any real condition, shallower than the stack.
  private static let maxConstraintDepth = 8

  private enum Kind { case package, resource, requiredPackage, requiredResource, constraint, manifest, other }

  private var bundle: OperatorBundle
  private var packageProperties = 0

  /// Reads the fields of a bundle.
  ///
  /// - Parameters:
  ///   - document: The document and where its members lie.
  ///   - withImages: Whether its images are wanted too.
  static func read(_ document: ScannedDocument, withImages: Bool) throws(SealiftError) -> OperatorBundle {
    let reader = OperatorBundleReader(bundle: OperatorBundle(name: document.name, package: document.package))
    if var cursor = document.cursor(at: "image") { reader.bundle.image = try cursor.string() }
    if var cursor = document.cursor(at: "properties") { try reader.readProperties(&cursor) }
    if withImages, var cursor = document.cursor(at: "relatedImages") { try reader.readImages(&cursor) }
    reader.checkPackageProperty()
    return reader.bundle
  }

  private init(bundle: OperatorBundle) { self.bundle = bundle }

  private func readImages(_ cursor: inout JSONCursor) throws(SealiftError) {
    var images: [RelatedImage] = []
    try cursor.array { (cursor) throws(SealiftError) in
      var (name, image) = ("", "")
      try cursor.fields(Self.imageFields) { (cursor, field) throws(SealiftError) in
        if field == 0 { name = try cursor.string() } else { image = try cursor.string() }
      }
      images.append(RelatedImage(name: name, image: image))
    }
    bundle.relatedImages = images
  }

  private func readProperties(_ cursor: inout JSONCursor) throws(SealiftError) {
    try cursor.array { (cursor) throws(SealiftError) in try readProperty(&cursor) }
  }

  /// A property is `{type, value}` in any order.
  private func readProperty(_ cursor: inout JSONCursor) throws(SealiftError) {
    var kind: Kind?
    var value: JSONCursor?
    try cursor.object { (cursor, name) throws(SealiftError) in
      if name.isField("type") {
        kind = Self.kind(of: try cursor.text())
      } else if name.isField("value") {
        value = cursor
        try cursor.skip()
      } else {
        try cursor.skip()
      }
    }
    guard let kind, var value else { return bundle.flaws.append("has a property without type or value") }
    switch kind {
    case .package: try readPackage(&value)
    case .resource: bundle.provided.append(try Self.resource(&value))
    case .requiredPackage: bundle.constraints += try Self.requiredPackage(&value)
    case .requiredResource: bundle.constraints.append(.resource(try Self.resource(&value)))
    // OLM looks at it only when something is installed.
    case .constraint:
      bundle.constraints +=
        (try? Self.constraint(&value, depth: 0)) ?? [.unreadable("a constraint that cannot be read")]
    case .manifest: bundle.hasManifests = true
    case .other: break
    }
  }

  private static func kind(of type: JSONCursor.Text) -> Kind {
    if type.equals("olm.gvk") { return .resource }
    if type.equals("olm.package") { return .package }
    if type.equals("olm.bundle.object") { return .manifest }
    if type.equals("olm.package.required") { return .requiredPackage }
    if type.equals("olm.gvk.required") { return .requiredResource }
    if type.equals("olm.constraint") { return .constraint }
    return .other
  }

  private func readPackage(_ cursor: inout JSONCursor) throws(SealiftError) {
    packageProperties += 1
    var (package, version, release) = ("", "", "")
    try cursor.fields(Self.packageFields) { (cursor, field) throws(SealiftError) in
      switch field {
      case 0: package = try cursor.string()
      case 1: version = try cursor.string()
      default: release = try cursor.string()
      }
    }
    bundle.versionText = version
    bundle.release = release
    bundle.version = SemanticVersion(version)
    if package != bundle.package { bundle.flaws.append("has a property olm.package of package '\(package)'") }
    if bundle.version == nil { bundle.flaws.append("has '\(version)' for a version, which is none by semver's rules") }
  }

  private func checkPackageProperty() {
    guard packageProperties != 1 else { return }
    bundle.flaws.append("has \(packageProperties) properties olm.package, where there must be one")
  }

  private static func resource(_ cursor: inout JSONCursor) throws(SealiftError) -> GroupVersionKind {
    var fields = ["", "", ""]
    try cursor.fields(resourceFields) { (cursor, field) throws(SealiftError) in fields[field] = try cursor.string() }
    return GroupVersionKind(group: fields[0], version: fields[1], kind: fields[2])
  }

  private static func requiredPackage(_ cursor: inout JSONCursor) throws(SealiftError) -> [OperatorBundleConstraint] {
    var fields = ["", ""]
    try cursor.fields(rangeFields) { (cursor, field) throws(SealiftError) in fields[field] = try cursor.string() }
    guard let range = VersionRange(fields[1]) else {
      return [.unreadable("package '\(fields[0])' in '\(fields[1])', which is no range of versions")]
    }
    return [.package(name: fields[0], range: range)]
  }

  /// Source: operator-framework/api, `constraints.Constraint`.
  private static func constraint(
    _ cursor: inout JSONCursor, depth: Int
  ) throws(SealiftError) -> [OperatorBundleConstraint] {
    guard depth < maxConstraintDepth else { throw cursor.flaw("constraints are nested too deep") }
    var found: [OperatorBundleConstraint] = []
    try cursor.fields(constraintFields) { (cursor, field) throws(SealiftError) in
      switch field {
      case 0: found += try requiredPackage(&cursor)
      case 1: found.append(.resource(try resource(&cursor)))
      case 2: found.append(.all(try constraints(&cursor, depth: depth + 1)))
      case 3: found.append(.any(try constraints(&cursor, depth: depth + 1)))
      case 5: found.append(.expression(try rule(&cursor)))
      default: found.append(.not(try constraints(&cursor, depth: depth + 1)))
      }
    }
    return found
  }

  private static func constraints(
    _ cursor: inout JSONCursor, depth: Int
  ) throws(SealiftError) -> [OperatorBundleConstraint] {
    var found: [OperatorBundleConstraint] = []
    try cursor.fields(listFields) { (cursor, _) throws(SealiftError) in
      try cursor.array { (cursor) throws(SealiftError) in found += try constraint(&cursor, depth: depth) }
    }
    return found
  }

  private static func rule(_ cursor: inout JSONCursor) throws(SealiftError) -> String {
    var rule = ""
    try cursor.fields(ruleFields) { (cursor, _) throws(SealiftError) in rule = try cursor.string() }
    return rule
  }
}

internal import Diagnostics
internal import Digests
internal import OCI

extension BundleIndex.CarriedFile {
  /// The greatest number of them: `unpack` writes each into one directory, and a bundle has some dozens.
  public static let maximumCount = 4096
  /// The longest name in bytes: file systems take 255, and an unfinished file's name has a suffix.
  public static let maximumNameBytes = 200

  /// Whether a text can be the name of one: letters, digits and `._=+~@-`, and a letter or a digit at first.
  ///
  /// Such a name is one component on every file system, and no option of a program.
  public static func isName(_ text: String) -> Bool {
    Substring(text).utf8.isPlainComponent(besides: "._=+~@-", maximum: maximumNameBytes)
  }
}

extension BundleIndex.Tool {
  /// The greatest number of them: a program has some dozens of libraries.
  public static let maximumCount = 256
  /// The greatest size of one in bytes, 1 GiB: ten times the program with its symbols.
  public static let maximumBytes = 1 << 30
  /// The greatest number of components in a path.
  public static let maximumDepth = 3

  /// Whether a text can be the path of one: at most three components like the names of carried files.
  public static func isPath(_ text: String) -> Bool {
    let components = text.split(separator: "/", omittingEmptySubsequences: false)
    return components.count <= maximumDepth && components.allSatisfy { BundleIndex.CarriedFile.isName(String($0)) }
  }
}

extension BundleIndex {
  /// Checks that each file has a name that can be written, and a content that is in the bundle.
  ///
  /// - Parameter places: The places of all blobs.
  func checkCarriedFiles(_ places: [Digest: Int32]) throws(SealiftError) {
    guard carriedFiles.count <= CarriedFile.maximumCount else {
      throw .index("'carriedFiles' has more than \(CarriedFile.maximumCount) files")
    }
    for file in carriedFiles {
      guard CarriedFile.isName(file.name) else { throw .index("'\(file.name)' is not a name for a carried file") }
      try Self.check(file.profiles, file.source, of: "carried file \(file.name)")
      // Nothing but an image can find at the target what is held.
      guard let place = places[file.digest], place < metadata.count + blobs.count else {
        throw .index("the content of \(file.name), \(file.digest), is not among the blobs that it brings")
      }
    }
    try Self.checkOrder(carriedFiles.map(\.name), "the carried files")
  }

  /// Checks that each manifest is one of `files`.
  func checkCarriedObjects() throws(SealiftError) {
    let paths = Set(files.map(\.path))
    for object in carriedObjects {
      guard object.path.hasPrefix(HeadFile.configurationPrefix), paths.contains(object.path) else {
        throw .index("'\(object.path)' is not one of the cluster manifests in 'files'")
      }
      try Self.check(object.profiles, object.source, of: object.path)
    }
    try Self.checkOrder(carriedObjects.map(\.path), "the manifests")
  }

  /// Checks that each tool has a path that can be written, and none lies in another.
  func checkTools() throws(SealiftError) {
    guard tools.count <= Tool.maximumCount else {
      throw .index("'tools' has more than \(Tool.maximumCount) files")
    }
    for tool in tools {
      guard Tool.isPath(tool.path) else { throw .index("'\(tool.path)' is not a path for a tool") }
      guard tool.size <= Tool.maximumBytes else { throw .index("\(tool.path) is too large for a tool") }
    }
    try Self.checkOrder(tools.map(\.path), "the tools")
    let paths = Set(tools.map(\.path))
    for tool in tools {
      let parts = tool.path.split(separator: "/")
      for depth in 1..<max(1, parts.count) where paths.contains(parts.prefix(depth).joined(separator: "/")) {
        throw .index("'\(tool.path)' lies in a tool that is no directory")
      }
    }
  }

  private static func check(_ profiles: [String], _ source: String, of name: String) throws(SealiftError) {
    guard !source.isEmpty else { throw .index("\(name) has no source") }
    for profile in profiles where !isProfile(profile) {
      throw .index("'\(profile)', of \(name), is not a profile's name")
    }
    try checkOrder(profiles, "the profiles of \(name)")
  }
}

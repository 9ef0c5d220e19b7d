/// Where facts about releases come from.
public struct ReleaseOptions: Sendable {
  /// The update service, in place of the public one.
  public var graphURL: String?
  /// A saved update graph, or a directory of them, in place of any service.
  public var graphFile: String?

  /// An archive with the data of an update service, as a URL or a path, in place of the public one.
  public var graphData: String?
  /// The image on which the image with these data is made.
  public var graphBaseImage: String?
  /// Where release signatures are looked for, as URLs or directories, in place of the public store.
  public var signatureStores: [String] = []
  /// The paths of the keys whose signatures count, in place of the publisher's.
  public var keys: [String] = []
  /// The versions of releases that are packed although no signature is proven.
  public var allowedUnsigned: Set<String> = []

  /// Makes options that ask the public services.
  public init() {}

  // They stand in for options where there are none.
  private static let variables = ["OCP_SIGNATURE_URL", "OCP_SIGNATURE_VERIFICATION_PK", "UPDATE_URL_OVERRIDE"]

  /// What of them decides the bytes of a bundle, each with its name.
  ///
  /// - Parameter environment: The variables of the process.
  public func inputs(_ environment: [String: String]) -> [String] {
    let named = [
      ("graph-url", graphURL), ("graph-file", graphFile), ("graph-data", graphData),
      ("graph-base-image", graphBaseImage),
    ]
    return named.compactMap { name, value in value.map { "\(name) \($0)" } }
      + signatureStores.map { "signature-store \($0)" } + keys.map { "release-key \($0)" }
      + allowedUnsigned.sorted().map { "allow-unsigned-release \($0)" }
      + Self.variables.compactMap { name in environment[name].map { "\(name) \($0)" } }
  }
}

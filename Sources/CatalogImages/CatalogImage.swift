public import Content
public import Diagnostics
public import OCI

/// The image of a catalog, as far as it says where the catalog lies in it.
public struct CatalogImage: Sendable {
  /// Where an image keeps its catalog: a path from the image's root, without a slash at the start.
  public enum Place: Sendable, Equatable {
    /// A directory of file-based catalog files.
    case files(String)
    /// An SQLite database.
    case database(String)

    /// Whether it is an SQLite database.
    public var isDatabase: Bool { if case .database = self { true } else { false } }

    /// Reads the labels of an image.
    ///
    /// - Parameter name: What the image is called in messages.
    /// - Throws: `protocol` for an image that is no catalog, and for a label that names no place within it.
    ///
    /// Source: operator-registry, `pkg/containertools` and `alpha/action`: the two labels.
    public init(labels: [String: String], of name: String) throws(SealiftError) {
      if let path = labels[Self.filesLabel] {
        self = .files(try Self.path(path, Self.filesLabel, name))
      } else if let path = labels[Self.databaseLabel] {
        self = .database(try Self.path(path, Self.databaseLabel, name))
      } else {
        throw SealiftError(
          .protocol,
          "\(name) is no operator catalog: it has neither the label \(Self.filesLabel) nor "
            + Self.databaseLabel,
          nextStep: "name a catalog, such as registry.redhat.io/redhat/redhat-operator-index:v4.18")
      }
    }

    /// The label that names the directory of a file-based catalog.
    static let filesLabel = "operators.operatorframework.io.index.configs.v1"
    private static let databaseLabel = "operators.operatorframework.io.index.database.v1"

    private static func path(_ text: String, _ label: String, _ name: String) throws(SealiftError) -> String {
      let parts = text.split(separator: "/").filter { $0 != "." }
      guard text.hasPrefix("/"), !parts.isEmpty, !parts.contains("..") else {
        throw SealiftError(
          .protocol, "the label \(label) of \(name) is '\(text.prefix(200))', which is no place within the image",
          nextStep: "ask the publisher for a sound image")
      }
      return parts.joined(separator: "/")
    }
  }

  /// What messages call it.
  public let name: String
  /// The repository that has it.
  public let repository: ImageRepository
  /// Its manifest or index.
  public let root: FetchedManifest
  /// How the platform that is read is run.
  public let process: ImageConfig.Process
  /// Where the catalog lies.
  public let place: Place
  /// The layers of the platform that is read.
  let layers: [Descriptor]

  /// Looks at an image.
  ///
  /// - Parameters:
  ///   - root: Its manifest, or its index: then the image for linux/amd64 is read, or else the first one.
  ///   - repository: What has it.
  ///   - name: What messages call it.
  /// - Throws: `protocol` for an image that is no catalog; what the source throws.
  public init(_ root: FetchedManifest, in repository: ImageRepository, name: String) async throws {
    let image = try await repository.image(of: root, of: name)
    let config = try await repository.config(image.config, of: name)
    self.name = name
    self.repository = repository
    self.root = root
    process = try ImageConfig.process(config, source: "the config of \(name)")
    place = try Place(labels: process.labels, of: name)
    layers = image.layers
  }
}

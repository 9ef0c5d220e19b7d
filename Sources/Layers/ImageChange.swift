/// What a built image has that its base has not.
public struct ImageChange: Sendable {
  /// One layer on top, and how it came to be.
  public struct Layer: Sendable {
    /// The layer.
    public let layer: WrittenLayer
    /// What the image's history says of it.
    public let createdBy: String

    /// Makes one.
    public init(_ layer: WrittenLayer, createdBy: String) {
      self.layer = layer
      self.createdBy = createdBy
    }
  }

  /// Layers on top of those of the base, lowest first.
  public var layers: [Layer]
  /// What a container runs, if it is changed.
  public var entrypoint: [String]?
  /// The arguments of what it runs, if they are changed.
  public var command: [String]?
  /// Labels that are set; others stay.
  public var labels: [String: String]

  /// Makes a change.
  public init(
    layers: [Layer], entrypoint: [String]? = nil, command: [String]? = nil, labels: [String: String] = [:]
  ) {
    self.layers = layers
    self.entrypoint = entrypoint
    self.command = command
    self.labels = labels
  }
}

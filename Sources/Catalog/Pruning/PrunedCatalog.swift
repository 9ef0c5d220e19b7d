/// What is left of a catalog after pruning, and why.
public struct PrunedCatalog: Sendable {
  /// The documents that are kept; where `isWhole`, all of the source.
  public internal(set) var catalog: Catalog
  /// Whether nothing was asked to be left out, so that the source can be carried as it is.
  public let isWhole: Bool
  /// For each package that was asked for, what became of each entry of each of its channels.
  public internal(set) var decisions: [String: [EntryDecision]] = [:]
  /// What a person should know before packing: one sentence each.
  public internal(set) var notes: [String] = []

  /// What to keep when the source is read again, so that the same request gives this result with all its documents.
  ///
  /// To plan on `CatalogReader.Keeping.facts` and to read again with this holds no document that is not written.
  public var keeping: CatalogReader.Keeping {
    isWhole ? .everything : .bundles(catalog.packages.mapValues { Set($0.bundles.map(\.name)) })
  }

  init(catalog: Catalog, isWhole: Bool) {
    self.catalog = catalog
    self.isWhole = isWhole
  }
}

/// What became of one entry of a channel.
public struct EntryDecision: Sendable, Equatable {
  /// The channel.
  public let channel: String
  /// The bundle.
  public let bundle: String
  /// Its version as it is written; empty if there is none.
  public let version: String
  /// Why it is kept or left out.
  public let reason: Reason

  /// Why an entry is kept or left out.
  public enum Reason: Sendable, Equatable {
    /// Kept: it is the head of the channel.
    case head
    /// Kept: the whole channel is asked for.
    case full
    /// Kept: its version lies within the bounds.
    case inRange(VersionBounds)
    /// Kept: updates between the wanted versions lead through it.
    case connecting
    /// Kept: another bundle needs it.
    case required
    /// Left out: only the head is asked for.
    case belowHead
    /// Left out: its version does not lie within the bounds.
    case outOfRange(VersionBounds)
    /// Left out: it has no version that could lie within the bounds.
    case unversioned
    /// Left out: the channel is not asked for.
    case channelNotRequested

    /// Whether the entry is kept.
    public var isKept: Bool {
      switch self {
      case .head, .full, .inRange, .connecting, .required: true
      case .belowHead, .outOfRange, .unversioned, .channelNotRequested: false
      }
    }

    /// The reason in a few words.
    public var description: String {
      switch self {
      case .head: "head of the channel"
      case .full: "the whole channel is asked for"
      case .inRange(let bounds): "within \(bounds)"
      case .connecting: "not asked for, but updates lead through it"
      case .required: "another bundle needs it"
      case .belowHead: "not the head of the channel"
      case .outOfRange(let bounds): "not within \(bounds)"
      case .unversioned: "it has no version"
      case .channelNotRequested: "the channel is not asked for"
      }
    }
  }
}

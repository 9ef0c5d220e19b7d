public import Content
internal import Diagnostics
public import JSON

/// What two bundles differ in.
///
/// Source: `formats/diff.schema.json`.
public struct BundleDiff: Sendable {
  /// One thing that one of them holds.
  public struct Item: Sendable {
    /// What it is found by.
    public let name: String
    /// What is compared, in the order of the names.
    public let facts: [JSONValue.Member]
    /// What follows from the rest: sizes.
    public internal(set) var sizes: [JSONValue.Member] = []

    init(_ name: String, _ facts: [JSONValue.Member]) {
      self.name = name
      self.facts = facts
    }

    /// The value of a fact.
    public subscript(name: String) -> JSONValue? { (facts + sizes).first { $0.name == name }?.value }
  }

  /// One thing that both hold, and that is not the same.
  public struct Change: Sendable {
    /// One fact.
    public struct Fact: Sendable {
      /// Its name.
      public let name: String
      /// What it was.
      public let from: JSONValue
      /// What it is.
      public let to: JSONValue
    }

    /// What it is found by.
    public let name: String
    /// The facts that differ.
    public let facts: [Fact]
    /// The same thing as the second one has it.
    public let item: Item
    /// For a cluster manifest whose text differs: the lines, as `diff -u` shows them.
    public internal(set) var lines: [String] = []
  }

  /// All things of one kind.
  public struct Section: Sendable {
    /// What the second one has and the first has not, ascending by name.
    public internal(set) var added: [Item] = []
    /// What the first one has and the second has not.
    public internal(set) var removed: [Item] = []
    /// What both have, and not the same.
    public internal(set) var changed: [Change] = []
    /// How many are the same in both.
    public internal(set) var unchanged = 0

    /// Whether nothing differs.
    public var isSame: Bool { added.isEmpty && removed.isEmpty && changed.isEmpty }
  }

  /// Content, each blob once.
  public struct Amount: Sendable {
    /// How many blobs.
    public internal(set) var blobs = 0
    /// Their bytes.
    public internal(set) var bytes = 0
  }

  /// What is compared.
  public let from: DiffSide
  /// What it is compared with.
  public let to: DiffSide
  /// The kinds, each with what differs; `nil` for what one of them does not tell.
  public let sections: [(kind: DiffKind, section: Section?)]
  /// What the second one brings that the first has not; `nil` if it does not tell sizes.
  public let brings: Amount?
  /// What the first one has and the second has not; `nil` if it does not tell sizes.
  public let lacks: Amount?
  /// What both have; `nil` if neither tells sizes.
  public let shared: Amount?

  /// Whether both hold the same.
  public var isSame: Bool { sections.allSatisfy { $0.section?.isSame ?? true } }

  /// What differs of one kind.
  public subscript(kind: DiffKind) -> Section? { sections.first { $0.kind == kind }?.section }
}

/// The kinds of things that are compared, in the order in which they are shown.
public enum DiffKind: String, CaseIterable, Sendable {
  case releases, catalogs, operators, charts, images, files, manifests, tools, signers
}

/// Compares two bundles, or receipts, by their heads.
///
/// - Parameters:
///   - from: The path of the earlier one, or `-` for a bundle on standard input.
///   - to: That of the later one.
///   - trust: Whom to trust, of both.
///   - environment: Says where short-lived files lie.
/// - Throws: As `AuditedHead`; `configuration` for what is neither a bundle nor a receipt.
public func diff(
  _ from: String, _ to: String, trust: TrustOptions, environment: [String: String]
) throws -> BundleDiff {
  let from = try DiffSide(from, trust: trust, environment: environment)
  return try BundleDiff(from, DiffSide(to, trust: trust, environment: environment))
}

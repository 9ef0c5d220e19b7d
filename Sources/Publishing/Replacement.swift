internal import Diagnostics
public import Digests
public import JSON

/// A tag of the target that stands for something else before a bundle is unpacked.
///
/// Source: `formats/receipt.schema.json`, `replaced`.
public struct Replacement: Sendable, Equatable {
  /// What a catalog offers that the one in its place does not.
  enum Loss: Sendable, Equatable {
    /// These packages, sorted.
    case packages([String])
    /// The catalog that is there cannot be read, for this reason.
    case unknown(String)
  }

  /// The tag, `repository:tag`.
  public let name: String
  /// What it stands for before.
  public let from: Digest
  /// What it stands for then.
  public let to: Digest
  /// Whether what comes was made before what is there; `nil` where one of them does not say when.
  var isStepBack: Bool?
  /// What goes with the catalog that is there; `nil` if the tag is no catalog's.
  var loss: Loss?
  /// Whether what comes offers what is there, too: a catalog that is merged with it.
  public internal(set) var isMerged = false

  /// Whether a person must not miss it: something goes, or an older thing comes.
  var isLoss: Bool {
    switch loss {
    case .packages(let names): !names.isEmpty || isStepBack == true
    case .unknown: true
    case nil: isStepBack == true
    }
  }

  /// One sentence about it.
  public var text: String {
    if isMerged { return "\(name): \(from) is merged into \(to)" }
    let age = isStepBack.map { $0 ? ", which is older" : ", which is newer" } ?? ""
    let text = "\(name): \(from) is replaced by \(to)\(age)"
    switch loss {
    case .packages(let names) where !names.isEmpty:
      return "\(text); its catalog no longer offers \(names.joined(separator: ", "))"
    case .unknown(let reason): return "\(text); which operators its catalog no longer offers is not known: \(reason)"
    case .packages, nil: return text
    }
  }

  /// The replacement as JSON, in a fixed order.
  public var json: JSONValue {
    var lost: [String]?
    if case .packages(let names) = loss { lost = names }
    return .object([
      .init("from", .string(from.description)), .init("isStepBack", isStepBack.map { .boolean($0) } ?? .null),
      .init("lostPackages", lost.map { .array($0.map { .string($0) }) } ?? .null), .init("name", .string(name)),
      .init("to", .string(to.description)),
    ])
  }
}

extension [Replacement] {
  // More lines than fit on a screen are read by nobody; the receipt has all.
  private static var shown: Int { 10 }

  /// Tells of them, of losses first, before anything moves.
  func report(to reporter: any Reporter) {
    for replacement in prefix(Self.shown) where !replacement.isMerged {
      reporter.report(replacement.isLoss ? .warning(replacement.text) : .note(replacement.text))
    }
    guard count > Self.shown else { return }
    reporter.report(.note("\(count - Self.shown) further tags of the target are replaced: a receipt lists all"))
  }

  /// The error where nothing may be replaced; what is merged stays.
  var refusal: SealiftError? {
    let replaced = filter { !$0.isMerged }
    guard let first = replaced.first else { return nil }
    let more = replaced.count > 1 ? ", and \(replaced.count - 1) more tags would be replaced" : ""
    return SealiftError(
      .configuration, "\(first.text)\(more)",
      nextStep: "unpack under another prefix, or pack with another targetTag or targetCatalog; or leave out "
        + "--no-replace, if what is there is not needed any more")
  }
}

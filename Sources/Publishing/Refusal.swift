public import Diagnostics
public import JSON

/// Something that a target did not take, where the rest was brought all the same.
///
/// Source: `formats/receipt.schema.json`, `refused`.
public struct Refusal: Sendable, Equatable {
  /// What it is called at the target: `repository@digest` for an image, `repository:tag` for a tag.
  public let name: String
  /// The reference of the image as it was asked for.
  public let source: String
  /// Why.
  public let problem: String

  /// One sentence about it.
  public var text: String { "\(name) (\(source)): \(problem)" }

  /// The refusal as JSON, in a fixed order.
  public var json: JSONValue {
    .object([
      .init("name", .string(name)), .init("problem", .string(problem)), .init("source", .string(source)),
    ])
  }
}

extension [Refusal] {
  /// The error for what is not at the target; `nil` if nothing was refused.
  public var failure: SealiftError? {
    guard let first else { return nil }
    let more = count > 1 ? ", and \(count - 1) more" : ""
    return SealiftError(
      .incomplete, "the target did not take all: \(first.text)\(more)",
      nextStep: "look at all that is listed as refused before you use what is there")
  }
}

extension SealiftError {
  /// Whether a target said no to one thing, so that others may still go.
  var isRefusal: Bool { [.denied, .protocol, .notFound, .configuration].contains(code) }
}

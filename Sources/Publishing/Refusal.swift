public import Diagnostics
public import JSON
internal import OCI

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

extension ImageTarget {
  /// Whether an error is about one thing, so that others may still go.
  ///
  /// A registry that is away has been waited for; one that fails at one thing for ever, and takes others, says no to that.
  func isOfOneThing(_ error: SealiftError, in repository: String) async -> Bool {
    if error.isRefusal { return true }
    guard error.code == .network, error.isTransient else { return false }
    return await takesOthers(in: repository)
  }
}

extension SealiftError {
  /// Whether a target said no to one thing, so that others may still go.
  var isRefusal: Bool { [.denied, .protocol, .notFound, .configuration].contains(code) }
}

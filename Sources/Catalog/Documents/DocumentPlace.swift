internal import Diagnostics

/// Where a document of a catalog begins; it makes the errors that name the place.
struct DocumentPlace: Sendable {
  /// The file, as the user knows it.
  let file: String
  /// The first byte of the document in the file, from 0; `nil` for one that was not JSON.
  let offset: Int?
  /// Of a document that was YAML: the first key that stands twice in it.
  var repeatedKey: String?

  /// An error at a byte of the document.
  func flaw(_ problem: String, at index: Int) -> SealiftError {
    let place = offset.map { "\(file), at byte \($0 + index)" } ?? file
    return SealiftError(.corrupt, "\(place): \(problem)", nextStep: Self.nextStep)
  }

  /// An error about the whole document.
  func flaw(_ problem: String) -> SealiftError { flaw(problem, at: 0) }

  static let nextStep = "correct the catalog, or name one that `opm validate` accepts"
}

public import Diagnostics

/// Where something stands in a YAML file; it makes the errors that name the place.
public struct YAMLPosition: Sendable, Equatable {
  /// The file, as the user knows it.
  public let source: String
  /// The line, from 1.
  public let line: Int
  /// The column in characters, from 1.
  public let column: Int
  /// The code of every error about this file.
  let code: SealiftError.Code

  /// `FILE:LINE:COLUMN`, as editors and compilers write it.
  public var description: String { "\(source):\(line):\(column)" }

  /// An error that begins with the place.
  ///
  /// - Parameters:
  ///   - problem: One sentence without a full stop.
  ///   - nextStep: By default, to correct the line.
  public func error(_ problem: String, nextStep: String? = nil) -> SealiftError {
    SealiftError(code, "\(description): \(problem)", nextStep: nextStep ?? "correct line \(line) of \(source)")
  }
}

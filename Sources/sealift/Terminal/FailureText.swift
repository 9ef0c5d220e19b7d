internal import Diagnostics
internal import JSON

/// Says on stderr why a command failed.
struct FailureText: Sendable {
  private var isJSON = false
  private var usesColour = false
  /// Whether the command goes on where it was when it is run again.
  var resumes = false

  /// Plain text.
  init() {}

  /// In the form that the command line asks for, which may itself be wrong.
  init(_ words: Invoked) {
    isJSON = words.arguments.prefix { $0 != "--" }.contains("--json")
    usesColour = StandardStream.error.isTerminal && words.allowsColour
  }

  /// Prints the reason.
  ///
  /// - Parameter signal: The signal that asked the command to stop, if one did; it is then the reason.
  /// - Returns: The exit code.
  func report(_ error: any Error, signal: CInt?) -> CInt {
    if let signal {
      let next = resumes ? "run the same command again: it goes on where it was" : "run the command again"
      return show(128 + signal, "interrupted", next)
    }
    if let error = error as? SealiftError {
      for failure in [error] + error.further { _ = show(error.code.rawValue, failure.problem, failure.nextStep) }
      return error.code.rawValue
    }
    let code = SealiftError.Code.internal.rawValue
    return show(code, "a defect in sealift: \(error)", "report it with the command line, and run the command again")
  }

  private func show(_ code: CInt, _ problem: String, _ next: String) -> CInt {
    if isJSON {
      StandardStream.error.writeIfPossible(
        jsonLine(
          .object([
            .init("event", .string("error")), .init("code", .integer(Int(code))), .init("problem", .string(problem)),
            .init("next", .string(next)),
          ])))
    } else {
      let label = coloured("error:", usesColour ? 31 : nil)
      StandardStream.error.writeIfPossible("\(label) \(problem.printable)\n  next: \(next.printable)\n")
    }
    return code
  }
}

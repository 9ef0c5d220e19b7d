public import Diagnostics

/// The values of one command line, by declaration.
public struct ParsedArguments: Sendable {
  // Each value has the type of its declaration: only the parser adds some, with the declaration's own reader.
  var values: [String: [any Sendable]] = [:]
  let commandLine: String

  /// Whether the flag is given.
  public subscript(_ flag: Flag) -> Bool { values[flag.parameter.name] != nil }

  /// The option's value, if it is given.
  public subscript<Value>(_ option: Option<Value>) -> Value? { all(option.parameter, as: Value.self).first }

  /// The operand, if it is given.
  public subscript<Value>(_ operand: Operand<Value>) -> Value? { all(operand.parameter, as: Value.self).first }

  /// All values of a repeatable option, in order.
  public func all<Value>(_ option: Option<Value>) -> [Value] { all(option.parameter, as: Value.self) }

  /// All values of a repeatable operand, in order.
  public func all<Value>(_ operand: Operand<Value>) -> [Value] { all(operand.parameter, as: Value.self) }

  /// The value of a required option.
  public func value<Value>(of option: Option<Value>) throws(SealiftError) -> Value {
    guard let value = self[option] else { throw missing(option.parameter) }
    return value
  }

  /// The value of a required operand.
  public func value<Value>(of operand: Operand<Value>) throws(SealiftError) -> Value {
    guard let value = self[operand] else { throw missing(operand.parameter) }
    return value
  }

  /// The error of a command line that is wrong in a way that declarations cannot say.
  public func usageError(_ problem: String) -> SealiftError {
    SealiftError(.usage, problem, nextStep: "run '\(commandLine) --help'")
  }

  func missing(_ parameter: Parameter) -> SealiftError { usageError("'\(parameter.synopsis)' is missing") }

  private func all<Value>(_ parameter: Parameter, as type: Value.Type) -> [Value] {
    (values[parameter.name] ?? []).compactMap { $0 as? Value }
  }
}

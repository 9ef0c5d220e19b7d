/// One thing that may stand on the command line, without the Swift type of its value.
public struct Parameter: Sendable {
  enum Kind: Sendable {
    /// Stands alone: `--json`.
    case flag
    /// Stands alone or takes a value after `=`: `--dest-tls-verify=false`.
    case boolean
    /// Stands alone or takes a value of another type after `=`: `--dry-run`, `--dry-run=server`.
    case joined
    /// Takes a value: `--key FILE`.
    case option
    /// Has no name on the command line.
    case operand
  }

  let kind: Kind
  /// The long name without `--`, or the operand's name.
  let name: String
  let short: Character?
  let help: String
  let isRequired: Bool
  let isRepeatable: Bool
  /// The value's placeholder in help screens; empty for a flag.
  let valueName: String
  let expectation: String
  let completion: Completion
  let read: @Sendable (String) -> (any Sendable)?

  init<Value>(
    _ kind: Kind, _ name: String, short: Character? = nil, _ type: ValueType<Value>, help: String,
    required: Bool = false, repeatable: Bool = false
  ) {
    self.kind = kind
    self.name = name
    self.short = short
    self.help = help
    isRequired = required
    isRepeatable = repeatable
    valueName = kind == .flag ? "" : type.name
    expectation = type.expectation
    completion = type.completion
    read = { type.read($0) }
  }

  /// The name as the user writes it.
  var spelling: String { kind == .operand ? name : "--\(name)" }

  /// The shortest form with its value, for usage lines: `-o FILE`.
  var synopsis: String {
    switch kind {
    case .operand: isRepeatable ? "\(name)..." : name
    case .flag: "--\(name)"
    case .boolean: "--\(name)=\(valueName)"
    case .joined: "--\(name)[=\(valueName)]"
    case .option: (short.map { "-\($0)" } ?? "--\(name)") + " \(valueName)"
    }
  }
}

/// Something that a command declares: a flag, an option or an operand.
public protocol Declaration: Sendable {
  /// The declaration without the type of its value.
  var parameter: Parameter { get }
}

/// A name that is there or not: `--json`. Repeating it changes nothing.
public struct Flag: Declaration {
  /// The declaration without the type of its value.
  public let parameter: Parameter

  /// - Parameters:
  ///   - name: The long name without `--`.
  ///   - help: What it does, for the help screen.
  public init(_ name: String, short: Character? = nil, help: String) {
    parameter = Parameter(.flag, name, short: short, .boolean, help: help, repeatable: true)
  }
}

/// A name with a value: `--name VALUE` or `--name=VALUE`, and `-n VALUE` if it has a short name.
public struct Option<Value: Sendable>: Declaration {
  /// The declaration without the type of its value.
  public let parameter: Parameter

  /// - Parameters:
  ///   - name: The long name without `--`.
  ///   - type: What the value must be.
  ///   - required: Whether the command line is wrong without it.
  ///   - repeatable: Whether it may be given more than once.
  ///   - help: What it does, for the help screen.
  public init(
    _ name: String, short: Character? = nil, _ type: ValueType<Value>, required: Bool = false,
    repeatable: Bool = false, help: String
  ) {
    parameter = Parameter(
      .option, name, short: short, type, help: help, required: required, repeatable: repeatable)
  }
}

extension Option where Value == Bool {
  /// An option with a default that can be turned off or on: `--name=false`; alone it means `true`.
  public init(boolean name: String, help: String) {
    parameter = Parameter(.boolean, name, .boolean, help: help)
  }
}

extension Option where Value == String {
  /// An option that may stand alone, `--name`, where its value is empty, or have a value joined to it: `--name=VALUE`.
  public init(joined name: String, _ type: ValueType<String>, help: String) {
    parameter = Parameter(.joined, name, type, help: help)
  }
}

/// A value without a name, known by its position.
public struct Operand<Value: Sendable>: Declaration {
  /// The declaration without the type of its value.
  public let parameter: Parameter

  /// - Parameters:
  ///   - type: What the value must be.
  ///   - required: Whether the command line is wrong without it; those that are not stand last.
  ///   - repeatable: Whether it may be given more than once; only the first operand may.
  ///   - help: What it is, for the help screen.
  public init(_ type: ValueType<Value>, required: Bool = true, repeatable: Bool = false, help: String) {
    parameter = Parameter(.operand, type.name, type, help: help, required: required, repeatable: repeatable)
  }
}

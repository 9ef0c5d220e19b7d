public import Diagnostics

extension JSONPath {
  /// Reads a path, with or without the braces around it.
  ///
  /// - Throws: `configuration`, with the place, for what is no path, and for what is not supported.
  public init(_ text: String) throws(SealiftError) {
    var parser = Parser(text)
    steps = try parser.steps()
    description = text
  }
}

/// Reads one path from front to back.
private struct Parser {
  private let text: String
  private let characters: [Character]
  private var place = 0

  /// Longer than any path that a person writes.
  private static let maximumLength = 1000

  init(_ text: String) {
    self.text = text
    characters = Array(text.prefix(Self.maximumLength + 1))
  }

  mutating func steps() throws(SealiftError) -> [JSONPath.Step] {
    guard characters.count <= Self.maximumLength else { throw error("is longer than \(Self.maximumLength)") }
    let isBraced = take("{")
    _ = take("$")
    var steps: [JSONPath.Step] = []
    while let next, !(isBraced && next == "}") {
      switch next {
      case ".": steps += try afterDot()
      case "[": steps.append(try bracket())
      default: throw unsupported()
      }
    }
    if isBraced, !take("}") { throw error("has no closing brace") }
    guard next == nil else { throw unsupported() }
    guard !steps.isEmpty else { throw error("names nothing") }
    // Twice would find the same values again and again.
    guard steps.count(where: { $0 == .below }) <= 1 else { throw error("has '..' twice") }
    return steps
  }

  private mutating func afterDot() throws(SealiftError) -> [JSONPath.Step] {
    place += 1
    if take(".") {
      if next == "[" { return [.below] }
      return [.below, take("*") ? .all : .field(try name())]
    }
    if next == "[" { return [] }
    return [take("*") ? .all : .field(try name())]
  }

  /// A name without quotes, in which a backslash takes the next character as it is.
  private mutating func name() throws(SealiftError) -> String {
    var name = ""
    while let character = next, !".[]{}()'\"?@:,|$* ".contains(character) {
      place += 1
      if character == "\\" {
        guard let escaped = next else { throw error("ends with a backslash") }
        place += 1
        name.append(escaped)
      } else {
        name.append(character)
      }
    }
    guard !name.isEmpty else { throw next == nil ? error("ends where a name is wanted") : unsupported() }
    return name
  }

  private mutating func bracket() throws(SealiftError) -> JSONPath.Step {
    place += 1
    let step: JSONPath.Step
    if take("*") {
      step = .all
    } else if let quote = next, quote == "'" || quote == "\"" {
      step = .field(try quoted(quote))
    } else {
      step = .element(try number())
    }
    guard take("]") else { throw unsupported() }
    return step
  }

  private mutating func quoted(_ quote: Character) throws(SealiftError) -> String {
    place += 1
    var name = ""
    while let character = next, character != quote {
      place += 1
      if character == "\\", let escaped = next {
        place += 1
        name.append(escaped)
      } else {
        name.append(character)
      }
    }
    guard take(quote) else { throw error("has a quote that does not end") }
    return name
  }

  private mutating func number() throws(SealiftError) -> Int {
    let start = place
    _ = take("-")
    while let character = next, character.isASCII, character.isNumber { place += 1 }
    guard let number = Int(String(characters[start..<place])) else {
      place = start
      throw unsupported()
    }
    return number
  }

  private var next: Character? { place < characters.count ? characters[place] : nil }

  private mutating func take(_ character: Character) -> Bool {
    guard next == character else { return false }
    place += 1
    return true
  }

  private func unsupported() -> SealiftError {
    guard let next else { return error("ends too early") }
    let what =
      switch next {
      case "?": "a filter"
      case ":": "a range"
      case ",": "a union"
      case "{", "}": "text outside of the braces, or more than one pair of them"
      default: "'\(next)'"
      }
    return error("has \(what) at character \(place + 1), which is not supported")
  }

  private func error(_ problem: String) -> SealiftError {
    SealiftError(
      .configuration, "the path '\(text.prefix(200))' \(problem)",
      nextStep: "write it with fields and places alone, such as {.spec.images[*].reference}")
  }
}

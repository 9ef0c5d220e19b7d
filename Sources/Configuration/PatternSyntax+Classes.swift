extension PatternSyntax {
  /// A class in brackets; the opening one is taken.
  mutating func bracketClass() throws(Pattern.Invalid) -> ScalarSet {
    let isNegated = take("^")
    var set = ScalarSet([])
    var isFirst = true
    while isFirst || peek != "]" {
      guard peek != nil else { throw Self.invalid("lacks a ]") }
      isFirst = false
      if let known = try posixClass() ?? perlClass() { set.formUnion(known) } else { set.formUnion(try range()) }
    }
    position += 1
    if flags.ignoresCase { set.addOtherCase() }
    set.isNegated = isNegated
    return set
  }

  /// One scalar or class after a backslash, which is taken.
  mutating func escapedSet(ignoringCase: Bool) throws(Pattern.Invalid) -> ScalarSet {
    if let letter = peek, let set = ScalarSet.perl(letter) {
      position += 1
      return set
    }
    return ScalarSet(try escapedScalar(), ignoringCase: ignoringCase)
  }

  private mutating func posixClass() throws(Pattern.Invalid) -> ScalarSet? {
    let start = position
    guard take("[:") else { return nil }
    let isNegated = take("^")
    var name = ""
    while let scalar = peek, ("a"..."z").contains(scalar) {
      name.unicodeScalars.append(scalar)
      position += 1
    }
    guard take(":]") else {
      position = start
      return nil
    }
    guard let set = ScalarSet.posix(name) else { throw Self.invalid("has an unknown class [:\(name):]") }
    return isNegated ? set.complement : set
  }

  private mutating func perlClass() -> ScalarSet? {
    guard peek == "\\", position + 1 < text.count, let set = ScalarSet.perl(text[position + 1]) else { return nil }
    position += 2
    return set
  }

  private mutating func range() throws(Pattern.Invalid) -> ScalarSet {
    let low = try classScalar()
    guard peek == "-", position + 1 < text.count, text[position + 1] != "]" else {
      return ScalarSet([low.value...low.value])
    }
    position += 1
    let high = try classScalar()
    guard low.value <= high.value else { throw Self.invalid("has a class with an inverted range \(low)-\(high)") }
    return ScalarSet([low.value...high.value])
  }

  private mutating func classScalar() throws(Pattern.Invalid) -> Unicode.Scalar {
    guard let scalar = take() else { throw Self.invalid("lacks a ]") }
    return scalar == "\\" ? try escapedScalar() : scalar
  }

  private mutating func escapedScalar() throws(Pattern.Invalid) -> Unicode.Scalar {
    guard let scalar = take() else { throw Self.invalid("ends in a backslash") }
    switch scalar {
    case "a": return "\u{07}"
    case "f": return "\u{0C}"
    case "n": return "\n"
    case "r": return "\r"
    case "t": return "\t"
    case "v": return "\u{0B}"
    case "x": return try hexScalar()
    case "0"..."7":
      // A single digit other than 0 would be a back-reference, which a linear matcher cannot have.
      if scalar == "0" || peek.map({ ("0"..."7").contains($0) }) == true { return octalScalar(scalar) }
    case "p", "P":
      throw Self.invalid("has a Unicode class \\\(scalar), which is not supported")
    default:
      let isWord = scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
      if scalar.isASCII, !isWord { return scalar }
    }
    throw Self.invalid("has an unknown escape \\\(scalar)")
  }

  private mutating func octalScalar(_ first: Unicode.Scalar) -> Unicode.Scalar {
    var value = first.value - 0x30
    for _ in 0..<2 {
      guard let digit = peek, ("0"..."7").contains(digit) else { break }
      value = value * 8 + digit.value - 0x30
      position += 1
    }
    return Unicode.Scalar(value) ?? first
  }

  private mutating func hexScalar() throws(Pattern.Invalid) -> Unicode.Scalar {
    var digits = ""
    if take("{") {
      while let digit = take(), digit != "}" { digits.unicodeScalars.append(digit) }
      if text[position - 1] != "}" { digits = "" }
    } else {
      while digits.count < 2, let digit = take() { digits.unicodeScalars.append(digit) }
      if digits.count < 2 { digits = "" }
    }
    guard digits.unicodeScalars.allSatisfy({ $0.properties.isASCIIHexDigit }), let value = UInt32(digits, radix: 16),
      let scalar = Unicode.Scalar(value)
    else { throw Self.invalid("has an invalid escape \\x") }
    return scalar
  }
}

import Testing

@testable import Configuration

@Suite struct PatternTests {
  // Each row as RE2, which has the syntax of Go's regexp, answers it.
  @Test(arguments: [
    ("", "", true), ("", "a", true), ("a", "", false), ("abc", "xabcx", true), ("^abc$", "xabcx", false),
    ("a.c", "abc", true), ("a.c", "a\nc", false), ("(?s)a.c", "a\nc", true), ("a|b|", "x", true),
    ("^(a|b|c)$", "b", true), ("^(a|b|c)$", "d", false), ("^a*$", "aaaa", true), ("^a+$", "", false),
    ("^a?b$", "ab", true), ("^a{2,3}$", "a", false), ("^a{2,3}$", "aaa", true), ("^a{2,3}$", "aaaa", false),
    ("^a{2}$", "aa", true), ("^a{2,}$", "aaaaa", true), ("^a{,2}$", "a{,2}", true), ("a{", "a{", true),
    ("^a{0}$", "", true), ("^(a{0,2}){2}$", "aaaa", true), ("^(a{0,2}){2}$", "aaaaa", false), ("^(a*)*$", "aaa", true),
    ("^(a*)+b$", "aaab", true), ("^(|a)+$", "aaa", true), ("a*?b", "aab", true), ("(?U)a+b", "aab", true),
    ("[a-c]", "b", true), ("[^a-c]", "b", false), ("[]a]", "]", true), ("[^]a]", "]", false), ("[a-]", "-", true),
    ("[-a]", "-", true), ("[a\\-z]", "b", false), ("[\\d_]", "_", true), ("[^\\D]", "5", true), ("[^\\D]", "x", false),
    ("[[:alpha:]]", "5", false), ("[[:^digit:]x]", "5", false), ("[[:word:]]", "_", true), ("[[a]", "[", true),
    ("^\\w+$", "a_1", true), ("^\\w$", "é", false), ("\\S", " \t", false), ("\\W", "a", false),
    ("\\s", "\u{0B}", false),
    ("\\bapp\\b", "my/app:v1", true), ("\\bapp\\b", "apps", false), ("\\Bpp", "app", true), ("\\Ba", "a", false),
    ("\\Aab\\z", "ab", true), ("a$", "a\n", false), ("(?m)a$", "a\nb", true), ("(?m)^b", "a\nb", true),
    ("(?i)ABC", "aBc", true), ("(?i:A)B", "ab", false), ("(?i)[a-z]", "Q", true), ("(?i)(?-i)A", "a", false),
    ("((?i)a)b", "AB", false), ("(?i)a|B", "b", true), ("(?:ab)+", "xab", true), ("(?P<name>a)", "a", true),
    ("(?<name>a)", "a", true), ("\\Qa.b\\E", "axb", false), ("\\Qa.b", "a.b", true), ("^\\Qab\\E*$", "abbb", true),
    ("\\x41\\x{42}\\103\\0", "ABC\u{0}", true), ("\\.\\/\\-\\:", "./-:", true),
    ("\\a\\f\\n\\r\\t\\v", "\u{07}\u{0C}\n\r\t\u{0B}", true),
    ("é+", "café", true), ("^.$", "é", true), ("^.$", "e\u{301}", false), ("x{3}{", "xxx{", true),
    ("a\\|b", "a|b", true),
  ])
  func matchesAsRE2Does(pattern: String, text: String, isMatch: Bool) throws {
    #expect(try Pattern(pattern).matches(in: text) == isMatch)
  }

  @Test(arguments: [
    ("(", "lacks a )"), ("(a", "lacks a )"), ("a)", "has an unexpected )"), ("[a", "lacks a ]"), ("[", "lacks a ]"),
    ("[]", "lacks a ]"), ("*a", "lacks something to repeat before *"), ("(+)", "lacks something to repeat before +"),
    ("a|?", "lacks something to repeat before ?"), ("a**", "repeats a repetition: **"),
    ("a*?+", "repeats a repetition: ?+"), ("a{2}{3}", "repeats a repetition: }{3}"),
    ("a{1001}", "has an invalid repeat count"), ("a{3,2}", "has an invalid repeat count"),
    ("a{99999999999999999999}", "has an invalid repeat count"), ("[z-a]", "has a class with an inverted range z-a"),
    ("[[:nope:]]", "has an unknown class [:nope:]"), ("a\\", "ends in a backslash"), ("[\\", "ends in a backslash"),
    ("\\y", "has an unknown escape \\y"), ("(a)\\1", "has an unknown escape \\1"), ("\\8", "has an unknown escape \\8"),
    ("\\pL", "has a Unicode class \\p, which is not supported"), ("\\xg0", "has an invalid escape \\x"),
    ("\\x{110000}", "has an invalid escape \\x"), ("\\x{41", "has an invalid escape \\x"),
    ("\\x", "has an invalid escape \\x"), ("(?=a)", "has (?=, which is not supported"),
    ("(?!a)", "has (?!, which is not supported"), ("(?>a)", "has (?>, which is not supported"),
    ("(?i", "has (?i, which is not supported"), ("(?i-)a", "has (?i-), which is not supported"),
    ("(?i--s)a", "has (?i--, which is not supported"), ("(?<=a)", "has a group with an invalid name"),
    ("(?P<>a)", "has a group with an invalid name"), ("(?P<a", "has a group with an invalid name"),
    ("((a{100}){100}){100}", "becomes too large with its repetitions"),
    ("((((){1000}){1000}){1000}){1000}", "becomes too large with its repetitions"),
    (String(repeating: "(", count: 101), "nests groups more than 100 deep"),
    (String(repeating: "a", count: 1025), "is longer than 1024 bytes"),
  ])
  func refusesWhatGoRefuses(pattern: String, reason: String) {
    let error = #expect(throws: Pattern.Invalid.self) { try Pattern(pattern) }
    #expect(error?.reason == reason)
  }

  @Test(
    .timeLimit(.minutes(1)),
    arguments: ["(a+)+$", "^(a|a)*$", "(a|aa)+$", "(.*)*x$", "^(a?){500}a{500}$", "(a*)*(a*)*b"])
  func noPatternHangs(pattern: String) throws {
    let text = String(repeating: "a", count: 1023) + "!"
    #expect(try !Pattern(pattern).matches(in: text))
  }

  @Test func agreesWithTheStandardLibraryOnRandomPatterns() throws {
    var random = SplitMix(state: 20_261_120)
    var matched = 0
    for _ in 0..<2_000 {
      let text = random.pattern(depth: 3)
      let ours = try Pattern(text)
      let theirs = try Regex(text)
      for _ in 0..<5 {
        // On no text at all, the library's \b and \B are not Go's.
        let subject = String((0...random.number(6)).map { _ in "abc"[random.index(3)] })
        let isMatch = subject.firstMatch(of: theirs) != nil
        #expect(ours.matches(in: subject) == isMatch, "'\(text)' in '\(subject)'")
        if isMatch { matched += 1 }
      }
    }
    #expect((1_000...9_000).contains(matched), "a test of one answer only proves nothing")
  }
}

/// Numbers that are the same in every run.
private struct SplitMix {
  var state: UInt64

  mutating func number(_ bound: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return Int((value ^ (value >> 31)) % UInt64(bound))
  }

  mutating func index(_ bound: Int) -> String.Index { "abc".index("abc".startIndex, offsetBy: number(bound)) }

  mutating func pattern(depth: Int) -> String {
    let kinds = depth == 0 ? 5 : 9
    switch number(kinds) {
    case 0, 1: return ["a", "b", "c"][number(3)]
    case 2: return ["[ab]", "[^a]", ".", "[b-c]", "\\w"][number(5)]
    case 3: return ["^", "$", "\\b", "\\B"][number(4)]
    case 4: return ["", "a", "bc"][number(3)]
    case 5: return "(?:\(pattern(depth: depth - 1))|\(pattern(depth: depth - 1)))"
    case 6: return "(\(pattern(depth: depth - 1)))" + ["*", "+", "?", "{2}", "{0,2}", "{1,}"][number(6)]
    default: return pattern(depth: depth - 1) + pattern(depth: depth - 1)
    }
  }
}

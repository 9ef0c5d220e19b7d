import TestSupport
import Testing

@testable import Configuration

@Suite struct PatternTests {
  // Each row as RE2, which has the syntax of Go's regexp, answers it.
  @Test(arguments: [
    ("", "", true), ("", "a", true), ("a", "", false), ("abc", "xabcx", true), ("^abc$", "xabcx", false),
    ("a.c", "abc", true), ("a.c", "a\nc", false), ("(?s)a.c", "a\nc", true), ("a|b|", "x", true),
    ("^(a|b|c)$", "b", true), ("^(a|b|c)$", "d", false), ("^a*$", "aaaa", true), ("^a+$", "", false),
    ("^a?b$", "ab", true), ("^a{2,3}$", "a", false), ("^a{2,3}$", "aaa", true), ("^a{2,3}$", "aaaa", false),
    ("^a{2}$", "aa", true), ("^a{2,}$", "aaaaa", true), ("a{", "a{", true),
    ("^a{0}$", "", true), ("^(a{0,2}){2}$", "aaaa", true), ("^(a{0,2}){2}$", "aaaaa", false), ("^(a*)*$", "aaa", true),
    ("^(a*)+b$", "aaab", true), ("^(|a)+$", "aaa", true), ("a*?b", "aab", true), ("(?U)a+b", "aab", true),
    ("[a-c]", "b", true), ("[^a-c]", "b", false), ("[]a]", "]", true), ("[^]a]", "]", false), ("[a-]", "-", true),
    ("[-a]", "-", true), ("[a\\-z]", "b", false), ("[\\d_]", "_", true), ("[^\\D]", "5", true), ("[^\\D]", "x", false),
    ("[[:alpha:]]", "5", false), ("[[:^digit:]x]", "5", false), ("[[:word:]]", "_", true), ("[[a]", "[", true),
    ("^\\w+$", "a_1", true), ("^\\w$", "é", false), ("\\S", " \t", false), ("\\W", "a", false),
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
    ("(", "is no regular expression: missing closing parenthesis, at byte "),
    ("a)", "is no regular expression: unmatched closing parenthesis, at byte "),
    ("[]", "is no regular expression: missing terminating ] for character class, at byte "),
    ("a|*", "is no regular expression: quantifier does not follow a repeatable item, at byte "),
    ("a\\", "is no regular expression: \\ at end of pattern, at byte "),
    ("(a)\\1", "is no regular expression: reference to non-existent subpattern, at byte "),
    ("((a{100}){100}){100}", "is no regular expression: regular expression is too large, at byte "),
    ("((((){1000}){1000}){1000}){1000}", "is no regular expression: regular expression is too large, at byte "),
    (String(repeating: "a", count: 1025), "is longer than 1024 bytes"),
  ])
  func refusesWhatIsNoPattern(pattern: String, reason: String) {
    let error = #expect(throws: Pattern.Invalid.self) { try Pattern(pattern) }
    // Releases of PCRE2 count some bytes differently.
    #expect(error?.reason.hasPrefix(reason) == true)
  }

  @Test(arguments: [
    "a{3,2}", "[z-a]", "[[:nope:]]", "\\y", "\\8", "\\C", "\\x{110000}", "\\x{41", "(?i", "(?P<>a)", "(?P<a", "(?R",
    String(repeating: "(", count: 1024),
  ])
  func refusesOtherMistakes(pattern: String) {
    #expect(throws: Pattern.Invalid.self) { try Pattern(pattern) }
  }

  @Test(arguments: ["^(a+)+$", "^(a|a)*$", "(a|aa)+$", "(.*)*x$|!!", "^(a?){500}a{500}$", "(a*)*(a*)*[bc]"])
  func aPathologicalPatternEndsAtOnceWithAnError(pattern: String) throws {
    let pattern = try Pattern(pattern)
    let text = String(repeating: "a", count: 1023) + "!"
    let letters = try Pattern("^[ab]+.$")
    var error: Pattern.Invalid?
    let time = Cost.of { error = #expect(throws: Pattern.Invalid.self) { try pattern.matches(in: text) } }
    let usual = try Cost.of { for _ in 0..<10_000 { _ = try letters.matches(in: text) } }
    #expect(error?.reason.hasPrefix("is too costly to match with 'aaa") == true)
    #expect(time / usual < 100)
  }

  @Test(arguments: ["^(a|b)*$", "^(.)+$", "^(\\w+/?)+$", ".*a.*a.*a.*$", "^([^/]+/)*[^/]+$", "(.*b)?a"])
  func theLongestReferenceStaysWithinTheLimits(pattern: String) throws {
    #expect(try Pattern(pattern).matches(in: String(repeating: "a", count: 4096)))
  }
}

import Diagnostics
import Testing

@Suite struct PrintableTests {
  @Test(arguments: [
    "", "plain text", "quay.io/foo/bar:1.2@sha256:abc", "naïve Ünïcode 漢字 العربية 🙂", "a\u{A0}b", "e\u{301}",
    #"C:\path"#,
  ])
  func harmlessTextStaysAsItIs(text: String) {
    #expect(text.printable == text)
  }

  @Test(
    arguments: [
      ("\u{1B}[31mred\u{1B}[0m", #"\u{1B}[31mred\u{1B}[0m"#),
      ("\u{1B}]0;title\u{7}", #"\u{1B}]0;title\u{7}"#),
      ("\u{1B}]8;;http://evil\u{1B}\\text", #"\u{1B}]8;;http://evil\u{1B}\text"#),
      ("one\r\ntwo\tthree\0", #"one\u{D}\u{A}two\u{9}three\u{0}"#),
      ("\u{7F}\u{80}\u{9B}31m\u{9F}", #"\u{7F}\u{80}\u{9B}31m\u{9F}"#),
      ("user\u{202E}gpj.exe", #"user\u{202E}gpj.exe"#),
      (
        "\u{200E}\u{200F}\u{202A}\u{202B}\u{202C}\u{202D}\u{2066}\u{2069}\u{61C}",
        #"\u{200E}\u{200F}\u{202A}\u{202B}\u{202C}\u{202D}\u{2066}\u{2069}\u{61C}"#
      ),
      ("a\u{200B}b\u{200C}c\u{200D}d\u{2060}e\u{FEFF}f", #"a\u{200B}b\u{200C}c\u{200D}d\u{2060}e\u{FEFF}f"#),
      ("line\u{2028}paragraph\u{2029}", #"line\u{2028}paragraph\u{2029}"#),
      ("soft\u{AD}hyphen", #"soft\u{AD}hyphen"#),
      ("filler\u{3164}\u{115F}\u{34F}", #"filler\u{3164}\u{115F}\u{34F}"#),
      ("tag\u{E0041}\u{E0100}\u{FE0F}", #"tag\u{E0041}\u{E0100}\u{FE0F}"#),
    ] as [(String, String)])
  func whatSteersATerminalOrHidesIsEscaped(text: String, expected: String) {
    #expect(text.printable == expected)
  }

  @Test func noControlCharacterPasses() {
    for value in UInt32(0)...0x2FF {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let isControl = value < 0x20 || (0x7F...0x9F).contains(value)
      let passes = String(scalar).printable.unicodeScalars.contains(scalar)
      #expect(passes == !(isControl || value == 0xAD), "U+\(String(value, radix: 16))")
    }
  }

  @Test func anErrorIsEscapedOnOutputAlone() {
    let error = SealiftError(.notFound, "no tag '\u{1B}[2J'", nextStep: "look\nhere")
    #expect(error.problem == "no tag '\u{1B}[2J'")
    #expect(error.description == "error: no tag '\\u{1B}[2J'\n  next: look\\u{A}here")
    #expect(!error.isTransient)
  }

  @Test(
    arguments: [
      (0, "0 B"), (1, "1 B"), (1023, "1023 B"), (1024, "1 KiB"), (1536, "1.5 KiB"), (1 << 20, "1 MiB"),
      ((1 << 20) - 1, "1 MiB"), ((1 << 20) - 600, "1023 KiB"), (10 << 20, "10 MiB"), (154_112, "151 KiB"),
      (5 << 30, "5 GiB"), (12_345_678_901, "11.5 GiB"), (3 << 40, "3 TiB"), (Int.max, "8192 PiB"),
    ] as [(Int, String)])
  func sizesAreWrittenInBinaryUnits(bytes: Int, expected: String) {
    #expect(bytes.asBytes == expected)
  }
}

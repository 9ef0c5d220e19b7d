import Glibc
import SystemIO
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(20))) struct TerminalTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  @Test func asksTwiceForANewPassphraseAndShowsNothing() throws {
    let terminal = try PseudoTerminal(builtProgram, ["keygen", "--passphrase", "--out", directory("team")])
    terminal.wait(for: "New passphrase: ")
    #expect(!terminal.echoes)
    terminal.type("horse staple\n")
    terminal.wait(for: "again: ")
    terminal.type("horse staple\n")
    #expect(terminal.end() == 0, "\(terminal.screen)")
    #expect(!terminal.screen.contains("horse"))
    let check = ["pkey", "-in", directory("team.key"), "-noout", "-passin"]
    #expect(try runTool("openssl", check + ["pass:horse staple"]).status == 0)
    #expect(try runTool("openssl", check + ["pass:horse"]).status != 0)
  }

  @Test func refusesTwoDifferentPassphrases() throws {
    let terminal = try PseudoTerminal(builtProgram, ["keygen", "--passphrase", "--out", directory("team")])
    terminal.wait(for: "New passphrase: ")
    terminal.type("one\n")
    terminal.wait(for: "again: ")
    terminal.type("two\n")
    #expect(terminal.end() == 64)
    #expect(terminal.screen.contains("the two passphrases differ"))
    #expect(!FileSystem.exists(directory("team.key")))
  }

  @Test func controlCAtThePromptEndsAndLeavesTheTerminalAsItWas() throws {
    let terminal = try PseudoTerminal(builtProgram, ["keygen", "--passphrase", "--out", directory("team")])
    terminal.wait(for: "New passphrase: ")
    terminal.type("hor\u{3}")
    #expect(terminal.end() == 130)
    #expect(terminal.echoes)
    #expect(!FileSystem.exists(directory("team.key")))
  }

  @Test func doesNotWaitForAPassphraseWhereThereIsNoTerminal() throws {
    let result = try runTool("setsid", ["-w", builtProgram, "keygen", "--passphrase", "--out", directory("team")])
    #expect(result.status == 78)
    #expect(result.errors.contains("next: give it with --passphrase-file FILE"))
  }

  @Test func takesThePassphraseFromAFile() throws {
    try FileSystem.write(Array("horse staple\r\nsecond line\n".utf8), to: directory("secret"))
    let made = try runTool(
      builtProgram, ["keygen", "--out", directory("team"), "--passphrase-file", directory("secret")])
    #expect(made.status == 0, "\(made.errors)")
    let check = ["pkey", "-in", directory("team.key"), "-noout", "-passin", "pass:horse staple"]
    #expect(try runTool("openssl", check).status == 0)
  }

  @Test(arguments: [
    ["inspect", "-"], ["verify", "-", "--allow-unsigned"], ["unpack", "-", "oci:x", "--allow-unsigned"],
    ["diff", "bundle", "-"], ["report", "-"],
  ])
  func readsNoBundleFromTheTerminal(arguments: [String]) throws {
    let terminal = try PseudoTerminal(builtProgram, arguments)
    #expect(terminal.end() == 64)
    #expect(terminal.screen.contains("stdin is the terminal"))
  }

  @Test func writesNoBundleToTheTerminal() throws {
    let terminal = try PseudoTerminal(builtProgram, ["pack", "--image", "oci:x", "--unsigned", "-o", "-"])
    #expect(terminal.end() == 64)
    #expect(terminal.screen.contains("stdout is the terminal"))
  }

  @Test(arguments: zip(["1", ""], ["error: ", "\u{1B}[31merror:\u{1B}[0m "]))
  func coloursErrorsUnlessToldNotTo(noColour: String, label: String) throws {
    let terminal = try PseudoTerminal(builtProgram, ["pakc"], environment: ["NO_COLOR=\(noColour)"])
    #expect(terminal.end() == 64)
    #expect(terminal.screen.hasPrefix(label))
  }
}

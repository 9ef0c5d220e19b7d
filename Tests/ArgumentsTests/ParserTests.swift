import Arguments
import Diagnostics
import Testing

@Suite struct ParserTests {
  private let enough = ["-o", "out", "--unsigned", "-c", "config"]

  @Test(arguments: [["--config", "a.yaml"], ["--config=a.yaml"], ["-c", "a.yaml"], ["-ca.yaml"], ["-c=a.yaml"]])
  func readsAnOptionInEveryForm(form: [String]) throws {
    let arguments = try Sample.arguments(["pack"] + form + ["-o", "-", "--unsigned"])
    #expect(arguments[Sample.config] == "a.yaml")
    #expect(arguments[Sample.output] == "-")
    #expect(arguments[Sample.unsigned])
    #expect(!arguments[Sample.json])
    #expect(arguments[Sample.key] == nil)
  }

  @Test func keepsTheOrderOfRepeatedOptions() throws {
    let arguments = try Sample.arguments([
      "pack", "--image", "b", "-o", "x", "--image=a", "--unsigned", "--image", "b=c",
    ])
    #expect(arguments.all(Sample.image) == ["b", "a", "b=c"])
  }

  @Test(arguments: [
    ("1024", 1024), ("1KiB", 1024), ("2k", 2048), ("8MiB", 8 << 20), ("8mib", 8 << 20), ("5MB", 5_000_000),
    ("1G", 1 << 30), ("2000B", 2000),
  ])
  func readsSizes(text: String, bytes: Int) throws {
    #expect(try Sample.arguments(["pack", "--chunk-size", text] + enough)[Sample.chunk] == bytes)
  }

  @Test(arguments: [
    "1023", "1025MiB", "99999999999999999999", "9999999999999T", "8 MiB", "1.5GiB", "MiB", "8X", "8MiBs", "٣KiB",
  ])
  func refusesOtherSizes(text: String) {
    #expect(
      Sample.problem(["pack", "--chunk-size", text] + enough)
        == "'--chunk-size' must be a size from 1KiB to 1GiB, such as 8MiB, not '\(text)'")
  }

  @Test(arguments: ["0", "65", "six", "+5", "0x5", "٣"]) func refusesNumbersOutsideTheRange(text: String) {
    #expect(
      Sample.problem(["pack", "--parallel", text] + enough)
        == "'--parallel' must be a whole number from 1 to 64, not '\(text)'")
  }

  @Test func readsBooleanOptions() throws {
    #expect(try Sample.arguments(["unpack", "b", "--tls-verify=false"])[Sample.verify] == false)
    #expect(try Sample.arguments(["unpack", "b", "--tls-verify=true"])[Sample.verify] == true)
    #expect(try Sample.arguments(["unpack", "b", "--tls-verify"])[Sample.verify] == true)
    #expect(try Sample.arguments(["unpack", "b", "--pretend"])[Sample.pretend] == "")
    #expect(try Sample.arguments(["unpack", "b", "--pretend=server"])[Sample.pretend] == "server")
    #expect(try Sample.arguments(["unpack", "b"])[Sample.pretend] == nil)
    #expect(try Sample.arguments(["unpack", "b"])[Sample.verify] == nil)
  }

  @Test func tellsOperandsFromOptions() throws {
    let dash = try Sample.arguments(["unpack", "--json", "-", "registry.local:8443/mirror"])
    #expect(try dash.value(of: Sample.bundle) == "-")
    #expect(dash[Sample.target] == "registry.local:8443/mirror")
    let ended = try Sample.arguments(["unpack", "--json", "--", "--json", "-c"])
    #expect(ended[Sample.bundle] == "--json")
    #expect(ended[Sample.target] == "-c")
    #expect(try Sample.arguments(["unpack", "b"])[Sample.target] == nil)
  }

  @Test func showsHelpWhereverItIsAskedFor() throws {
    for line in [["pack", "--wrong", "--help"], ["pack", "-h"], ["pack", "-o", "--help"]] {
      guard case .help(let command) = try Sample.program.parse(line) else {
        Issue.record("\(line) shows no help")
        continue
      }
      #expect(command?.name == "pack")
    }
    guard case .help(nil) = try Sample.program.parse(["--help"]) else { Issue.record("no help"); return }
    guard case .version = try Sample.program.parse(["--version"]) else { Issue.record("no version"); return }
    guard case .run = try Sample.program.parse(["unpack", "--", "--help"]) else { Issue.record("no operand"); return }
  }

  @Test(arguments: [
    ([], "no command is given"),
    (["pakc"], "unknown command 'pakc'. Did you mean 'pack'?"),
    (["frobnicate"], "unknown command 'frobnicate'"),
    (["--json", "pack"], "the command stands before its options, and '--json' is no option of sample itself"),
    (["pack", "--ouptut", "x"], "unknown option '--ouptut'. Did you mean '--output'?"),
    (["pack", "--out=x"], "unknown option '--out'. Did you mean '--output'?"),
    (["pack", "--frobnicate"], "unknown option '--frobnicate'"),
    (["pack", "-x"], "unknown option '-x'"),
    (["pack", "-qq"], "unknown option '-qq'"),
    (["pack", "--config"], "'--config FILE' has no value"),
    (["pack", "--config", "--json"], "'--config FILE' has no value"),
    (["pack", "--config="], "the value of '--config' is empty"),
    (["pack", "--config", ""], "the value of '--config' is empty"),
    (["unpack", ""], "the value of 'BUNDLE' is empty"),
    (["pack", "-c", "a", "--config", "b"], "'--config' is given twice"),
    (["pack", "--json=yes"], "'--json' takes no value"),
    (["unpack", "--tls-verify=no", "b"], "'--tls-verify' must be true or false, not 'no'"),
    (["unpack", "--pretend=me", "b"], "'--pretend' must be one of client, server, not 'me'"),
    (["unpack", "--pretend=", "b"], "the value of '--pretend' is empty"),
    (["unpack", "--pretend", "server", "b"], "the value of '--pretend' is joined to it: '--pretend=server'"),
    (["unpack", "--pretend", "--pretend=server", "b"], "'--pretend' is given twice"),
    (["unpack", "--tls-verify", "false", "b"], "the value of '--tls-verify' is joined to it: '--tls-verify=false'"),
    (["pack", "-c", "a", "--unsigned"], "'-o FILE' is missing"),
    (["unpack", "--json"], "'BUNDLE' is missing"),
    (["unpack", "a", "b", "c"], "'c' is one operand too many"),
    (["completion", "basj"], "'SHELL' must be one of bash, zsh, fish, not 'basj'. Did you mean 'bash'?"),
    (["pack", "-o", "x", "--unsigned"], "one of '--config' and '--image' is needed"),
    (["pack", "-o", "x", "-c", "y"], "one of '--key' and '--unsigned' is needed"),
    (["pack", "-o", "x", "-c", "y", "--key", "k", "--unsigned"], "'--key' and '--unsigned' cannot stand together"),
    (
      ["pack", "-o", "x", "-c", "y", "--unsigned", "--passphrase-file", "p"],
      "'--passphrase-file' needs '--key' beside it"
    ),
  ])
  func saysWhatIsWrong(line: [String], problem: String) {
    #expect(Sample.problem(line) == problem)
  }

  @Test func everyErrorNamesTheHelpScreen() {
    let command = #expect(throws: SealiftError.self) { try Sample.program.parse(["pack", "--trsut"]) }
    #expect(command?.code == .usage)
    #expect(command?.nextStep == "run 'sample pack --help'")
    let program = #expect(throws: SealiftError.self) { try Sample.program.parse(["pakc"]) }
    #expect(program?.nextStep == "run 'sample --help'")
  }

  @Test func readsCommandsOfTwoWords() throws {
    guard case .run(let command, let arguments) = try Sample.program.parse(["show", "images", "--json"]) else {
      Issue.record("the command does not run")
      return
    }
    #expect(command.name == "show images")
    #expect(arguments[Sample.json])
  }

  @Test(arguments: [
    (["show"], "'show' needs a second word: 'images' or 'tags'"),
    (["show", "--json"], "'show' needs a second word: 'images' or 'tags'"),
    (["show", "imges"], "unknown command 'show imges'. Did you mean 'images'?"),
    (["images"], "unknown command 'images'"),
    (["shwo"], "unknown command 'shwo'. Did you mean 'show'?"),
    (["show", "tags", "a", "b"], "'b' is one operand too many"),
  ])
  func refusesOtherSecondWords(line: [String], problem: String) {
    #expect(Sample.problem(line) == problem)
  }

  @Test func showsTheHelpOfAWord() throws {
    for line in [["show", "--help"], ["show", "-h"]] {
      guard case .groupHelp("show") = try Sample.program.parse(line) else {
        Issue.record("\(line) shows no help")
        return
      }
    }
    guard case .help(let command) = try Sample.program.parse(["show", "tags", "--help"]) else {
      Issue.record("the command has no help")
      return
    }
    #expect(command?.name == "show tags")
  }
}

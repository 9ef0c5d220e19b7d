import Arguments
import Diagnostics

/// A program with one of everything.
enum Sample {
  static let config = Option("config", short: "c", .file(), help: "What to pack.")
  static let image = Option("image", .text("REF"), repeatable: true, help: "An image to pack.")
  static let output = Option("output", short: "o", .file(), required: true, help: "The bundle, or '-' for stdout.")
  static let parallel = Option("parallel", .integer(in: 1...64), help: "Transfers at once (default 6).")
  static let chunk = Option("chunk-size", .size(in: 1024...(1 << 30)), help: "Bytes per request.")
  static let verify = Option(boolean: "tls-verify", help: "Whether the certificates [of the server] are checked.")
  static let pretend = Option(joined: "pretend", .choice("WHO", ["client", "server"]), help: "Who only pretends.")
  static let key = Option("key", .file("KEY"), help: "A key.")
  static let unsigned = Flag("unsigned", help: "Leaves the bundle without a signature.")
  static let passphrase = Option("passphrase-file", .file(), help: "Where the key's passphrase stands.")
  static let json = Flag("json", help: "Prints JSON.")
  static let quiet = Flag("quiet", short: "q", help: "Prints errors and warnings only.")

  static let bundle = Operand(.file("BUNDLE"), help: "The bundle's file.")
  static let target = Operand(.text("TARGET"), required: false, help: "Where to.")
  static let shell = Operand(.choice("SHELL", ["bash", "zsh", "fish"]), help: "The shell.")

  static let pack = Command(
    "pack", summary: "Packs images into a bundle.",
    groups: [
      Group("What to pack", [config, image]),
      Group("Output", [output, parallel, chunk]),
      Group("Signature", [key, unsigned, passphrase]),
      Group("Common", [verify, json, quiet]),
    ],
    rules: [.atLeastOne(config, image), .exactlyOne(key, unsigned), .needs(passphrase, key)],
    examples: ["pack -c config.yaml --key team.key -o media/ocp.tar.zst"])
  static let unpack = Command(
    "unpack", summary: "Unpacks a bundle.", operands: [bundle, target],
    groups: [Group("Common", [verify, pretend, json])])
  static let completion = Command("completion", summary: "Prints a shell's script.", operands: [shell])

  static let images = Command("show images", summary: "Shows images.", groups: [Group("Common", [config, json])])
  static let tags = Command("show tags", summary: "Shows tags.", operands: [bundle])

  static let program = Program(
    "sample", summary: "Carries images.", commands: [pack, unpack, images, tags, completion])

  /// The arguments of a command that is expected to run.
  static func arguments(_ line: [String]) throws -> ParsedArguments {
    guard case .run(_, let arguments) = try program.parse(line) else {
      throw SealiftError(.internal, "\(line) does not run a command", nextStep: "look at the test")
    }
    return arguments
  }

  /// What is wrong with a command line.
  static func problem(_ line: [String]) -> String? {
    do throws(SealiftError) {
      _ = try program.parse(line)
      return nil
    } catch {
      return error.problem
    }
  }
}

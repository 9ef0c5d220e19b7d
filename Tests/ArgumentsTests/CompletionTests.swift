import Arguments
import SystemIO
import TestSupport
import Testing

@Suite struct CompletionTests {
  @Test func bashReadsItsScript() throws { try check(.bash) }

  @Test(.enabled(if: hasTool("zsh"), "zsh is not installed")) func zshReadsItsScript() throws { try check(.zsh) }

  @Test(.enabled(if: hasTool("fish"), "fish is not installed")) func fishReadsItsScript() throws { try check(.fish) }

  @Test(arguments: [
    (["sample", ""], ["pack", "unpack", "show", "completion"]),
    (["sample", "show", ""], ["images", "tags"]),
    (["sample", "show", "t"], ["tags"]),
    (["sample", "show", "--"], ["--help"]),
    (["sample", "show", "images", "--"], ["--config", "--json", "--help"]),
    (["sample", "show", "images", "-c", "conf"], ["config.yaml"]),
    (["sample", "show", "tags", "bun"], ["bundle.tar.zst"]),
    (["sample", "show", "nothing", ""], []),
    (["sample", "un"], ["unpack"]),
    (["sample", "--"], ["--help", "--version"]),
    (["sample", "pack", "--im"], ["--image"]),
    (["sample", "pack", "--p"], ["--parallel", "--passphrase-file"]),
    (["sample", "unpack", "--t"], ["--tls-verify="]),
    (["sample", "unpack", "--tls-verify", "="], ["true", "false"]),
    (["sample", "unpack", "--p"], ["--pretend"]),
    (["sample", "unpack", "--pretend", "=", "s"], ["server"]),
    (["sample", "unpack", "--tls-verify", "=", "f"], ["false"]),
    (["sample", "pack", "-c", "conf"], ["config.yaml"]),
    (["sample", "pack", "--config", "=", "conf"], ["config.yaml"]),
    (["sample", "pack", "--parallel", ""], []),
    (["sample", "unpack", "bun"], ["bundle.tar.zst"]),
    (["sample", "unpack", "--json", "bun"], ["bundle.tar.zst"]),
    (["sample", "unpack", "--tls-verify", "bun"], ["bundle.tar.zst"]),
    (["sample", "unpack", "--", "bun"], ["bundle.tar.zst"]),
    (["sample", "unpack", "bundle.tar.zst", ""], []),
    (["sample", "unpack", "-", "registry", ":", "50"], []),
    (["sample", "completion", ""], ["bash", "zsh", "fish"]),
    (["sample", "completion", "-", "z"], []),
  ])
  func bashOffers(words: [String], expected: [String]) throws {
    let directory = try TemporaryDirectory()
    for name in ["config.yaml", "bundle.tar.zst"] { try FileSystem.write([], to: directory(name)) }
    let line = words.map { "'\($0)'" }.joined(separator: " ")
    let result = try runTool(
      "bash", ["--norc"],
      input: """
        cd '\(directory.path)'
        \(script(.bash))
        COMP_WORDS=(\(line)) COMP_CWORD=\(words.count - 1)
        _sample
        printf '%s\\n' "${COMPREPLY[@]}"
        """)
    #expect(result.errors.isEmpty)
    #expect(result.output.split(separator: "\n").map(String.init) == expected)
  }

  @Test(
    .enabled(if: hasTool("fish"), "fish is not installed"),
    arguments: [
      ("sample ", ["completion", "pack", "show", "unpack"]),
      ("sample show ", ["images", "tags"]),
      ("sample show images --c", ["--config"]),
      ("sample pack --im", ["--image"]),
      ("sample completion ", ["bash", "fish", "zsh"]),
      ("sample unpack --tls-verify=", ["--tls-verify=false", "--tls-verify=true"]),
      ("sample unpack --pretend=", ["--pretend=client", "--pretend=server"]),
      ("sample-other unp", ["unpack"]),
    ])
  func fishOffers(line: String, expected: [String]) throws {
    let home = try TemporaryDirectory()
    try FileSystem.write(Array(script(.fish).utf8), to: home("script"))
    let result = try runTool(
      "fish", ["--no-config", "-c", "source \(home("script")); complete -C '\(line)'"],
      environment: ["HOME=\(home.path)", "XDG_RUNTIME_DIR=\(home.path)"])
    let offered = result.output.split(separator: "\n").compactMap { $0.split(separator: "\t").first.map(String.init) }
    #expect(offered.sorted() == expected, "\(result.errors)")
  }

  private func script(_ shell: Shell) -> String {
    Sample.program.completionScript(for: shell, executables: ["sample", "sample-other"])
  }

  private func check(_ shell: Shell) throws {
    let directory = try TemporaryDirectory()
    try FileSystem.write(Array(script(shell).utf8), to: directory("script"))
    let result = try runTool(shell.rawValue, ["-n", directory("script")])
    #expect(result.status == 0)
    #expect(result.errors.isEmpty)
  }
}

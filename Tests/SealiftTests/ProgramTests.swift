import TestSupport
import Testing

/// Runs the built program.
@Suite struct ProgramTests {
  private func sealift(_ arguments: String..., environment: [String] = []) throws -> ToolResult {
    try sealift(arguments, environment: environment)
  }

  private func sealift(_ arguments: [String], environment: [String] = []) throws -> ToolResult {
    try runTool(builtProgram, arguments, environment: environment)
  }

  @Test func errorsGoToStderrWithANextStep() throws {
    let result = try sealift("vresion")
    #expect(result.status == 64)
    #expect(result.output == "")
    #expect(
      result.errors == "error: unknown command 'vresion'. Did you mean 'version'?\n  next: run 'sealift --help'\n")
  }

  @Test func errorsAreJSONWhereThatIsAskedFor() throws {
    let result = try sealift("version", "--jso\u{1B}n", "--json")
    #expect(result.status == 64)
    #expect(
      result.errors == #"""
        {"code":64,"event":"error","next":"run 'sealift version --help'","problem":"unknown option '--jso\u001bn'. Did you mean '--json'?"}

        """#)
  }

  @Test func aProfileWithNothingThatItDecidesAboutIsAUsageError() throws {
    let result = try sealift("unpack", "a.tar.zst", "registry.local", "--profile", "hub", "--allow-unsigned")
    #expect(result.status == 64)
    #expect(result.errors.hasPrefix("error: '--profile' needs '--manifests' or '--files' beside it\n"))
  }

  @Test func helpIsTheSameByEveryWay() throws {
    let help = try sealift("help", "version")
    #expect(help.status == 0)
    #expect(help.output.hasPrefix("usage: sealift version [options]\n"))
    #expect(try sealift("version", "--help").output == help.output)
    #expect(try sealift("--help").output == (try sealift("help").output))
    #expect(try sealift("help", "vresion").status == 64)
  }

  @Test func theReferenceHasWhatTheScreensSay() throws {
    let reference = try sealift("help", "--markdown").output
    let words = Set(reference.split { !$0.isLetter && $0 != "-" }.map(String.init))
    for command in ["pack", "unpack", "inspect", "verify", "sign", "delete", "keygen", "list operators", "version"] {
      #expect(reference.contains("\n## sealift \(command)\n"))
      let screen = try sealift(["help"] + command.split(separator: " ").map(String.init))
      let said = screen.output.split { !$0.isLetter && $0 != "-" }.map(String.init)
      #expect(Set(said.filter { $0.hasPrefix("--") }).isSubset(of: words))
    }
    #expect(try sealift("help", "pack", "--markdown").status == 64)
  }

  @Test func theManualHasWhatTheReferenceHas() throws {
    let reference = try sealift("help", "--markdown").output
    let commands = reference.matches(of: #/\n## sealift (.+)\n/#).map { String($0.output.1) }
    #expect(commands.count > 8)
    for command in [""] + commands {
      let page = try sealift(["help", "--man"] + command.split(separator: " ").map(String.init))
      try #require(page.status == 0, "\(page.errors)")
      let parts = reference.split(separator: "\n## sealift \(command)\n")
      let section = command.isEmpty ? "" : parts[1].split(separator: "\n## ")[0]
      for label in section.matches(of: #/\n\| `(.+)` \|/#).map({ $0.output.1.replacing("\\|", with: "|") }) {
        #expect(page.output.contains("\n\\fB\(label.replacing("-", with: "\\-"))\\fR\n"), "\(label)")
      }
      let formatted = try runTool("groff", ["-man", "-ww", "-Tutf8", "-z"], input: page.output)
      #expect(formatted.status == 0 && formatted.errors.isEmpty, "\(command): \(formatted.errors)")
    }
    #expect(try sealift("help", "list", "--man").status == 64)
    #expect(try sealift("help", "--man", "--markdown").status == 64)
  }

  @Test func theVersionNamesTheLibraries() throws {
    let text = try sealift("version").output
    #expect(text.hasPrefix(try sealift("--version").output))
    let json = try sealift("version", "--json").output
    let libraries = "glibc libarchive libcrypto libcurl libisal libyaml libz libzstd pcre2 sqlite"
    for name in libraries.split(separator: " ") {
      #expect(text.contains(try Regex("\n  \(name) +[0-9]+\\.[0-9.]+[a-z]?\n")))
      #expect(json.contains(try Regex("\"\(name)\":\"[0-9]+\\.[0-9.]+[a-z]?\"")))
    }
    #expect(json.contains(#/^\{"commit":(null|"[0-9a-f]+(-modified)?"),"date":(null|"[0-9-]{10}"),"libraries":\{/#))
  }

  @Test func ocPluginSpeaksOfOC() throws {
    let directory = try TemporaryDirectory()
    let link = directory("oc-sealift")
    #expect(try runTool("ln", ["-s", builtProgram, link]).status == 0)
    let help = try runTool(link, ["version", "--help"])
    #expect(help.output.hasPrefix("usage: oc sealift version [options]\n"))
    #expect(try runTool(link, ["vresion"]).errors.contains("next: run 'oc sealift --help'"))
  }

  @Test(arguments: ["> /dev/full", ">&-", "1< /dev/null"]) func outputThatIsLostIsAnError(redirection: String) throws {
    let result = try runTool("sh", ["-c", "\(builtProgram) version \(redirection)"])
    #expect(result.status == 74)
    #expect(result.errors.hasPrefix("error: cannot write stdout: "))
  }

  @Test func aReaderThatLeavesIsAnError() throws {
    let directory = try TemporaryDirectory()
    // Once 3 is closed, 4 is a pipe that nobody reads.
    let result = try runTool(
      "bash", ["-c", "cd \(directory.path); mkfifo p; exec 3<>p 4>p 3<&-; \(builtProgram) help >&4"])
    #expect(result.status == 74)
    #expect(result.errors.hasPrefix("error: cannot write stdout: Broken pipe"))
  }

  @Test func completionOfTheProgramWorksInBash() throws {
    let script = try sealift("completion", "bash")
    #expect(script.status == 0)
    let result = try runTool(
      "bash", ["--norc"],
      input: script.output + "\nCOMP_WORDS=(oc-sealift completion z) COMP_CWORD=2; _sealift; echo \"${COMPREPLY[@]}\"\n"
    )
    #expect(result.output == "zsh\n")
    #expect(result.errors == "")
  }
}

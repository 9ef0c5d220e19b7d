import Signing
import SystemIO
import TestSupport
import Testing

/// The questions of `formats/auditor.md`, asked of Sealift and of programs that know nothing of it.
@Suite struct AuditorQuestionTests {
  /// One question, and how it is answered in two ways.
  private struct Question {
    let title: Substring
    let commands: [Substring]
  }

  private static func questions() throws -> [Question] {
    let text = String(
      decoding: try FileSystem.read(Repository.path("formats/auditor.md"), limit: 1 << 20), as: UTF8.self)
    return text.matches(of: #/\n## [0-9]+\. (.*)\n/#).map { match in
      let rest = text[match.range.upperBound...]
      let section = rest[..<(rest.firstRange(of: "\n## ")?.lowerBound ?? rest.endIndex)]
      return Question(title: match.1, commands: section.matches(of: #/(?s)```sh\n(.*?)```\n/#).map(\.1))
    }
  }

  /// Runs the commands of the document one behind the other, as one who types them.
  private func answers(_ questions: [Question], in directory: TemporaryDirectory) throws -> [[String]] {
    try questions.map { question in
      try question.commands.map { command in
        let script = "cd '\(directory.path)'; PATH=\"$(dirname '\(Program.path)'):$PATH\"\n\(command)"
        let result = try runTool(
          "bash", ["-c", script], environment: ["BUNDLE=new.tar.zst", "OLD=old.tar.zst", "KEY=key.pub"])
        #expect(result.status == 0, "\(question.title): \(result.errors)")
        return result.output
      }
    }
  }

  @Test(.enabled(if: hasTool("jq") && hasTool("zstd"), "jq or zstd is not installed"))
  func bothWaysGiveTheSameAnswers() throws {
    let directory = try TemporaryDirectory()
    try FileSystem.write(MonthlyBundle.october.bytes(), to: directory("old.tar.zst"))
    try FileSystem.write(MonthlyBundle.november.bytes(), to: directory("new.tar.zst"))
    try FileSystem.write(TinyBundle.exampleKey.publicKey.pem, to: directory("key.pub"))
    // The document's own command.
    let document = Repository.path("formats/bundle-v1.md")
    let script = "sed -n '/^```sh$/,/^```$/{/^```/!p}' '\(document)' > '\(directory("audit.sh"))'"
    #expect(try runTool("bash", ["-c", script]).status == 0)
    let questions = try Self.questions()
    #expect(questions.count == 10 && questions.allSatisfy { $0.commands.count == 2 })
    for (question, answer) in zip(questions, try answers(questions, in: directory)) {
      #expect(answer[0] == answer[1] && !answer[0].isEmpty, "\(question.title)")
    }
  }
}

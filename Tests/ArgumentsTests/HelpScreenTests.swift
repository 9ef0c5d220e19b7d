import Arguments
import Testing

@Suite struct HelpScreenTests {
  @Test func listsTheCommands() {
    #expect(
      Sample.program.help(for: nil) == """
        usage: sample COMMAND [options]

        Carries images.

        Commands:
          pack         Packs images into a bundle.
          unpack       Unpacks a bundle.
          show images  Shows images.
          show tags    Shows tags.
          completion   Prints a shell's script.

        Options:
          -h, --help     Shows this help.
              --version  Shows the version.

        'sample COMMAND --help' shows the options of a command.

        """)
  }

  @Test func listsTheCommandsThatBeginWithOneWord() {
    #expect(
      Sample.program.help(forGroup: "show") == """
        usage: sample show COMMAND [options]

        Commands:
          show images  Shows images.
          show tags    Shows tags.

        Options:
          -h, --help  Shows this help.

        'sample show COMMAND --help' shows the options of a command.

        """)
    #expect(Sample.program.help(for: Sample.tags).hasPrefix("usage: sample show tags BUNDLE\n"))
  }

  @Test func showsOneCommand() {
    #expect(
      Sample.program.help(for: Sample.pack) == """
        usage: sample pack -o FILE (-c FILE | --image REF)... (--key KEY | --unsigned)
               [options]

        Packs images into a bundle.

        What to pack:
          -c, --config FILE           What to pack.
              --image REF             An image to pack. Can be repeated.

        Output:
          -o, --output FILE           The bundle, or '-' for stdout.
              --parallel N            Transfers at once (default 6).
              --chunk-size SIZE       Bytes per request.

        Signature:
              --key KEY               A key.
              --unsigned              Leaves the bundle without a signature.
              --passphrase-file FILE  Where the key's passphrase stands.

        Common:
              --tls-verify=BOOL       Whether the certificates [of the server] are
                                      checked.
              --json                  Prints JSON.
          -q, --quiet                 Prints errors and warnings only.
          -h, --help                  Shows this help.

        Examples:
          sample pack -c config.yaml --key team.key -o media/ocp.tar.zst

        """)
  }

  @Test func showsOperandsAndUsesTheWidthThatIsThere() {
    let screen = Sample.program.help(for: Sample.unpack, width: 120)
    #expect(screen.hasPrefix("usage: sample unpack [options] BUNDLE [TARGET]\n"))
    #expect(screen.contains("  BUNDLE                 The bundle's file.\n"))
    #expect(screen.contains("Whether the certificates [of the server] are checked.\n"))
  }

  @Test func aLabelThatIsTooWideHasItsLineAlone() {
    let wide = Flag("require-release-signatures", help: "Fails for a release that is not proven here and now.")
    let command = Command(
      "check", summary: "Checks.", groups: [Group("Options", [Flag("a-flag-of-some-length", help: "Is short."), wide])])
    #expect(
      Sample.program.help(for: command, width: 70).contains(
        """
              --a-flag-of-some-length  Is short.
              --require-release-signatures
                                       Fails for a release that is not proven
                                       here and now.

        """))
  }

  @Test(arguments: [Sample.pack, Sample.unpack, Sample.images, Sample.completion]) func staysWithin80Columns(
    command: Command
  ) {
    for line in Sample.program.help(for: command).split(separator: "\n") {
      #expect(line.count <= 80, "\(line)")
    }
  }
}

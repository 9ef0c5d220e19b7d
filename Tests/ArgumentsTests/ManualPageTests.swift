import Arguments
import Testing

@Suite struct ManualPageTests {
  @Test func showsOneCommand() {
    #expect(
      Sample.program.manualPage(for: Sample.unpack, date: "2025-05-31", release: "Sample 1.0") == #"""
        .TH SAMPLE-UNPACK 1 "2025-05-31" "Sample 1.0" "Commands of sample"
        .SH NAME
        sample\-unpack \- unpacks a bundle
        .SH SYNOPSIS
        \fBsample unpack\fR [options] BUNDLE [TARGET]
        .SH DESCRIPTION
        Unpacks a bundle.
        .SH OPERANDS
        .TP
        \fBBUNDLE\fR
        The bundle\(aqs file.
        .TP
        \fBTARGET\fR
        Where to.
        .SH OPTIONS
        .SS "Common"
        .TP
        \fB\-\-tls\-verify=BOOL\fR
        Whether the certificates [of the server] are checked.
        .TP
        \fB\-\-pretend[=WHO]\fR
        Who only pretends.
        .TP
        \fB\-\-json\fR
        Prints JSON.
        .TP
        \fB\-h, \-\-help\fR
        Shows this help.
        .SH SEE ALSO
        .BR sample (1) ,
        .BR sample\-pack (1) ,
        .BR sample\-show\-images (1) ,
        .BR sample\-show\-tags (1) ,
        .BR sample\-completion (1)

        """#)
  }

  @Test func listsTheCommands() {
    let page = Sample.program.manualPage(for: nil, date: "", release: "Sample 1.0")
    #expect(page.contains("\n.SH NAME\nsample \\- carries images\n.SH SYNOPSIS\n\\fBsample\\fR COMMAND [options]\n"))
    #expect(page.contains("\n.SH COMMANDS\n.TP\n\\fBpack\\fR\nPacks images into a bundle.\n"))
    #expect(page.contains("\n.TP\n\\fBshow images\\fR\nShows images.\n"))
  }

  @Test func nothingInATextIsMarkup() {
    let command = Command(
      "x", summary: ".TH \\fB 'a' `b` ^ ~.", groups: [Group("A \"B\"", [Flag("c", help: "'.")])],
      examples: ["x --c '\\n'"])
    let page = Program("p", summary: "P.", commands: [command]).manualPage(for: command, date: "", release: "")
    #expect(page.contains("\n\\&.TH \\efB \\(aqa\\(aq \\(gab\\(ga \\(ha \\(ti.\n"))
    #expect(page.contains("\n.SS \"A \\(dqB\\(dq\"\n") && page.contains("\n\\(aq.\n"))
    #expect(page.contains("\n.SH EXAMPLES\n.nf\np x \\-\\-c \\(aq\\en\\(aq\n.fi\n"))
  }
}

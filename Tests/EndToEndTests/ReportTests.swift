import BundleFormat
import Diagnostics
import JSON
import Signing
import SystemIO
import TestSupport
import Testing

/// A report in a real browser, and where it goes.
@Suite struct ReportTests {
  private let directory: TemporaryDirectory
  private let old: String
  private let new: String
  private let key: String

  init() throws { (directory, old, new, key) = try MonthlyBundle.files() }

  /// What a browser says of each expression, and at last what it complains of.
  private func seen(_ page: String, _ expressions: [String], _ options: String...) throws -> [String] {
    let result = try runTool(
      "python3", [Repository.path("scripts/lib/browser.py"), page] + expressions + options)
    try #require(result.status == 0, "\(result.errors)")
    return result.output.split(separator: "\n").map(String.init)
  }

  private static let browser = ConditionTrait.enabled(
    if: hasTool("chromium") || hasTool("chromium-browser") || hasTool("google-chrome"), "chromium is not installed")

  /// Types into the filter, and tells how many rows are seen then.
  private func typing(_ text: String) -> String {
    """
    (() => { const f = document.getElementById("filter"); f.value = "\(text)"; f.dispatchEvent(new Event("input"));
    return [[...document.querySelectorAll("#images tbody tr")].filter(r => r.checkVisibility()).length,
    document.getElementById("matches").textContent] })()
    """
  }

  @Test(browser) func aBrowserShowsThePageAndFiltersAsOneTypes() throws {
    let page = directory("page.html")
    try Program.succeed(["report", new, "--since", old, "-o", page, "--trust", key])
    let rows = "[...document.querySelectorAll('#images tbody tr')].length"
    let colour = "getComputedStyle(document.body).backgroundColor"
    let light = try seen(
      page, [rows, typing("mover"), typing("no such image"), typing("TEAM catalog"), typing(""), colour])
    #expect(
      light == [
        "6", #"[1, "1 of 6"]"#, #"[0, "0 of 6"]"#, #"[1, "1 of 6"]"#, #"[6, ""]"#, "\"rgb(255, 255, 255)\"", "[]",
      ])
    let wide = "document.documentElement.scrollWidth <= innerWidth"
    #expect(try seen(page, [colour, wide], "--media", "dark") == ["\"rgb(13, 17, 23)\"", "true", "[]"])
    let isSeen = "getComputedStyle(document.querySelector('.filter')).display"
    #expect(try seen(page, [isSeen], "--media", "print", "--paper", directory("page.pdf")) == ["\"none\"", "[]"])
    #expect(try File(directory("page.pdf"), .read).bytes(at: 0, count: 5) == Array("%PDF-".utf8))
  }

  @Test(browser) func nothingOfABundleRunsInABrowser() throws {
    let hostile = "</script><script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">"
    var draft = try MonthlyBundle.november
    draft.index.images[0].source = hostile
    draft.index.catalogs[0].packages[0].name = hostile
    draft.index.producer.name = hostile
    draft.setGreeting("<script>document.title=1</script>")
    try FileSystem.write(draft.bytes(), to: directory("hostile"))
    let page = directory("page.html")
    try Program.succeed(["report", directory("hostile"), "--since", old, "-o", page])
    let found = try seen(
      page,
      [
        "document.title.startsWith('Bundle sha256:')", "document.scripts.length", "document.images.length",
        "document.querySelector('#images tbody').textContent.includes(\"<img src=x onerror=\")",
        // What somebody would bring in is refused by the page's own policy.
        "(() => { const s = document.createElement('script'); s.textContent = 'document.title=1'; "
          + "document.body.append(s); return document.title.startsWith('Bundle') })()",
      ])
    #expect(found.prefix(5) == ["true", "1", "0", "true", "true"])
    #expect(found.last?.contains("Content Security Policy") == true)
  }

  /// The Python that has validators of others.
  private static let validators = RunningProcess.environment("SEALIFT_VALIDATORS")
  private static let judged = ConditionTrait.enabled(
    if: (try? runTool(validators ?? "false", ["-c", "import spdx_tools, cyclonedx, in_toto_attestation"]).status) == 0,
    "the validators of scripts/test are not installed")

  @Test(judged, arguments: ["spdx", "cyclonedx", "in-toto"], ["november", "hostile", "empty"])
  func programsOfOthersAcceptWhatIsWritten(_ format: String, _ content: String) throws {
    var draft = content == "empty" ? BundleDraft() : try MonthlyBundle.november
    if content == "hostile" {
      draft.index.images[0].source = "<\u{202E}\u{1B}[2K \"'& ?#%"
      draft.index.images[0].also = [.init(source: "oci:/some where/ä:x", reason: .requested)]
      draft.index.carriedFiles[0].source = "https://files.example/a b?c=d&e=%ff#g"
    }
    try FileSystem.write(draft.bytes(), to: directory("judged"))
    let report = directory("report.json")
    try Program.succeed(["report", directory("judged"), "--format", format, "-o", report])
    let script = Repository.path("scripts/lib/validate_report.py")
    let verdict = try runTool(Self.validators ?? "", [script, format, report])
    #expect(verdict.output == "ok\n", "\(verdict.errors)")
    // What they accept is not anything.
    let text = String(decoding: try FileSystem.read(report, limit: 1 << 24), as: UTF8.self)
    for word in ["\"SPDXID\":\"SPDXRef-bundle\"", "\"specVersion\"", "\"buildType\""] where text.contains(word) {
      try FileSystem.write(Array(text.replacing(word, with: "\"other\"", maxReplacements: 1).utf8), to: report)
      #expect(try runTool(Self.validators ?? "", [script, format, report]).status == 1)
    }
  }

  @Test func aReportGoesWhereItIsToldTo() throws {
    let page = directory("page.html")
    try FileSystem.write(Array("what was there".utf8), to: page)
    let result = try Program.succeed(["report", new, "-o", page, "--json"])
    let document = try JSONReader.value(Array(result.output.utf8), source: "the output")
    #expect(document["fileBytes"]?.integer == (try File(page, .read).size()))
    let written = String(decoding: try FileSystem.read(page, limit: 1 << 20), as: UTF8.self)
    #expect(try Program.succeed(["report", new]).output == written)
    #expect(try Program.succeed(["report", new, "-o", "-"]).output == written)
    let piped = try Run(["report", "-"], under: piped(new)).result()
    #expect(piped.status == 0 && piped.output == written)
    let script = "mkfifo \"$0/pipe\" && { \"$@\" -o \"$0/pipe\" & cat \"$0/pipe\"; }"
    #expect(try Run(["report", new, "-q"], under: ["bash", "-c", script, directory.path]).result().output == written)
  }

  @Test func neverInPlaceOfABundle() throws {
    let before = try FileSystem.read(new, limit: 1 << 20)
    expectFailure(try Program.run(["report", new, "-o", new]), .usage, "would take the place of")
    expectFailure(try Program.run(["report", new, "--since", old, "-o", old]), .usage, "would take the place of")
    #expect(try FileSystem.read(new, limit: 1 << 20) == before)
    expectFailure(try Program.run(["report", new, "-o", directory.path]), .usage, "is a directory")
    expectFailure(
      try Program.run(["report", new, "--format", "spdx", "--since", old]), .usage, "--since is for the page")
  }

  @Test func aFullDiskLeavesWhatWasThere() throws {
    let page = directory("page.html")
    try FileSystem.write(Array("what was there".utf8), to: page)
    // No file may grow beyond a few blocks.
    let limited = try Run(
      ["report", new, "-o", page], under: ["bash", "-c", "trap '' XFSZ; ulimit -f 8; exec \"$0\" \"$@\""]
    ).result()
    expectFailure(limited, .storage)
    #expect(try FileSystem.read(page, limit: 100) == Array("what was there".utf8))
    expectFailure(try Program.run(["report", new, "-o", "/dev/full"]), .storage)
  }

  @Test func whatIsNoBundleHasNoReport() throws {
    try FileSystem.write(Array(FileSystem.read(new, limit: 1 << 20).prefix(66_000)), to: directory("cut"))
    expectFailure(try Program.run(["report", directory("cut"), "-o", directory("page.html")]), .corrupt)
    #expect(!FileSystem.exists(directory("page.html")))
  }
}

import Diagnostics
import JSON
import SystemIO
import TestSupport
import Testing

/// Charts that are not what they should be.
@Suite(.enabled(if: HelmWorld.isPossible, "\(HelmWorld.reason)"))
struct HelmFaultTests {
  private let world: HelmWorld

  init() throws { world = try HelmWorld() }

  private static let named = "{repositories: [{name: r, url: URL, charts: [{name: web, version: 1.0.0}]}]}"

  private func fail(_ helm: String, _ code: SealiftError.Code, _ words: String, next: String = "") throws {
    expectFailure(try Program.run(world.pack(helm)), code, words, next: next)
    #expect(!FileSystem.exists(world.bundle))
    #expect(!FileSystem.exists(world.bundle + ".partial"))
  }

  @Test("A repository without an index, or with something else there, is an error")
  func noIndex() throws {
    try fail(Self.named, .notFound, "there is no index at \(world.url)/index.yaml")
    for text in ["<!DOCTYPE html>\n<html>", "entries: [", "a: b", ""] {
      try FileSystem.write(Array(text.utf8), to: world.directory("repo/index.yaml"))
      try fail(Self.named, .protocol, "index.yaml")
    }
  }

  @Test("A chart or a version that is not there is an error with what is there")
  func noChart() throws {
    try world.index("  wep: [{version: 1.0.0, urls: [a.tgz]}]")
    try fail(Self.named, .notFound, "isc.yaml:4:", next: "wep")
    try world.index("  web: [{version: 1.1.0, urls: [a.tgz]}, {version: 1.2.0, urls: [b.tgz]}]")
    try fail(Self.named, .notFound, "no version 1.0.0 of the chart web", next: "1.2.0, 1.1.0")
    try world.index("  web: [{version: 1.0.0, urls: [gone.tgz]}]")
    try fail(Self.named, .notFound, "there is no chart at \(world.url)/gone.tgz")
  }

  @Test("An archive that is not the one of the index, or no chart, is refused")
  func archives() throws {
    func offer(_ digest: String? = nil) throws {
      let digest = digest.map { ", digest: \($0)" } ?? ""
      try world.index("  web: [{version: 1.0.0, urls: [web-1.0.0.tgz]\(digest)}]")
    }
    let archive = try world.chart(
      "web", "1.0.0", ["values.yaml": "a: b", "big": String(repeating: "xyz1", count: 9999)])
    try offer(String(repeating: "0", count: 64))
    try fail(Self.named, .protocol, "was announced")
    try offer()
    let bytes = try FileSystem.read(archive, limit: 1 << 20)
    try FileSystem.write(Array(bytes.prefix(bytes.count / 2)), to: archive)
    try fail(Self.named, .protocol, "web-1.0.0.tgz")
    try FileSystem.write(Array("no archive at all".utf8), to: archive)
    try fail(Self.named, .protocol, "web-1.0.0.tgz")
    let made = try world.chart("web", "1.0.1", [:])
    try FileSystem.rename(made, to: archive)
    try fail(Self.named, .protocol, "is the chart web 1.0.1, and web 1.0.0 is wanted")
    let other = try world.chart("app", "1.0.0", [:])
    try FileSystem.rename(other, to: archive)
    try fail(Self.named, .protocol, "is the chart app 1.0.0")
  }

  @Test("An archive with links, without Chart.yaml, or that is a bomb, is refused")
  func hostile() throws {
    let archive = world.directory("x.tgz")
    let helm = "{local: [{path: \(archive)}]}"
    func make(_ script: String) throws {
      let folder = world.directory("hostile")
      let line = "rm -rf '\(folder)' && mkdir -p '\(folder)/web' && cd '\(folder)' && \(script)"
      let made = try runTool("bash", ["-ec", line])
      #expect(made.status == 0, "\(made.errors)")
    }
    let head = "printf 'name: web\\nversion: 1.0.0\\n' > web/Chart.yaml"
    try make("\(head); ln -s /etc/passwd web/values.yaml; tar -czf '\(archive)' web")
    try fail(helm, .protocol, "which is no plain file")
    try make("\(head); tar --transform 's,^web/Chart,../Chart,' -P -czf '\(archive)' web/Chart.yaml")
    try fail(helm, .protocol, "could lead out of it")
    try make("touch web/values.yaml; tar -czf '\(archive)' web")
    try fail(helm, .protocol, "has no Chart.yaml")
    try make("\(head); mkdir other; cp web/Chart.yaml other; tar -czf '\(archive)' web other")
    try fail(helm, .protocol, "a chart is one directory")
    try make("\(head); head -c 200M /dev/zero > web/zeros; tar -czf '\(archive)' web")
    try fail(helm, .protocol, "has more than 100")
    try make("\(head); head -c 20M /dev/zero > web/values.yaml; tar -czf '\(archive)' web")
    try fail(helm, .protocol, "holds web/values.yaml")
    let bomb = "head -c 30M /dev/zero > web/zeros; tar -czf bomb.tgz web; rm web/zeros"
    try make(
      "\(head); \(bomb); mkdir web/charts; for i in 1 2 3 4; do cp bomb.tgz web/charts/$i.tgz; done; tar -czf '\(archive)' web"
    )
    try fail(helm, .protocol, "when it is decompressed")
  }

  @Test("A chart on disk that is a directory, too large, absent or another is refused")
  func local() throws {
    try fail("{local: [{path: \(world.directory.path)}]}", .configuration, "is a directory", next: "helm package")
    try fail("{local: [{path: \(world.directory("none.tgz"))}]}", .notFound, "none.tgz")
    let large = world.directory("large.tgz")
    try File(large, .replace).truncate(to: 1 << 30)
    try fail("{local: [{path: \(large)}]}", .configuration, "large.tgz")
    let archive = try world.chart("web", "1.0.0", at: world.directory("web.tgz"), [:])
    try fail("{local: [{name: app, path: \(archive)}]}", .protocol, "and app is wanted")
    let again = try world.chart("web", "1.0.0", at: world.directory("again.tgz"), ["NOTES": "x"])
    try fail(
      "{local: [{path: \(archive)}, {path: \(again)}]}", .configuration,
      "\(archive) and \(again) are different charts web 1.0.0")
  }

  @Test("Values that cannot be read, and names that are none, are told")
  func notes() throws {
    let archive = try world.chart(
      "web", "1.0.0", at: world.directory("web.tgz"), ["values.yaml": "image: '{{ .Values.x }}'\ntoolImage: busybox"])
    let other = try world.chart(
      "api", "1.0.0", at: world.directory("api.tgz"), ["values.yaml": "image: *none"])
    let (report, images) = try world.packed("{local: [{path: \(archive)}, {path: \(other)}]}")
    #expect(images.count == 2)
    let notes = HelmWorld.notes(report)
    #expect(notes.contains { $0.contains("'busybox' (toolImage)") })
    #expect(notes.contains { $0.contains("'{{ .Values.x }}' (image)") })
    #expect(notes.contains { $0.hasPrefix("chart api 1.0.0:") && $0.contains("stands for nothing") })
    #expect(notes.contains { $0.hasPrefix("chart api 1.0.0: no image was found") })
  }

  @Test("Very many names that are no images take little time")
  func manyNames() throws {
    let growth = try Cost.growth(to: 200_000) { count in
      let values = (0..<count).map { "k\($0)Image: team/n\($0)\n" }.joined()
      let archive = try world.chart("web", "1.0.0", at: world.directory("web.tgz"), ["values.yaml": values])
      let (result, cost) = try Program.cost(of: world.pack("{local: [{path: \(archive)}]}"))
      #expect(result.errors.contains("\(count - 10) more names of images"))
      return cost
    }
    #expect(growth < Cost.linear)
  }

  @Test("An image that a chart names and nobody has stops the run, or is left out")
  func missingImage() throws {
    let archive = try world.chart(
      "web", "1.0.0", at: world.directory("web.tgz"),
      ["values.yaml": "image: REG/team/none:1\nbImage: REG/team/app:1.0"])
    let helm = "{local: [{path: \(archive)}]}"
    try fail(helm, .notFound, "team/none:1 (image of chart web 1.0.0)", next: "--keep-going")
    let result = try Program.run(world.pack(helm, "--keep-going"))
    #expect(result.status == SealiftError.Code.incomplete.rawValue, "\(result.errors)")
    #expect(FileSystem.exists(world.bundle))
  }

  @Test("A helm that does not work is an error, before anything is fetched")
  func brokenHelm() throws {
    try writeScript("#!/bin/sh\nexit 1", to: world.directory("bin/helm"))
    let result = try Program.run(world.pack(Self.named), environment: world.withHelm)
    expectFailure(result, .configuration, "bin/helm does not say its version")
    #expect(world.repository.accessLog.isEmpty)
  }

  @Test("Plain http is refused unless it is allowed")
  func plainHTTP() throws {
    let arguments = try world.pack(Self.named).filter { $0 != "--src-tls-verify=false" }
    expectFailure(try Program.run(arguments), .configuration, "is not an https URL", next: "--src-tls-verify=false")
  }
}

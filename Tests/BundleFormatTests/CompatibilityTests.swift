import BundleFormat
import Digests
import OCI
import Signing
import SystemIO
import TestSupport
import Testing

/// Bundles as other programs, and Sealift's own two ways of reading, see them.
struct CompatibilityTests {
  let directory: TemporaryDirectory
  var path: String { directory("bundle.tar.zst") }

  init() throws { directory = try TemporaryDirectory() }

  @Test("Sealift reads what it wrote, from a file and in one pass", arguments: SampleBundle.all)
  func sealift(_ sample: SampleBundle) throws {
    let bundle = try sample.write(to: path)
    for once in [false, true] {
      let front = try Verification.run(File(path, .read), bundle.policy, pipe: once)
      #expect(front.indexBytes == bundle.index.bytes)
    }
    let front = try BundleFront.read(BundleInput(File(path, .read)))
    let layout = try front.verify(bundle.policy).layout
    let input = BundleInput(try File(path, .read))
    let head = try input.readHead(BundleFront.read(input).verify(bundle.policy)) { digest, bytes in
      #expect(bundle.contents[digest] == bytes)
    }
    let file = try BundleFile(File(path, .read), head)
    for (place, blob) in bundle.index.blobs.enumerated() {
      let reader = try file.content(place).open()
      var buffer = [UInt8](repeating: 0, count: blob.descriptor.size)
      let count = try buffer.withUnsafeMutableBytes { try reader.read(into: $0) }
      #expect(count == blob.descriptor.size)
      #expect(bundle.contents[blob.descriptor.digest] == buffer)
    }
    #expect(layout.seekTableBytes == 17 + 8 * layout.frameCount)
  }

  @Test(
    "zstd tests and lists every frame", .enabled(if: hasTool("zstd"), "zstd is not installed"),
    arguments: SampleBundle.all)
  func zstd(_ sample: SampleBundle) throws {
    let bundle = try sample.write(to: path)
    let tested = try runTool("zstd", ["-t", path])
    #expect(tested.status == 0, "\(tested.errors)")
    let listed = try runTool("zstd", ["-lv", path])
    #expect(listed.status == 0, "\(listed.errors)")
    let frames = try BundleFront.read(BundleInput(File(path, .read))).verify(bundle.policy).layout.frameCount
    #expect(listed.output.contains("Zstandard Frames: \(frames)\n"), "\(listed.output)")
    #expect(listed.output.contains("Skippable Frames: 1\n"), "\(listed.output)")
  }

  @Test(
    "GNU tar lists and extracts all entries, and their digests are right",
    .enabled(if: hasTool("tar") && hasTool("zstd"), "tar or zstd is not installed"), arguments: SampleBundle.all)
  func gnuTar(_ sample: SampleBundle) throws {
    let bundle = try sample.write(to: path)
    let listed = try runTool("tar", ["--zstd", "-tf", path])
    #expect(listed.status == 0, "\(listed.errors)")
    #expect(listed.output.split(separator: "\n").map(String.init) == bundle.entryNames)
    try checkExtracted(bundle, runTool("tar", ["--zstd", "-xf", path, "--one-top-level=\(directory("out"))"]))
  }

  @Test(
    "bsdtar lists and extracts all entries", .enabled(if: hasTool("bsdtar"), "bsdtar is not installed"),
    arguments: SampleBundle.all)
  func bsdtar(_ sample: SampleBundle) throws {
    let bundle = try sample.write(to: path)
    let listed = try runTool("bsdtar", ["-tf", path])
    #expect(listed.status == 0, "\(listed.errors)")
    #expect(listed.output.split(separator: "\n").map(String.init) == bundle.entryNames)
    try FileSystem.makeDirectory(directory("out"))
    try checkExtracted(bundle, runTool("bsdtar", ["-xf", path, "-C", directory("out")]))
  }

  @Test("libarchive reads all entries", arguments: SampleBundle.all)
  func libarchive(_ sample: SampleBundle) throws {
    let bundle = try sample.write(to: path)
    let entries = try ArchiveReader.entries(path)
    #expect(entries.map(\.name) == bundle.entryNames)
    #expect(entries.first?.content == bundle.index.bytes)
    for entry in entries {
      if let digest = Digest(hex: entry.name.suffix(64)) { #expect(entry.content == bundle.contents[digest]) }
    }
  }

  @Test(
    "skopeo finds the image in the extracted bundle",
    .enabled(if: hasTool("skopeo") && hasTool("tar"), "skopeo or tar is not installed"))
  func skopeo() throws {
    let bundle = try TinyBundle.example
    try bundle.write(to: path)
    try checkExtracted(bundle, runTool("tar", ["--zstd", "-xf", path, "--one-top-level=\(directory("out"))"]))
    let image = "oci:\(directory("out")):team/tiny:1.0"
    let inspected = try runTool("skopeo", ["inspect", "--format", "{{.Digest}}", image])
    #expect(inspected.status == 0, "\(inspected.errors)")
    #expect(inspected.output == "\(bundle.index.images[0].manifest.digest)\n")
    let copied = try runTool("skopeo", ["copy", "--insecure-policy", image, "dir:\(directory("copy"))"])
    #expect(copied.status == 0, "\(copied.errors)")
  }

  private func checkExtracted(_ bundle: TinyBundle, _ result: ToolResult) throws {
    #expect(result.status == 0, "\(result.errors)")
    let checked = try runTool("sh", ["-c", "cd \(directory("out")) && sha256sum --strict --check --quiet SHA256SUMS"])
    #expect(checked.status == 0, "\(checked.output)\(checked.errors)")
    #expect(try FileSystem.read(directory("out/bundle.json"), limit: 1 << 20) == bundle.index.bytes)
  }
}

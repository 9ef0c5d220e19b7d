import Diagnostics
import Digests
import Signing
import SystemIO
import TestSupport
import Testing
import Zstd

/// The bundles in `formats/examples` are the ones that `ConformanceVector` makes.
///
/// With `SEALIFT_UPDATE_FORMATS=1` in the environment they are made anew.
struct ConformanceVectorTests {
  static let table = Repository.path("formats/examples/vectors.tsv")
  static let archive = Repository.path("formats/examples/vectors.tar.zst")

  private static let made = Result {
    let directory = try TemporaryDirectory()
    for vector in try ConformanceVector.all { try FileSystem.write(vector.make(), to: directory(vector.file)) }
    return directory
  }

  @Test("The table has a row for each")
  func tableIsCurrent() throws {
    let vectors = try ConformanceVector.all
    #expect(Set(vectors.map(\.file)).count == vectors.count)
    let text = (["file\tneed\tanswer\tsection\twhat"] + vectors.map(\.row)).joined(separator: "\n") + "\n"
    if ExampleTests.isUpdating { try FileSystem.write(Array(text.utf8), to: Self.table) }
    #expect(try FileSystem.read(Self.table, limit: 1 << 20) == Array(text.utf8))
  }

  @Test("Each section in the table is one of the document")
  func sections() throws {
    let text = try ExampleTests.documentText()
    for section in Set(try ConformanceVector.all.map(\.section)) {
      #expect(text.contains("## \(section)\n"), "\(section)")
    }
  }

  @Test("A reader gives the answer, from a file and from a pipe")
  func answers() throws {
    let made = try Self.made.get()
    for vector in try ConformanceVector.all {
      for pipe in [false, true] {
        let file = try File(made(vector.file), .read)
        #expect(try answer(file, need: vector.need, pipe: pipe) == vector.answer, "\(vector.what)")
      }
    }
  }

  private func answer(_ file: File, need: Int, pipe: Bool) throws -> ConformanceVector.Answer {
    let keys = try [TinyBundle.exampleKey.publicKey, TinyBundle.secondKey.publicKey]
    do {
      _ = try Verification.run(
        file, TrustPolicy(keys: keys, threshold: max(1, need), allowUnsigned: need == 0), pipe: pipe)
      return .sound
    } catch let error as SealiftError {
      if error.code == .untrusted { return .untrusted }
      return error.nextStep.contains("a newer version") ? .newer : .damaged
    }
  }

  @Test(
    "The archive holds each",
    .enabled(if: hasTool("tar") && hasTool("zstd"), "tar or zstd is not installed"),
    .enabled(
      if: ZstdCompressor.libraryVersion == ExampleTests.zstdVersion,
      "compressed frames differ with the version of libzstd"))
  func archiveIsCurrent() throws {
    let (made, found) = (try Self.made.get(), try TemporaryDirectory())
    let vectors = try ConformanceVector.all
    if ExampleTests.isUpdating {
      let command = """
        set -o pipefail; cd "$0" && tar --format=ustar --owner=0 --group=0 --numeric-owner --mode=0644 --mtime=@0 \
          --sort=name -cf - -- *.tar.zst | zstd -q -f -19 --long=24 -o "$1"
        """
      let result = try runTool("bash", ["-c", command, made.path, Self.archive])
      #expect(result.status == 0, "\(result.errors)")
    }
    let result = try runTool("tar", ["-C", found.path, "--zstd", "-xf", Self.archive])
    #expect(result.status == 0, "\(result.errors)")
    #expect(try FileSystem.list(found.path).sorted() == vectors.map(\.file).sorted())
    for vector in vectors {
      let bytes = try FileSystem.read(found(vector.file), limit: 1 << 24)
      #expect(try bytes == FileSystem.read(made(vector.file), limit: 1 << 24), "\(vector.file)")
    }
  }
}

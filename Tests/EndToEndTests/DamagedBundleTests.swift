import Diagnostics
import SystemIO
import TestSupport
import Testing

/// Bundles that were damaged or cut, as `verify` finds them.
@Suite struct DamagedBundleTests {
  private let directory: TemporaryDirectory
  private let key: SigningKey
  private let whole: [UInt8]

  init() throws {
    directory = try TemporaryDirectory()
    key = try SigningKey(.ecdsa, in: directory, name: "signer")
    let layout = try LayoutFixture(directory("layout"))
    let base = try layout.layer(seed: 1, size: 200_000)
    try layout.image([base, layout.plainLayer(seed: 2, size: 300_000)], name: "team/app:v1")
    try layout.image([base, layout.layer(seed: 3, size: 1)], name: "team/other:v1")
    try Program.succeed(["pack", "--image", "oci:\(layout.path)", "--key", key.privatePath, "-o", directory("whole")])
    whole = try FileSystem.read(directory("whole"), limit: 1 << 30)
  }

  private func verify(_ bytes: [UInt8], isPipe: Bool) throws -> ToolResult {
    let path = directory("damaged")
    try File(path, .replace).write(bytes)
    return try Run(
      ["verify", isPipe ? "-" : path, "--trust", key.publicPath], under: isPipe ? piped(path) : []
    ).result()
  }

  /// Places to damage: some in every part of the file, the rest at random.
  private func places() -> [Int] {
    let seed = RunningProcess.environment("SEALIFT_SEED").flatMap { UInt64($0) } ?? .random(in: 0...999_999)
    print("damaged places: SEALIFT_SEED=\(seed)")
    var generator = SeededGenerator(seed: seed)
    let count = KillPoints.isLong ? 1000 : 40
    let ends = (0..<20).map { $0 * 3 } + (1...20).map { whole.count - $0 * 2 }
    return ends + (0..<count).map { _ in .random(in: 0..<whole.count, using: &generator) }
  }

  @Test func everyFlippedBitIsFoundAndItsPlaceNamed() throws {
    for place in places() {
      var bytes = whole
      bytes[place] ^= 1 << (place % 8)
      for isPipe in [false, true] {
        let result = try verify(bytes, isPipe: isPipe)
        #expect([65, 79].contains(result.status), "byte \(place), pipe \(isPipe): \(result.errors)")
        expectFailure(result, SealiftError.Code(rawValue: result.status))
        guard result.status == 65 else { continue }
        let offset = result.errors.firstMatch(of: /at byte ([0-9]+)/).flatMap { Int($0.1) }
        // The least that is read at once is a frame; what is named begins before the damage, or at the end.
        #expect(offset != nil, "byte \(place), pipe \(isPipe): \(result.errors)")
      }
    }
  }

  @Test func everyCutIsFound() throws {
    for place in places() {
      let result = try verify(Array(whole[..<place]), isPipe: place.isMultiple(of: 2))
      expectFailure(result, .corrupt, next: "copy the bundle again")
    }
  }

  @Test(arguments: [false, true]) func whatFollowsIsFound(isPipe: Bool) throws {
    for more in [[0], [UInt8](repeating: 0, count: 512), whole] {
      expectFailure(try verify(whole + more, isPipe: isPipe), .corrupt)
    }
  }

  @Test func aWholeOneIsProvenFromAPipeToo() throws {
    for isPipe in [false, true] { #expect(try verify(whole, isPipe: isPipe).status == 0) }
  }

  @Test(arguments: ["text", "empty", "zeros", "zstd", "directory", "missing"])
  func whatIsNoBundleIsNamed(kind: String) throws {
    let path = directory("damaged")
    switch kind {
    case "text": try FileSystem.write(Array("no bundle".utf8), to: path)
    case "empty": try FileSystem.write([], to: path)
    case "zeros": try File(path, .replace).truncate(to: 1 << 20)
    case "zstd":
      try FileSystem.write(Array("hello".utf8), to: directory("hello"))
      try runOrFail("zstd", ["-q", directory("hello"), "-o", path])
    case "directory": try FileSystem.makeDirectory(path)
    default: break
    }
    let code: SealiftError.Code = ["directory", "missing"].contains(kind) ? .notFound : .corrupt
    for command in [["verify", path], ["inspect", path], ["unpack", path, "oci:\(directory("out"))"]] {
      expectFailure(try Program.run(command + ["--trust", key.publicPath]), code, path)
    }
    #expect(!FileSystem.exists(directory("out")))
  }
}

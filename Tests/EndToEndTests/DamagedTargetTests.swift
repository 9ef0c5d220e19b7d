import SystemIO
import TestSupport
import Testing

/// Directories that a bundle was unpacked into, and that the disk has changed since.
@Suite(.enabled(if: RegistryServer.program != nil, "\(RegistryServer.reason)"))
struct DamagedTargetTests {
  private let world: World

  init() throws { world = try World() }

  /// The bytes of all files below a directory, by name.
  private func content(_ directory: String) throws -> [String: [UInt8]] {
    let names = try FileSystem.contents(ofTree: directory, limit: 1000)
    return Dictionary(
      uniqueKeysWithValues: try names.map { ($0, try FileSystem.read("\(directory)/\($0)", limit: 1 << 30)) })
  }

  @Test(arguments: ["oci:", "file://"], [false, true])
  func whateverIsDamagedIsWrittenAgain(scheme: String, isPipe: Bool) throws {
    try world.packed("a.tar.zst")
    let target = world.path("target")
    func unpack() throws -> ToolResult {
      guard isPipe else { return try Program.run(world.unpack("a.tar.zst", to: scheme + target)) }
      return try Run(world.unpack("-", to: scheme + target), under: piped(world.path("a.tar.zst"))).result()
    }
    #expect(try unpack().status == 0)
    let expected = try content(target)
    let blobs = expected.keys.filter { $0.contains(/sha256[:\/][0-9a-f]{64}$/) && expected[$0]?.isEmpty == false }
      .sorted()
    #expect(blobs.count > 15)
    var generator = KillPoints.generator(named: "damaged target")
    for name in blobs {
      let file = try File("\(target)/\(name)", .update)
      let place = Int.random(in: 0..<(try file.size()), using: &generator)
      // The other names of one file are damaged with it.
      guard try file.bytes(at: 0, count: 1 << 30) == expected[name] else { continue }
      try file.write(file.bytes(at: place, count: 1).map { $0 ^ 1 }, at: place)
    }
    let second = try unpack()
    #expect(second.status == 0, "\(second.errors)")
    for name in blobs {
      let line = "warning: \(target)/\(name) is damaged: it is written again\n"
      #expect(second.errors.ranges(of: line).count == 1, "\(name): \(second.errors)")
    }
    #expect(try content(target) == expected)
    let third = try unpack()
    #expect(third.status == 0 && !third.errors.contains("damaged"), "\(third.errors)")
  }
}

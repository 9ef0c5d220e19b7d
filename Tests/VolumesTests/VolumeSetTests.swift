import BundleFormat
import Diagnostics
import Signing
import SystemIO
import TestSupport
import Testing

@testable import Volumes

/// Volumes that are read with a list, and without one.
@Suite struct VolumeSetTests {
  private let world: VolumeWorld

  init() throws { world = try VolumeWorld() }

  private func removeList() throws {
    for name in try FileSystem.list(world.directory.path) where name.contains(".volumes") {
      try FileSystem.remove(world.directory(name))
    }
  }

  private func expectFailure(
    _ code: SealiftError.Code, naming parts: [String], _ paths: [String]? = nil,
    _ location: SourceLocation = #_sourceLocation
  ) {
    let error = world.failure(paths)
    #expect(error?.code == code, "\(String(describing: error))", sourceLocation: location)
    for part in parts {
      #expect(error?.problem.contains(part) == true, "\(String(describing: error))", sourceLocation: location)
    }
  }

  @Test(arguments: [true, false]) func volumesReadAsTheOneFile(hasList: Bool) throws {
    if !hasList { try removeList() }
    let medium = try world.open()
    #expect(try medium.size() == world.bytes.count)
    #expect(try medium.bytes(at: 0, count: world.bytes.count + 1) == world.bytes)
    try world.prove(medium)
    try world.prove(world.open([world.directory.path]))
    try world.prove(world.open(world.list.entries.indices.map { world.path($0) }))
    #expect(medium.place(of: 70_000) == "byte 70000 (byte 4464 of a.tar.zst.002)")
    #expect(medium.place(of: world.count * VolumeWorld.volumeBytes) == "byte \(world.count * VolumeWorld.volumeBytes)")
    for number in world.list.entries.indices { #expect(try medium.hasName(world.path(number))) }
    try FileSystem.write([], to: world.directory("other"))
    #expect(try !medium.hasName(world.directory("other")))
  }

  @Test func volumesOfSeveralDirectoriesAreOneBundle() throws {
    let other = try TemporaryDirectory()
    for number in [1, 4] { try FileSystem.rename(world.path(number), to: other(world.list.entries[number].name)) }
    try world.prove(world.open([world.directory.path, other.path]))
    try world.prove(world.open([world.directory(VolumeWorld.name), other(world.list.entries[1].name), other.path]))
    expectFailure(.notFound, naming: ["a.tar.zst.002, a.tar.zst.005"])
    #expect(world.failure()?.nextStep.contains("--ask") == true, "a list says in which order")
    try removeList()
    #expect(world.failure()?.nextStep.contains("--ask") == false)
  }

  @Test(arguments: [true, false]) func everyMissingVolumeIsNamed(hasList: Bool) throws {
    if !hasList { try removeList() }
    // Without a list, nobody knows of the last one: then the index tells that something is missing.
    for number in 0..<world.count - (hasList ? 0 : 1) {
      try FileSystem.rename(world.path(number), to: world.directory("away"))
      expectFailure(.notFound, naming: [world.list.entries[number].name])
      try FileSystem.rename(world.directory("away"), to: world.path(number))
    }
    for (first, second) in [(0, 1), (2, 5), (3, 4)] {
      try FileSystem.remove(world.path(first))
      try FileSystem.remove(world.path(second))
      expectFailure(.notFound, naming: [world.list.entries[first].name, world.list.entries[second].name])
      try world.write(to: world.directory.path)
      if !hasList { try removeList() }
    }
    try FileSystem.remove(world.path(world.count - 1))
    if hasList { return expectFailure(.notFound, naming: ["a.tar.zst.007"]) }
    #expect(world.failure()?.code == .corrupt)
    #expect(world.failure()?.nextStep.contains("bring the volumes behind a.tar.zst.006") == true)
  }

  @Test func manyThatAreMissingInARowAreNamedByTheFirstAndTheLast() throws {
    for number in 1..<world.count - 1 { try FileSystem.remove(world.path(number)) }
    expectFailure(.notFound, naming: ["not there: a.tar.zst.002 to a.tar.zst.006"])
    try removeList()
    try FileSystem.rename(world.path(world.count - 1), to: world.directory("a.tar.zst.2026"))
    expectFailure(.notFound, naming: ["of the 2026 volumes", "not there: a.tar.zst.0002 to a.tar.zst.2025"])
  }

  @Test func swappedAndRenamedVolumesAreKnownByTheirContent() throws {
    try FileSystem.rename(world.path(1), to: world.directory("x"))
    try FileSystem.rename(world.path(3), to: world.path(1))
    try FileSystem.rename(world.directory("x"), to: world.path(3))
    try world.prove(world.open())
    try FileSystem.rename(world.path(0), to: world.directory("a.tar.zst.099"))
    try world.prove(world.open())
    try removeList()
    #expect(world.failure() != nil)
    try FileSystem.rename(world.directory("a.tar.zst.099"), to: world.path(0))
    #expect(world.failure()?.code == .corrupt, "swapped, and no list tells")
  }

  @Test func theOnlyVolumeThatIsThereIsNoWrongOne() throws {
    try removeList()
    for number in 0..<world.count - 1 { try FileSystem.remove(world.path(number)) }
    expectFailure(.notFound, naming: ["not there: a.tar.zst.001 to a.tar.zst.006"])
  }

  /// What can stand in a volume's place: its name, what it is, and what is said of it, also by who has the list.
  private static let wrong: [(String, @Sendable (VolumeWorld, Int) -> [UInt8], String, @Sendable (Int) -> String)] = [
    ("truncated", { Array($0.volume($1).dropLast(1)) }, "short", { "is short: it has \($0 - 1) bytes of \($0)" }),
    (
      "with a byte behind it", { $0.volume($1) + [0] }, "bytes, and",
      { "is too long: it has \($0 + 1) bytes, and should have \($0)" }
    ),
    (
      "zero-filled", { [UInt8](repeating: 0, count: $0.volume($1).count) }, "",
      { _ in "is not the volume that the list tells" }
    ),
    ("empty", { _, _ in [] }, "empty", { _ in "is empty" }),
  ]

  @Test(arguments: [true, false], ["truncated", "with a byte behind it", "zero-filled", "empty"])
  func whatIsWrongWithAVolumeIsSaid(hasList: Bool, kind: String) throws {
    if !hasList { try removeList() }
    let (_, content, problem, listed) = try #require(Self.wrong.first { $0.0 == kind })
    for number in [0, 2, world.count - 1] {
      try FileSystem.write(content(world, number), to: world.path(number))
      let error = try #require(world.failure())
      #expect(error.code == .corrupt, "\(kind) \(number): \(error)")
      // Of the last volume, only the list or the index knows the length.
      if hasList || number < world.count - 1 {
        let said =
          hasList ? "\(world.list.entries[number].name) \(listed(world.list.entries[number].size))" : problem
        #expect(error.problem.contains(said), "\(kind) \(number): \(error)")
      }
      try FileSystem.write(world.volume(number), to: world.path(number))
    }
    #expect(world.failure() == nil)
  }

  @Test func volumesOfAnotherBundleAndOtherThingsAreNamed() throws {
    let other = TinyBundle(layers: [.gzip(LayoutFixture.noise(seed: 8, size: 400_000))], keys: world.bundle.keys)
    let bytes = try VolumeWorld.bytes(of: other)
    let size = VolumeWorld.volumeBytes
    try FileSystem.write(Array(bytes[2 * size..<3 * size]), to: world.path(2))
    try FileSystem.remove(world.path(4))
    try FileSystem.makeDirectory(world.path(4))
    try FileSystem.write(LayoutFixture.noise(seed: 9, size: size + 1), to: world.path(5))
    try FileSystem.write([1], to: world.directory("a.tar.zst.044"))
    expectFailure(
      .corrupt,
      naming: [
        "not there: a.tar.zst.003, a.tar.zst.005, a.tar.zst.006",
        "a.tar.zst.003 is not the volume that the list tells", "a.tar.zst.006 is not the volume that the list tells",
        "a.tar.zst.005 cannot be read", "a.tar.zst.044 is no volume of this bundle, which has 7",
      ])
    try removeList()
    expectFailure(.corrupt, naming: ["a.tar.zst.005 cannot be read"])
  }

  @Test func volumesOfAnotherPackOfTheSameBundleAreTheSame() throws {
    // The same content, signed by somebody else: only the volume with the signatures differs.
    let again = TinyBundle(index: world.bundle.index, contents: world.bundle.contents, keys: [try TinyBundle.secondKey])
    let bytes = try VolumeWorld.bytes(of: again)
    #expect(bytes.count == world.bytes.count)
    let size = VolumeWorld.volumeBytes
    for number in 2..<world.count {
      try FileSystem.write(
        Array(bytes[(number * size)..<min((number + 1) * size, bytes.count)]), to: world.path(number))
    }
    #expect(world.failure() == nil)
    try FileSystem.write(Array(bytes[..<size]), to: world.path(0))
    #expect(world.failure() != nil)
  }

  @Test func aListThatNobodyTrustedSignedIsNotUsed() throws {
    try removeList()
    try VolumeListFile.write(world.list, beside: world.directory(VolumeWorld.name), keys: [try TinyBundle.secondKey])
    var warnings: [String] = []
    try world.prove(world.open(warnings: &warnings))
    #expect(warnings.count == 1 && warnings[0].contains("not signed by a trusted key"))
    try removeList()
    try VolumeListFile.write(world.list, beside: world.directory(VolumeWorld.name), keys: [])
    try world.prove(world.open(warnings: &warnings))
    #expect(warnings.count == 1, "nobody has signed it")
    try FileSystem.remove(world.path(world.count - 1))
    expectFailure(.corrupt, naming: [])
  }

  @Test func twoListsThatDifferAreAnError() throws {
    let other = try TemporaryDirectory()
    try FileSystem.rename(world.path(1), to: other(world.list.entries[1].name))
    let again = VolumeList(
      bundle: world.list.entries[0].digest, volumeBytes: world.list.volumeBytes, entries: world.list.entries)
    try VolumeListFile.write(again, beside: other(VolumeWorld.name), keys: world.bundle.keys)
    expectFailure(.usage, naming: ["are two lists, and differ"], [world.directory.path, other.path])
    try VolumeListFile.write(world.list, beside: other(VolumeWorld.name), keys: world.bundle.keys)
    try world.prove(world.open([world.directory.path, other.path]))
  }

  @Test func aSignedListThatLiesNeverGivesWrongContent() throws {
    let entries = world.list.entries
    let swapped = VolumeList(
      bundle: world.list.bundle, volumeBytes: world.list.volumeBytes,
      entries: entries.enumerated().map { number, entry in
        let other = number == 1 ? entries[2] : number == 2 ? entries[1] : entry
        return .init(name: entry.name, size: entry.size, digest: other.digest, begin: other.begin)
      })
    try removeList()
    try VolumeListFile.write(swapped, beside: world.directory(VolumeWorld.name), keys: world.bundle.keys)
    #expect(world.failure()?.code == .corrupt, "the index proves, not the list")
    let foreign = VolumeList(
      bundle: world.list.entries[0].digest, volumeBytes: world.list.volumeBytes, entries: entries)
    try VolumeListFile.write(foreign, beside: world.directory(VolumeWorld.name), keys: world.bundle.keys)
    expectFailure(.corrupt, naming: ["is the list of bundle"])
    let shorter = VolumeList(
      bundle: world.list.bundle, volumeBytes: world.list.volumeBytes, entries: Array(entries.dropLast()))
    try VolumeListFile.write(shorter, beside: world.directory(VolumeWorld.name), keys: world.bundle.keys)
    expectFailure(.corrupt, naming: ["a.tar.zst.007"])
  }

  @Test func splitMakesVolumesThatAreRead() throws {
    for (start, digits) in [(1, 3), (0, 3), (1, 4)] {
      let directory = try TemporaryDirectory()
      try FileSystem.write(world.bytes, to: directory("whole"))
      let split = try runTool(
        "split",
        ["-b", "70000", "--numeric-suffixes=\(start)", "-a", "\(digits)", directory("whole"), directory("b.tar.zst.")])
      try #require(split.status == 0, "\(split.errors)")
      try world.prove(world.open([directory("b.tar.zst")]))
    }
  }

  @Test func whatDoesNotBelongTogetherIsRefused() throws {
    try FileSystem.write(world.bytes, to: world.directory(VolumeWorld.name))
    expectFailure(.usage, naming: ["a.tar.zst and ", "a.tar.zst.001 are both there"])
    try FileSystem.remove(world.directory(VolumeWorld.name))
    try FileSystem.write([1], to: world.directory("b.tar.zst.001"))
    expectFailure(.usage, naming: ["several bundles: a.tar.zst, b.tar.zst"], [world.directory.path])
    expectFailure(.usage, naming: ["two bundles"], [world.path(0), world.directory("b.tar.zst.001")])
    try FileSystem.write([1], to: world.directory("c"))
    expectFailure(.usage, naming: ["is not a volume"], [world.path(0), world.directory("c")])
    expectFailure(.notFound, naming: ["cannot open"], [world.directory("none.tar.zst")])
    let empty = try TemporaryDirectory()
    expectFailure(.notFound, naming: ["holds no volumes"], [empty.path])
    #expect(world.failure() == nil, "a name says which bundle is meant")
  }

  @Test func signaturesBesideVolumesCount() throws {
    let second = try TinyBundle.secondKey
    try SignatureBeside.write(world.bundle.index.bytes, of: world.directory(VolumeWorld.name), by: second)
    let input = BundleInput(try world.open())
    let front = try BundleFront.read(input)
    let policy = try TrustPolicy(keys: world.bundle.keys.map(\.publicKey) + [second.publicKey], threshold: 2)
    #expect(front.judge(policy).isTrusted)
    try FileSystem.write([1, 2, 3], to: SignatureBeside.path(of: world.directory(VolumeWorld.name), by: second.id))
    #expect(try !BundleFront.read(BundleInput(world.open())).judge(policy).isAccepted)
  }
}

import Diagnostics
import JSON
import SystemIO
import TestSupport
import Testing

/// A bundle that crosses in volumes, with the real program, a real registry and stock tools.
@Suite(.enabled(if: RegistryServer.program != nil, "\(RegistryServer.reason)"))
struct VolumeTests {
  private let world: World

  init() throws { world = try World(largeLayer: 3 << 20) }

  private var bundle: String { world.path("media/a.tar.zst") }

  /// Packs into volumes of 512 KiB.
  @discardableResult
  private func packed(_ more: String...) throws -> ToolResult {
    try FileSystem.makeDirectory(world.path("media"))
    return try Program.succeed(world.pack("media/a.tar.zst", "--volume-size", "512KiB") + more)
  }

  private func files() throws -> [String] { try FileSystem.list(world.path("media")) }

  private func volumes() throws -> [String] { try files().filter { $0.last?.isNumber == true } }

  private func shell(_ script: String) throws -> ToolResult {
    try runTool("bash", ["-o", "pipefail", "-c", "cd \(world.path("media")) && \(script)"])
  }

  private var published: [String] { ["team/app:v1", "team/other:v1", "team/multi:v2"] }

  @Test func volumesAreTheBundleThatOneFileIs() throws {
    let whole = try world.bytes(world.packed("whole.tar.zst"))
    let result = try packed("--json")
    let packed = try JSONReader.value(Array(result.output.utf8), source: "stdout")
    #expect(packed["volumes"]?.integer == (try volumes().count))
    #expect(packed["volumeSize"]?.integer == 512 << 10)
    #expect(try volumes().flatMap { try world.bytes("media/\($0)") } == whole)
    #expect(try volumes().dropLast().allSatisfy { try world.bytes("media/\($0)").count == 512 << 10 })
    #expect(try files().count == volumes().count + 2, "the list and its signature lie beside them, and nothing else")
    // Whatever lies beside them.
    let others = "a.tar.zst.001.label.txt a.tar.zst.0a1b2c3d4e5f6071.sig"
    let listed = try shell(
      "echo text | tee \(others) > /dev/null && cat a.tar.zst.[0-9]*[0-9] | tar --zstd -t && rm \(others)")
    #expect(listed.status == 0 && listed.output.contains("bundle.json\n"), "\(listed.errors)")
    try Program.succeed(world.unpack("media/a.tar.zst", to: "oci:\(world.path("out"))"))
    try Program.succeed(world.unpack(world.path("media"), to: "oci:\(world.path("out2"))"))
    let again = try Program.succeed(["verify", world.path("media"), "--trust", world.key.publicPath])
    #expect(again.output.contains("proven"))
  }

  /// The commands of `formats/volumes-v1.md`, as they stand there.
  @Test func oneDiscIsCheckedWithStockToolsAlone() throws {
    try packed()
    let document = String(
      decoding: try FileSystem.read(Repository.path("formats/volumes-v1.md"), limit: 1 << 20), as: UTF8.self)
    let script = try #require(document.split(separator: "```sh\n").dropFirst().first?.split(separator: "```").first)
    let key = try #require(try files().first { $0.hasSuffix(".sig") })
    let run = String(script).replacing("NAME", with: "a").replacing("KEY.pub", with: world.key.publicPath)
    #expect(run.contains("jq") && run.contains("sha256sum") && run.contains("openssl"))
    let good = try shell(run)
    #expect(good.status == 0, "\(key): \(good.output)\(good.errors)")
    #expect(good.output.contains("a.tar.zst.003: OK"))
    try File(world.path("media/a.tar.zst.003"), .update).write([1, 2, 3], at: 100_000)
    #expect(try shell(run).status != 0)
  }

  @Test func oneVolumeIsProvenBeforeTheOthersAreThere() throws {
    try packed()
    let other = world.path("disc")
    try FileSystem.makeDirectory(other)
    try #require(shell("cp a.tar.zst.002 a.tar.zst.volumes* \(other)").status == 0)
    let file = "\(other)/a.tar.zst.002"
    func verify(_ more: String...) throws -> ToolResult {
      try Program.run(["verify", "--volume", file, "--trust", world.key.publicPath] + more)
    }
    #expect(try verify().output.contains("a.tar.zst.002, 2 of "))
    try File(file, .update).write([9], at: 300_000)
    let damaged = try verify()
    #expect(damaged.status == 65 && damaged.errors.contains("\(file) is damaged: its SHA-256 is"), "\(damaged.errors)")
    try File(file, .update).truncate(to: 1000)
    #expect(try verify().errors.contains("is short"))
    try FileSystem.remove("\(other)/a.tar.zst.volumes")
    #expect(try verify().status == 66)
    #expect(try verify(world.path("media/a.tar.zst.volumes")).status == 65)
    let stranger = try SigningKey(.ecdsa, in: world.directory, name: "signer2")
    let untrusted = try Program.run(
      ["verify", "--volume", world.path("media/a.tar.zst.001"), "--trust", stranger.publicPath])
    #expect(untrusted.status == 79)
  }

  @Test func aDirectoryInThePlaceOfTheTargetIsSpokenOf() throws {
    try packed()
    try #require(shell("mkdir one two; mv a.tar.zst.001 a.tar.zst.vol* one; mv a.tar.zst.0* two").status == 0)
    let trust = " --trust \(world.key.publicPath)"
    let forgotten = try shell("\(Program.path) unpack one two\(trust)")
    #expect(forgotten.errors.contains("warning: two is taken for the target: to name a file or directory with"))
    #expect(forgotten.status == 66, "\(forgotten.errors)")
    let none = try shell("\(Program.path) unpack one ./two\(trust)")
    #expect(none.status == 64 && none.errors.contains("no target is named"), "\(none.errors)")
    let good = try shell("\(Program.path) unpack one ./two oci:out\(trust)")
    #expect(good.status == 0 && good.errors.contains("warning") == false, "\(good.errors)")
  }

  @Test func whatIsMissingIsSaidBeforeAnythingMoves() throws {
    try packed()
    let target = try RegistryServer()
    for name in ["a.tar.zst.002", "a.tar.zst.004"] { try FileSystem.remove(world.path("media/\(name)")) }
    let result = try Program.run(world.unpack("media/a.tar.zst", to: "\(target.address)/mirror"))
    #expect(result.status == 66)
    #expect(result.errors.contains("not there: a.tar.zst.002, a.tar.zst.004\n"), "\(result.errors)")
    #expect(try RegistryStorage(target).state().isEmpty)
  }

  @Test func discsAreAskedForAndPublishedInOnePass() throws {
    try packed()
    let drive = try drive()
    let result = try Run(
      world.unpack(drive, to: "oci:\(world.path("out"))", "--ask"), under: person(at: drive)
    ).result()
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.split(separator: "then press Enter").count == (try volumes().count))
    #expect(FileSystem.exists(world.path("out/index.json")))
    let alone = try Program.run(world.unpack(drive, to: "oci:\(world.path("out3"))", "--ask"))
    #expect(alone.status == 66 && alone.errors.contains("nobody answers"), "\(alone.errors)")
    #expect(!FileSystem.exists(world.path("out3/index.json")))
    let silent = try Program.run(world.unpack(drive, to: "oci:\(world.path("out3"))"))
    #expect(silent.status == 66 && silent.errors.contains("--ask"))
  }

  /// A drive with the first disc in it; each disc has the list.
  private func drive() throws -> String {
    let drive = world.path("drive")
    try FileSystem.makeDirectory(drive)
    try #require(shell("cp a.tar.zst.volumes* a.tar.zst.001 \(drive)").status == 0)
    return drive
  }

  /// A command that runs another at a drive, and at each request puts in the disc that was named last.
  private func person(at drive: String) -> [String] {
    let script = """
      mkfifo "$0.answers"; exec 3<> "$0.answers"; done=0
      "$@" < "$0.answers" 2> "$0.log" & run=$!
      while kill -0 $run 2> /dev/null; do
        asked=$(grep -o "then press Enter" "$0.log" | wc -l)
        if [ $asked -gt $done ]; then
          done=$asked; rm -f "$0"/a.tar.zst.[0-9]*
          cp "$0/../media/$(grep -o "a.tar.zst.[0-9]* [(c]" "$0.log" | tail -1 | cut -d ' ' -f 1)" "$0"; echo >&3
        fi
        sleep 0.05
      done
      wait $run; status=$?; cat "$0.log" >&2; exit $status
      """
    return ["bash", "-c", script, drive]
  }

  @Test(.enabled(if: KillPoints.canTrace, "strace cannot trace here"))
  func aDiscThatFailsIsAskedForAgainAndReadOn() throws {
    try packed()
    let drive = try drive()
    // The first read of each thread fails.
    let broken = [
      "strace", "-f", "-qqq", "-o", "/dev/null", "-P", "\(drive)/a.tar.zst.003", "-e", "trace=preadv", "-e",
      "inject=preadv:error=EIO:when=1",
    ]
    let result = try Run(
      world.unpack(drive, to: "oci:\(world.path("out"))", "--ask"), under: person(at: drive) + broken
    ).result()
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.contains("a.tar.zst.003 cannot be read"), "\(result.errors)")
    #expect(result.errors.contains("Input/output error"), "\(result.errors)")
    try Program.succeed(world.unpack("media/a.tar.zst", to: "oci:\(world.path("whole"))"))
    try runOrFail("diff", ["-r", world.path("whole"), world.path("out")])
  }

  @Test func theLastVolumesAreMissedWithoutAList() throws {
    try packed()
    let target = try RegistryServer()
    let unpack = world.unpack("media/a.tar.zst", to: "\(target.address)/mirror")
    try #require(shell("rm a.tar.zst.volumes*").status == 0)
    while let last = try volumes().last {
      try FileSystem.remove(world.path("media/\(last)"))
      let before = try volumes().last
      let result = try Program.run(unpack)
      let next = before.map { "bring the volumes behind \($0)" } ?? "check the path"
      expectFailure(result, before == nil ? .notFound : .corrupt, "a.tar.zst", next: next)
    }
    #expect(try RegistryStorage(target).state().isEmpty)
  }

  @Test(.enabled(if: KillPoints.canTrace, "strace cannot trace here"))
  func aDiscThatCannotBeReadIsNamedAndTheRunGoesOn() throws {
    try packed()
    let target = try RegistryServer()
    // The beginning, which `pread64` reads, is good: a scratch is met later.
    let broken = [
      "strace", "-f", "-qqq", "-o", "/dev/null", "-P", bundle + ".004", "-e", "trace=preadv", "-e",
      "inject=preadv:error=EIO",
    ]
    let unpack = world.unpack("media/a.tar.zst", to: "\(target.address)/mirror")
    let result = try Run(unpack, under: broken).result()
    #expect(result.status == 74, "\(result.errors)")
    #expect(result.errors.contains("a.tar.zst.004: Input/output error"), "\(result.errors)")
    #expect(try RegistryStorage(target).allTags().isEmpty)
    try Program.succeed(unpack)
  }

  @Test func aCountersignatureLiesBesideTheVolumesAndChangesNone() throws {
    try packed()
    let before = try volumes().map { try world.bytes("media/\($0)") }
    let auditor = try SigningKey(.ecdsa, in: world.directory, name: "signer-auditor")
    try Program.succeed(["sign", bundle, "--key", auditor.privatePath])
    #expect(try volumes().map { try world.bytes("media/\($0)") } == before)
    let policy = ["--trust", world.key.publicPath, "--trust", auditor.publicPath, "--threshold", "2"]
    try Program.succeed(["verify", bundle] + policy)
    try Program.succeed(["verify", "--volume", bundle + ".001"] + policy)
    #expect(try Program.succeed(["sign", bundle, "--key", auditor.privatePath]).output.contains("has signed already"))
    #expect(try Program.succeed(["inspect", bundle] + policy).output.contains("trusted"))
    // A signature of what was there before is none of what takes its place.
    try Program.succeed(
      world.pack("media/a.tar.zst", "--volume-size", "1MiB", "--image", "oci:\(world.layout.path):team/app:v1"))
    #expect(try Program.run(["verify", bundle] + policy).status == 79)
    try Program.succeed(["verify", bundle, "--trust", world.key.publicPath, "--trust", auditor.publicPath])
  }

  @Test func aListThatLiesIsNotCountersigned() throws {
    try packed()
    let auditor = try SigningKey(.ecdsa, in: world.directory, name: "signer-auditor")
    let sign = ["sign", bundle, "--key", auditor.privatePath]
    let list = String(decoding: try world.bytes("media/a.tar.zst.volumes"), as: UTF8.self)
    let digest = try #require(list.firstMatch(of: #/"sha256":"([0-9a-f]{64})"/#)?.1)
    let lie = list.replacing(digest, with: String(repeating: "0", count: 64))
    try FileSystem.write(Array(lie.utf8), to: bundle + ".volumes")
    let before = try files().count
    expectFailure(try Program.run(sign), .corrupt, "a.tar.zst.volumes is not signed", "001 is damaged")
    #expect(try files().count == before + 1, "the index is signed, which was proven")
    try FileSystem.write(Array(list.utf8), to: bundle + ".volumes")
    try Program.succeed(sign)
    #expect(try files().count == before + 2)
  }

  @Test func labelsAreLeftForTheDiscs() throws {
    try packed("--label")
    let names = try volumes()
    for (number, name) in names.enumerated() {
      let label = String(decoding: try world.bytes("media/\(name).label.txt"), as: UTF8.self)
      #expect(label.hasPrefix("\(name)\n") && label.contains("\(number + 1) of \(names.count)"))
    }
    try Program.succeed(["verify", bundle, "--trust", world.key.publicPath])
  }

  @Test func archiveSizeOfTheConfigurationMakesVolumes() throws {
    try FileSystem.makeDirectory(world.path("media"))
    let text = """
      kind: ImageSetConfiguration
      apiVersion: mirror.openshift.io/v2alpha1
      archiveSize: 4
      mirror:
        additionalImages:
        - name: \(world.relay.address)/team/app:v1

      """
    try FileSystem.write(Array(text.utf8), to: world.path("isc.yaml"))
    let pack = [
      "pack", "-c", world.path("isc.yaml"), "--key", world.key.privatePath, "--src-tls-verify=false", "-o", bundle,
    ]
    let plan = try Program.succeed(pack + ["--dry-run"])
    #expect(plan.output.contains("1 of 4 GiB (4294967296 bytes)"), "\(plan.output)")
    try Program.succeed(pack)
    #expect(try volumes() == ["a.tar.zst.001"])
    let smaller = try Program.succeed(pack + ["--dry-run", "--json", "--volume-size", "1MiB"])
    #expect(try JSONReader.value(Array(smaller.output.utf8), source: "stdout")["volumes"]?.integer == 4)
  }

  @Test func aBundleOfOneFormDoesNotTakeThePlaceOfOneOfTheOther() throws {
    try packed()
    let whole = try Program.run(world.pack("media/a.tar.zst"))
    #expect(whole.status == 64 && whole.errors.contains("a.tar.zst.001 is there already"), "\(whole.errors)")
    try world.packed("b.tar.zst")
    let cut = try Program.run(world.pack("b.tar.zst", "--volume-size", "1MiB"))
    #expect(cut.status == 64 && cut.errors.contains("is one file"), "\(cut.errors)")
    // Other volumes take the place of these, and nothing of the old ones is left.
    try Program.succeed(world.pack("media/a.tar.zst", "--volume-size", "2MiB"))
    #expect(try volumes().count == 2)
    try Program.succeed(["verify", bundle, "--trust", world.key.publicPath])
  }

  @Test func volumesGoIntoNoPipe() throws {
    let result = try Program.run(world.pack("-", "--volume-size", "1MiB"))
    #expect(result.status == 64 && result.errors.contains("has no volumes"), "\(result.errors)")
    let label = try Program.run(world.pack("x.tar.zst", "--label"))
    #expect(label.status == 64 && label.errors.contains("--label is for volumes"), "\(label.errors)")
    #expect(try Program.run(world.pack("x.tar.zst", "--volume-size", "floppy")).errors.contains("bd-xl"))
    for name in ["x.2026", "x.tar.zst.volumes", "x.p01"] {
      expectFailure(try Program.run(world.pack(name)), .usage, "would be taken for one", next: "choose another name")
    }
  }

  @Test(.enabled(if: KillPoints.canTrace, "strace cannot trace here"))
  func everyVolumeIsOnTheDiskBeforeItHasItsName() throws {
    try FileSystem.makeDirectory(world.path("media"))
    let log = world.path("calls")
    let trace = ["strace", "-f", "-qqq", "-y", "-o", log, "-e", "trace=fdatasync,fsync,rename,renameat,renameat2"]
    try #require(try Run(world.pack("media/a.tar.zst", "--volume-size", "512KiB"), under: trace).result().status == 0)
    let calls = String(decoding: try FileSystem.read(log, limit: 1 << 24), as: UTF8.self).split(separator: "\n")
    let count = try volumes().count
    for number in 1...count {
      let file = "a.tar.zst.partial" + (number == 1 ? "" : ".000\(number)")
      let synced = try #require(calls.lastIndex { $0.contains("sync(") && $0.contains("/\(file)>") }, "\(file)")
      let named = try #require(calls.firstIndex { $0.contains("rename") && $0.contains("\(file)\",") }, "\(file)")
      #expect(synced < named, "\(file)")
    }
    // The first one stands for the bundle: it shows when all the rest does.
    #expect(calls.last { $0.contains("rename") }?.contains("a.tar.zst.001") == true)
  }

  @Test(.enabled(if: KillPoints.canTrace, "strace cannot trace here"))
  func aFullDiskOnTheLastVolumeIsSaidAndTheRunGoesOn() throws {
    try packed()
    let expected = try volumes().map { try world.bytes("media/\($0)") }
    let last = try #require(volumes().last)
    try #require(shell("rm *").status == 0)
    let number = String(repeating: "0", count: 4 - String(expected.count).count) + String(expected.count)
    let full = [
      "strace", "-f", "-qqq", "-o", "/dev/null", "-P", bundle + ".partial.\(number)", "-e",
      "trace=pwrite64,pwritev", "-e", "inject=pwrite64,pwritev:error=ENOSPC",
    ]
    let pack = world.pack("media/a.tar.zst", "--volume-size", "512KiB")
    let result = try Run(pack, under: full).result()
    #expect(result.status == 74 && result.errors.contains("No space left on device"), "\(result.errors)")
    #expect(!FileSystem.exists(world.path("media/\(last)")))
    #expect(try Program.succeed(pack).errors.contains("goes on where it stopped"))
    #expect(try volumes().map { try world.bytes("media/\($0)") } == expected)
  }
}

/// A pack into volumes that is killed anywhere, and begun again.
@Suite(.enabled(if: RegistryServer.program != nil, "\(RegistryServer.reason)"))
struct VolumeResumeTests {
  private let world: World

  init() throws { world = try World(largeLayer: 3 << 20) }

  private var pack: [String] { world.pack("media/a.tar.zst", "--volume-size", "512KiB", "--label") }

  private func state() throws -> [String: [UInt8]] {
    let names = try FileSystem.list(world.path("media"))
    return Dictionary(uniqueKeysWithValues: try names.map { ($0, try world.bytes("media/\($0)")) })
  }

  private func expected() throws -> [String: [UInt8]] {
    try FileSystem.makeDirectory(world.path("media"))
    try Program.succeed(pack)
    defer { try? FileSystem.removeTree(world.path("media")) }
    return try state()
  }

  @Test func whatWasKilledAnywhereBecomesTheSameVolumes() throws {
    let before = world.relay.bytes(.toClient)
    let expected = try expected()
    let total = world.relay.bytes(.toClient) - before
    for point in KillPoints.inBytes(total, named: "pack into volumes") {
      try FileSystem.makeDirectory(world.path("media"))
      world.relay.hold(.toClient, after: point)
      let run = try Run(pack)
      #expect(world.relay.waitUntilHolding { !run.isRunning })
      run.kill()
      world.relay.release()
      #expect(!FileSystem.exists(world.path("media/a.tar.zst.001")))
      try Program.succeed(pack)
      #expect(try state() == expected, "after \(point) bytes")
      try FileSystem.removeTree(world.path("media"))
    }
  }

  @Test(.enabled(if: KillPoints.canTrace, "strace cannot trace here"))
  func whatWasKilledBetweenItsStepsBecomesTheSameVolumes() throws {
    let expected = try expected()
    let renames = expected.count
    let some = KillPoints.isLong ? Array(1...renames + 1) : [1, 2, renames / 2, renames - 1, renames]
    let calls = some.map { ("rename", $0) } + [("fdatasync", 2), ("ftruncate", 2), ("unlink", 1), ("pwritev", 9)]
    for (call, number) in calls {
      try FileSystem.makeDirectory(world.path("media"))
      let status = try Run(pack, under: KillPoints.trace(call, number)).result().status
      #expect(status == 137 || status == 0)
      try Program.succeed(pack)
      #expect(try state() == expected, "\(call) \(number)")
      // Once more over what is finished: a kill leaves what can be gone on with, whatever was there before.
      _ = try Run(pack, under: KillPoints.trace(call, number)).result()
      try Program.succeed(pack)
      #expect(try state() == expected, "\(call) \(number), over a finished bundle")
      try FileSystem.removeTree(world.path("media"))
    }
  }
}

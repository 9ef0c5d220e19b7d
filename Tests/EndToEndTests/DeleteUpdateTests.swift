import JSON
import OCI
import TestSupport
import Testing

/// What an update rests on stays as long as the update may be on its way.
@Suite(
  .enabled(if: RegistryServer.program != nil, "\(RegistryServer.reason)"),
  .enabled(if: hasTool("skopeo"), "skopeo is not installed"))
struct DeleteUpdateTests {
  @Test func whatAnUpdateRestsOnStaysUntilItsReceiptIsKept() throws {
    let job = try DeletionJob()
    let shared = try job.layout.layer(seed: 1, size: 30_000)
    let old = try job.layout.image([shared, job.layout.layer(seed: 2, size: 5000)])
    let new = try job.layout.image([shared, job.layout.layer(seed: 3, size: 6000)])
    try job.add(old, "team/app:v1")
    try job.add(new, "team/app:v2")
    try job.bring("old", ["team/app:v1"])
    try Program.succeed([
      "pack", "--image", "\(job.source.address)/team/app:v2", "--since", job.bundle("old"), "--key",
      job.key.privatePath,
      "--src-tls-verify=false", "-o", job.bundle("new"),
    ])
    let head = job.directory("new.head")
    try Program.succeed(["inspect", job.bundle("new"), "--save-head", head])

    // Its head is enough to know what it rests on.
    try Program.succeed(job.generate(images: ["team/app:v1"], of: ["old"], keeping: [head]))
    let list = try job.listText()
    #expect(list.contains("which rests on it until its own receipt is kept"), "\(list)")
    #expect(!list.contains("type: generic"), "\(list)")

    // A list that was made before the update is held against it too.
    try Program.succeed(job.generate(images: ["team/app:v1"], of: ["old"], keeping: []))
    #expect(try job.listText().contains("type: generic"))
    let kept = try Program.run(job.execute(keeping: [head], "--trust", job.key.publicPath))
    #expect(kept.status == 2, "\(kept.errors)")
    #expect(kept.errors.contains("which rests on it until its own receipt is kept"), "\(kept.errors)")
    #expect(RegistryStorage(job.target).digest(of: "v1", in: "mirror/team/app") == old.digest)

    try Program.succeed([
      "unpack", job.bundle("new"), "\(job.target.address)/mirror", "--trust", job.key.publicPath,
      "--dest-tls-verify=false", "--receipt", job.receipt("new"),
    ])
    #expect(try job.executed(keeping: [job.receipt("new")])["deleted"]?.integer == 1)
    try job.target.collectGarbage()
    try job.pull("team/app:v2")
    #expect(try job.missing(job.receipt("new")).isEmpty)
  }
}
